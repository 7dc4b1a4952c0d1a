"""The work list of a team: the newest score of every lead that the caller may see."""

import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from ml.contract.access import YOU, Caller, Role
from ml.contract.receipts import first_id
from ml.serving.console.team_leads import LeadsOfTeams
from ml.serving.file_receipts import FileReceipts
from ml.serving.lead_history import LeadHistory
from ml.serving.result_store import ResultStore
from tests.support import web
from tests.support.receipts import receipt

HTML = {"accept": "text/html"}
CSV = {"content-type": "text/csv"}
ANN = Caller(name="ann", role=Role.REP)


@pytest.fixture(scope="module")
def console(tmp_path_factory):
    """A server of its own, and a client of it."""
    home = tmp_path_factory.mktemp("team")
    web.deploy(home, "1")
    with (
        web.server(home) as url,
        httpx.Client(base_url=url, headers=HTML, trust_env=False, timeout=30) as client,
    ):
        client.post("/v1/score", json=lead("from-a-program", 1500)).raise_for_status()
        rows = [web.lead_row(number) for number in range(4)]
        for start in (0, 2):  # the two in the middle are in both files
            content = web.csv_of(rows[start : start + 2] + rows[1:3])
            job = client.post("/v1/jobs", content=content, headers=CSV).json()["id"]
            assert web.finished(client, job)["state"] == "done"
        yield client, home


def lead(name: str, seconds: int) -> dict[str, object]:
    return {"prospect_id": name, "total_time_on_website": seconds, "do_not_call": False}


def listed(client: httpx.Client, query: str = "capacity=60") -> list[str]:
    return re.findall(r'class="lead-id" href="/leads/([^"]+)"', _page(client, query))


def _page(client: httpx.Client, query: str) -> str:
    return client.get(f"/worklist?{query}").text


def test_files_and_requests_are_one_list_with_each_lead_once(console):
    client, _ = console
    assert listed(client)[0] == "from-a-program"
    assert sorted(listed(client)) == ["from-a-program", *(f"lead-{n:04d}" for n in range(4))]
    page = _page(client, "capacity=60")
    assert "2 files" in page
    assert "1 score that programs asked for" in page
    assert "Time on the website: 1,500 s" in page
    taken = client.get("/worklist.csv?capacity=60").text
    assert taken.count("\n") == 6


def test_a_file_that_is_erased_while_it_is_read_costs_nobody_the_list(console, monkeypatch):
    client, _ = console
    seen, before = [], LeadsOfTeams.seen_by

    def erased(self, caller):
        seen.append(caller)
        if len(seen) % 2:
            raise FileNotFoundError("erased just now")
        return before(self, caller)

    monkeypatch.setattr(LeadsOfTeams, "seen_by", erased)
    assert listed(client)
    assert client.get("/worklist.csv?capacity=60").status_code == 200
    assert len(seen) == 4


def test_the_newest_score_counts_and_who_is_done_with_is_gone_until_scored_again(console):
    client, _ = console
    client.post("/v1/score", json=lead("lead-0001", 1800)).raise_for_status()
    client.get("/v1/receipts/none")  # waits until it is written
    assert listed(client)[0] == "lead-0001"
    client.post("/v1/leads/lead-0001/feedback", json={"verdict": "up"}).raise_for_status()
    assert "lead-0001" in listed(client)
    client.post("/v1/leads/lead-0001/feedback", json={"verdict": "won"}).raise_for_status()
    assert "lead-0001" not in listed(client)
    assert "1 more worked, won or lost since" in _page(client, "capacity=60")
    client.post("/v1/score", json=lead("lead-0001", 1700)).raise_for_status()
    client.get("/v1/receipts/none")
    assert listed(client)[0] == "lead-0001"


def leads_of(home, caller):
    stores, results = web.stores(home), ResultStore(home / "serving" / "results", web.USE_CASE)
    files = FileReceipts(web.USE_CASE, results)
    history = LeadHistory(stores.receipts, files, stores.feedback, lambda: None)
    return LeadsOfTeams(web.USE_CASE, results, history).seen_by(caller)


def test_a_rep_sees_no_lead_of_the_files_of_others(console):
    _, home = console
    mine, theirs = leads_of(home, YOU), leads_of(home, ANN)
    assert len(mine.files) == 2
    assert set(mine.rows["Prospect ID"].to_pylist()) > {"from-a-program", "lead-0000"}
    assert theirs.files == {}
    assert "lead-0000" not in theirs.rows["Prospect ID"].to_pylist()


def test_what_was_scored_more_than_a_week_before_the_newest_is_left_out(tmp_path):
    now = datetime.now(UTC)
    for age, name in ((0, "new"), (6, "of-the-week"), (8, "old")):
        one = receipt(0, name, use_case=web.USE_CASE.name)
        cells = {"prospect_id": name, "do_not_call": True}
        made = {**one.to_dict(), "id": first_id(now - timedelta(days=age)), "cells": cells}
        web.stores(tmp_path).receipts.add([type(one)(**made)])
    found = leads_of(tmp_path, ANN)
    assert found.rows["Prospect ID"].to_pylist() == ["new", "of-the-week"]
    assert found.rows["Do Not Call"].to_pylist() == ["yes", "yes"]
    assert leads_of(tmp_path / "empty", ANN) is None
