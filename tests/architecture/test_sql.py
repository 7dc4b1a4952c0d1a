"""S20: what a caller sends is a parameter of a statement and never a part of its text."""

import pytest

from tests.support import ROOT
from tests.support.sql_text import SqlOf, foreign_sql

#: Whatever a server keeps or looks up for its callers; what all of them open says nothing itself.
STORES = sorted(
    {*(ROOT / "ml/adapters").glob("sqlite_*.py")} - {ROOT / "ml/adapters/sqlite_store.py"}
)
SERVING = sorted((ROOT / "ml" / "serving").rglob("*.py"))


@pytest.mark.parametrize("path", [*STORES, *SERVING], ids=lambda path: path.stem)
def test_every_statement_is_put_together_of_our_own_words(path):
    assert foreign_sql(path) == []


def test_there_are_statements_to_look_at():
    assert sum(path.read_text().count("execute") for path in STORES) > 30


@pytest.mark.parametrize(
    "source",
    [
        'db.execute(f"SELECT * FROM leads WHERE id = {lead}")',
        'db.execute("SELECT * FROM leads WHERE id = " + lead)',
        'db.execute("SELECT * FROM leads WHERE id = %s" % lead)',
        'db.execute("SELECT {}".format(lead))',
        'query = f"DELETE FROM leads WHERE id = {request.id}"\ndb.execute(query)',
        'def find(where):\n    db.execute(f"SELECT 1 WHERE {where}")\nfind(f"id = {lead}")',
        'def find(where):\n    db.execute(f"SELECT 1 WHERE {where}")',
        "db.execute(f\"SELECT {', '.join(columns)} FROM leads\")",
    ],
)
def test_a_value_in_the_text_is_found(source):
    assert SqlOf(source).foreign()


@pytest.mark.parametrize(
    "source",
    [
        'db.execute("SELECT * FROM leads WHERE id = ?", (lead,))',
        'NAMES = "a, b"\ndb.execute(f"SELECT {NAMES} FROM leads")',
        'places = ", ".join("?" for _ in leads)\ndb.execute(f"SELECT 1 WHERE id IN ({places})")',
        'def find(where):\n    db.execute(f"SELECT 1 WHERE {where}")\nfind("id = ?")',
    ],
)
def test_our_own_words_are_not(source):
    assert SqlOf(source).foreign() == []
