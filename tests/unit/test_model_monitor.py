"""What Model Monitor makes of a captured request, on the Python of its image."""

import ast
import base64
import json
from types import SimpleNamespace

import pytest

from servers.model_monitor.leads_of import preprocess_handler
from tests.support import ROOT

SCRIPT = ROOT / "servers" / "model_monitor" / "leads_of.py"
LEAD = {"Prospect ID": "7f1c", "TotalVisits": 5, "Converted": None, "Do Not Email": False}


def _rows(text):
    return preprocess_handler(SimpleNamespace(endpoint_input=SimpleNamespace(data=text)))


def test_one_lead_is_one_row():
    assert _rows(json.dumps(LEAD)) == [LEAD]


def test_each_lead_of_a_request_is_a_row():
    assert _rows(json.dumps({"leads": [LEAD, {"TotalVisits": 6}]})) == [LEAD, {"TotalVisits": 6}]


def test_what_was_captured_as_base64_is_read_as_well():
    assert _rows(base64.b64encode(json.dumps(LEAD).encode()).decode()) == [LEAD]


def test_cells_that_are_no_cells_are_left_out():
    assert _rows(json.dumps({"TotalVisits": 5, "odd": [1], "odder": {"a": 1}})) == [
        {"TotalVisits": 5}
    ]


@pytest.mark.parametrize(
    "text",
    ["", "TotalVisits,City\n5,Pune\n", "[1, 2]", "3", "null", '{"leads": 5}', "bm8=", "\udcff"],
)
def test_what_holds_no_leads_gives_no_rows_and_no_error(text):
    assert _rows(text) == []


def test_the_script_is_plain_enough_for_an_old_python():
    tree = ast.parse(SCRIPT.read_text(), feature_version=(3, 7))
    imported = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    imported |= {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    assert imported <= {"__future__", "base64", "json", "typing"}
    # Annotations are not evaluated there, and nothing else uses what came later.
    assert not [n for n in ast.walk(tree) if isinstance(n, (ast.NamedExpr, ast.Match))]
