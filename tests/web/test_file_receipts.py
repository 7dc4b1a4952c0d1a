"""Receipts of leads that only a file knows: found, made again, spoken of, and kept apart."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime

import httpx
import pytest

from ml.adapters.sqlite_accounts import SqliteAccounts
from ml.contract.access import AccessMode, Account, AccountKind, Role
from ml.contract.access_settings import AccessSettings
from ml.serving.access.guarding import Access
from ml.serving.access.secret_hashes import new_key, token_digest
from tests.support import web

CSV = {"content-type": "text/csv"}
ODD = "a/b?c=ü '; DROP"
RECEIPT = re.compile(r"[0-9a-f]{32}-\d+")


def key_of(accounts: SqliteAccounts, name: str, role: Role) -> dict[str, str]:
    secret = new_key()
    digest, now = token_digest(secret), datetime.now(UTC)
    accounts.add(Account(name=name, kind=AccountKind.KEY, role=role, secret=digest, since=now))
    return {"Authorization": f"Bearer {secret}"}


@pytest.fixture(scope="module")
def team(tmp_path_factory) -> Iterator[dict[str, httpx.Client]]:
    """Two reps and an operator of one server."""
    home = tmp_path_factory.mktemp("team")
    web.deploy(home, "1")
    accounts = SqliteAccounts(home / "serving" / "access.db")
    roles = {"ann": Role.REP, "ben": Role.REP, "olga": Role.OPERATOR}
    keys = {name: key_of(accounts, name, role) for name, role in roles.items()}
    settings = AccessSettings(mode=AccessMode.ACCOUNTS)
    access = Access(settings=settings, accounts=accounts, sessions=accounts)
    with web.server(home, access=access) as url, ExitStack() as open_clients:
        yield {
            name: open_clients.enter_context(
                httpx.Client(base_url=url, headers=key, trust_env=False, timeout=30)
            )
            for name, key in keys.items()
        }


@pytest.fixture(scope="module")
def job(team) -> str:
    """A file of ann's, of which one lead cannot be read."""
    rows = [web.lead_row(number) for number in range(6)]
    rows[2] |= web.lead_row(2, prospect_id=ODD)
    rows[4] |= web.lead_row(4, total_visits="-1")
    told = team["ann"].post("/v1/jobs", content=web.csv_of(rows), headers=CSV).json()
    assert web.finished(team["ann"], told["id"])["state"] == "done"
    return str(told["id"])


def scores(client: httpx.Client, lead: str, **query: object) -> list[dict]:
    return client.get(f"/v1/leads/{lead}", params=query).json()["scores"]


def test_a_row_of_a_file_is_made_again_to_the_same_number(team, job):
    (told,) = scores(team["ann"], "lead-0003")
    assert told["receipt_id"] == f"{job}-5"
    why = team["ann"].get(f"/v1/receipts/{told['receipt_id']}").json()
    assert (why["lead"], why["score"], why["at"]) == ("lead-0003", told["score"], told["at"])
    assert (why["replay"]["same"], why["replay"]["difference"]) == (True, 0.0)
    assert why["reasons_for"] or why["reasons_against"]
    assert why["cells"]["total_time_on_website"] == "411"


def test_an_odd_id_and_a_row_without_a_score(team, job):
    assert [one["receipt_id"] for one in scores(team["ann"], "a%2Fb%3Fc=%C3%BC%20'; DROP")] == [
        f"{job}-4"
    ]
    assert team["ann"].get("/v1/leads/lead-0004").status_code == 404
    for line in ("6", "1", "99", "0", "-1", "5x", "\u0665"):
        assert team["ann"].get(f"/v1/receipts/{job}-{line}").status_code == 404


def test_feedback_on_a_lead_of_a_file_names_its_receipt(team, job):
    about = {"verdict": "up", "receipt_id": f"{job}-2"}
    said = team["ann"].post("/v1/leads/lead-0000/feedback", json=about)
    assert (said.status_code, said.json()["receipt_id"]) == (200, f"{job}-2")
    of_another = team["ann"].post("/v1/leads/lead-0001/feedback", json=about)
    assert of_another.status_code == 422
    assert team["ann"].get("/v1/leads/lead-0000").json()["counts"]["score"]["verdict"] == "up"


def test_what_another_sent_does_not_exist(team, job):
    for address in ("/v1/leads/lead-0000", "/leads/lead-0000", f"/v1/receipts/{job}-2"):
        assert team["ben"].get(address).status_code == 404, address
        assert team["olga"].get(address).status_code == 200, address
    thumb = {"verdict": "down"}
    assert team["ben"].post("/v1/leads/lead-0000/feedback", json=thumb).status_code == 404
    assert team["olga"].post("/v1/leads/lead-0000/feedback", json=thumb).status_code == 200


@pytest.mark.usefixtures("job")
def test_files_and_requests_are_one_history_in_pages(team):
    lead = {"prospect_id": "lead-0005", "total_time_on_website": 1200}
    asked = [team["ben"].post("/v1/score", json=lead).json()["receipt_id"] for _ in range(2)]
    team["ben"].get(f"/v1/receipts/{asked[1]}")  # waits until it is written
    assert [one["receipt_id"] for one in scores(team["ben"], "lead-0005")] == asked[::-1]
    pages, before = [], {}
    while before is not None:
        page = team["ann"].get("/v1/leads/lead-0005", params={"most": 1, **before}).json()
        pages.append(page["scores"][0]["receipt_id"])
        before = {"before": page["older"]} if page["older"] else None
    assert pages[:2] == asked[::-1]
    assert len(pages) == 3
    assert RECEIPT.fullmatch(pages[2])
