"""Messages between parts are read back as they were written, or refused by name."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.contract.alerts import AlertSeverity, RetrainReason
from ml.contract.errors import InvalidMessage
from ml.contract.messages import (
    Alert,
    Message,
    NewFile,
    RetrainAgeAsked,
    RetrainEnded,
    RetrainWanted,
)

FILE = NewFile(bucket="raw", key="a.csv", version="v", sequencer="0A", size=3)
WANTED = RetrainWanted(use_case="lead_conversion", reason="drift", cause="psi")
ALERT = Alert(rule="drift", subject="leads", severity="info", says="Three columns differ.")
ENDED = RetrainEnded(use_case="lead_conversion", run="arn", status="Failed")
AGE = RetrainAgeAsked(use_case="lead_conversion")
ALL = (FILE, WANTED, ALERT, ENDED, AGE)


def test_every_message_is_tried_here():
    assert {type(message) for message in ALL} == set(Message.__subclasses__())


@pytest.mark.parametrize("message", ALL, ids=lambda message: type(message).__name__)
def test_a_message_comes_back_as_it_was(message):
    assert type(message).from_json(message.to_json()) == message


FILES = st.builds(
    NewFile,
    bucket=st.text(),
    key=st.text(),
    version=st.text(),
    sequencer=st.text("0123456789ABCDEF", max_size=20),
    size=st.integers(),
)


@given(FILES)
def test_any_file_comes_back_as_it_was(file):
    assert NewFile.from_json(file.to_json()) == file


@pytest.mark.parametrize("message", ALL, ids=lambda message: type(message).__name__)
@pytest.mark.parametrize("change", ["missing", "unknown", "type"])
def test_a_message_that_differs_from_its_type_is_refused_by_name(message, change):
    found = json.loads(message.to_json())
    name = next(iter(sorted(found)))
    match change:
        case "missing":
            name = next(n for n in found if n not in {"runbook", "over"})
            del found[name]
        case "unknown":
            found[name := "shoe_size"] = 43
        case "type":
            found[name] = [found[name]]
    with pytest.raises(InvalidMessage, match=f"{type(message).__name__}.*{name}"):
        type(message).of(found)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "3", '"text"'])
def test_what_is_no_object_is_refused(text):
    with pytest.raises(InvalidMessage):
        NewFile.from_json(text)


def test_true_is_no_number():
    with pytest.raises(InvalidMessage, match="size"):
        NewFile.of(json.loads(FILE.to_json()) | {"size": True})


def test_reasons_and_severities_are_those_that_exist():
    with pytest.raises(InvalidMessage, match="boredom.*schedule"):
        RetrainWanted(use_case="x", reason="boredom", cause="y")
    with pytest.raises(InvalidMessage, match="huge.*critical"):
        Alert(rule="r", subject="s", severity="huge", says="t")
    assert RetrainWanted(use_case="x", reason=RetrainReason.MANUAL.value, cause="y").is_manual
    assert Alert(rule="r", subject="s", severity=AlertSeverity.INFO.value, says="t").over == 0


@pytest.mark.parametrize(
    ("earlier", "later"), [("00A1F", "00A2"), ("00A1", "00A10001"), ("9", "A"), ("0a1", "0A2")]
)
def test_sequencers_compare_as_s3_orders_them(earlier, later):
    orders = [
        NewFile(bucket="b", key="k", version="v", sequencer=sequencer, size=1).order
        for sequencer in (earlier, later)
    ]
    assert orders[0] < orders[1]


def test_ids_tell_apart_what_differs_and_join_what_is_equal():
    assert FILE.event_id == NewFile.from_json(FILE.to_json()).event_id
    first = RetrainWanted(use_case="ab", reason="drift", cause="c")
    second = RetrainWanted(use_case="a", reason="drift", cause="bc")
    assert first.run_key != second.run_key
    assert 32 <= len(first.run_key) <= 128  # what SageMaker takes as a token
    assert Alert(**{**vars(ALERT), "says": "other", "over": 1}).incident == ALERT.incident
