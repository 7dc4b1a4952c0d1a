"""The pages Work list, Lead and Models: what they say, and what they do when asked."""

import asyncio
import csv
import io
import re
from collections.abc import Iterator

import httpx
import pytest
from starlette.requests import Request

from ml.contract.access import Caller, Role
from ml.contract.ledger import Action
from ml.contract.requests.problems import Problem
from ml.serving.access.callers import remember
from ml.serving.console.model_pages import ModelPages
from ml.serving.templating import Templates
from tests.support import web
from tests.support.version_story import MemoryModels

HTML = {"accept": "text/html"}


@pytest.fixture(scope="module")
def models() -> MemoryModels:
    return MemoryModels()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory, models: MemoryModels) -> Iterator[httpx.Client]:
    """A console of its own; the first test finds it as it is before any file was scored."""
    home = tmp_path_factory.mktemp("console")
    web.deploy(home, "2")
    with (
        web.server(home, models=models) as url,
        httpx.Client(base_url=url, headers=HTML, trust_env=False, timeout=30) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def scored(pages: httpx.Client) -> httpx.Client:
    """The same console once 60 leads are scored; one of them asked for no calls."""
    rows = [web.lead_row(number) for number in range(60)]
    rows[55] |= web.lead_row(55, do_not_call="Yes", lead_source="=cmd()<b>")
    sent = pages.post("/v1/jobs", files={"file": ("today.csv", web.csv_of(rows))})
    assert web.finished(pages, sent.json()["id"])["state"] == "done"
    return pages


def ids(page: httpx.Response) -> list[str]:
    return re.findall(r'class="lead-id" href="/leads/(lead-\d+)"', page.text)


def test_before_any_file_the_list_says_what_to_do(pages: httpx.Client):
    page = pages.get("/worklist")
    assert page.status_code == 200
    assert "No leads are scored yet" in page.text
    assert pages.get("/worklist.csv", headers={"accept": "*/*"}).status_code == 404


def test_the_best_leads_stand_first_as_many_as_there_are_hands(scored: httpx.Client):
    page = scored.get("/worklist?capacity=5&value=1000&cost=10")
    best = sorted(range(60), key=lambda number: -(number * 137 % 1900))
    assert len(ids(page)) == 5
    assert ids(page)[0] == f"lead-{best[0]:04d}"
    assert "Expected profit" in page.text
    assert "Expected profit" not in scored.get("/worklist").text
    assert "Time on the website" in page.text  # a reason in words
    assert 'value="5"' in page.text


def test_who_asked_for_no_calls_is_not_called(scored: httpx.Client):
    everybody = ids(scored.get("/worklist?capacity=60"))
    called = ids(scored.get("/worklist?capacity=60&by=call"))
    assert set(everybody) - set(called) == {"lead-0055"}
    assert "1 left out, as asked" in scored.get("/worklist?by=call").text


@pytest.mark.parametrize(
    "asked", ["capacity=0", "capacity=x", "capacity=9999999999", "cost=5", "value=-1", "value=nan"]
)
def test_what_cannot_be_read_is_said_beside_its_field(scored: httpx.Client, asked: str):
    page = scored.get(f"/worklist?{asked}")
    assert page.status_code == 400
    assert page.text.count('aria-invalid="true"') == 1
    assert scored.get(f"/worklist.csv?{asked}").status_code == 400


def test_a_list_without_a_lead_that_pays_says_so(scored: httpx.Client):
    assert "No lead pays for the work" in scored.get("/worklist?value=1&cost=2").text


def test_the_list_is_taken_away_with_its_reasons(scored: httpx.Client):
    answer = scored.get("/worklist.csv?capacity=60")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["rank"] for row in rows] == [str(rank) for rank in range(1, 61)]
    assert "Time on the website" in rows[0]["reasons_for"]
    assert "work-list-" in answer.headers["content-disposition"]


def test_a_lead_of_a_file_is_shown_with_its_cells_and_reasons(scored: httpx.Client):
    page = scored.get("/leads/lead-0055").text
    assert "in today.csv" in page
    assert "=cmd()&lt;b&gt;" in page
    assert "Speaks for it" in page
    assert "What became of it" in page


def test_a_lead_shows_what_changed_since_it_was_scored_before(scored: httpx.Client):
    for seconds in ("60", "1500"):
        lead = web.lead_row(900, total_time_on_website=seconds)
        assert scored.post("/v1/score", json=lead).status_code == 200
    page = scored.get("/leads/lead-0900").text
    assert "asked for by a program" in page
    said = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    assert re.search(r"\+\d+ points Time on the website: 60 → became 1500", said)


def test_what_became_of_a_lead_is_kept(scored: httpx.Client):
    lead = web.lead_row(901)
    scored.post("/v1/score", json=lead)
    told = scored.post("/leads/lead-0901/feedback", data={"verdict": "won", "comment": "<b>yes"})
    assert told.headers["location"] == "/leads/lead-0901#feedback"
    page = scored.get("/leads/lead-0901").text
    assert "<strong>Won</strong>" in page
    assert "&lt;b&gt;yes" in page
    assert scored.post("/leads/lead-0901/feedback", data={"verdict": "?"}).status_code == 422


def test_nobody_knows_a_lead_that_was_never_scored(scored: httpx.Client):
    assert scored.get("/leads/nobody").status_code == 404
    assert scored.post("/leads/nobody/feedback", data={"verdict": "up"}).status_code == 404


def test_models_stand_beside_each_other(pages: httpx.Client):
    page = pages.get("/models").text
    for said in ("Version 2", "Version 3", "Version 1", "lower is better", "Reliability", "Gates"):
        assert said in page
    assert 'href="/models/promote"' in page
    assert pages.get("/models/3/card").headers["content-security-policy"].endswith("sandbox")
    assert pages.get("/models/9/card").status_code == 404


def test_a_refusal_is_said_and_changes_nothing(pages: httpx.Client, models: MemoryModels):
    models.refuses = "version 3 was judged beside version 1; evaluate again"
    answer = pages.post("/models/promote", data={"version": "3"})
    models.refuses = ""
    assert answer.status_code == 409
    assert "Nothing was changed." in answer.text
    assert "Version 3 was judged beside version 1; evaluate again." in answer.text
    assert len(models.entries) == 8


def test_a_change_is_asked_for_made_and_shown(pages: httpx.Client, models: MemoryModels):
    assert "Promote version 3?" in pages.get("/models/promote").text
    assert len(models.entries) == 8
    done = pages.post("/models/promote", data={"version": "3"})
    assert done.headers["location"] == "/models?changed=1"
    assert "as entry 9." in pages.get("/models?changed=1").text
    assert pages.get("/models/promote").status_code == 409  # nobody asks for the place now
    assert "Roll back to version 2?" in pages.get("/models/rollback?to=2").text
    pages.post("/models/rollback", data={"to": "2", "champion": "3", "reason": "odd scores"})
    assert models.entries[-1].who == "you"
    assert "odd scores" in pages.get("/models").text
    assert pages.get("/models/rollback?to=2").status_code == 404


def test_a_reason_is_shown_as_text(pages: httpx.Client, models: MemoryModels):
    models.add(Action.ROLLBACK, "2", "2", "<script>alert(1)</script>", "<img src=x>")
    shown = pages.get("/models?changed=1").text
    models.entries.pop()
    assert "&lt;script&gt;alert(1)" in shown
    assert "<img src=x>" not in shown


def test_another_site_cannot_change_models(pages: httpx.Client, models: MemoryModels):
    before = len(models.entries)
    sent = pages.post(
        "/models/promote", data={"version": "3"}, headers={"origin": "https://evil.example"}
    )
    assert sent.status_code == 403
    assert len(models.entries) == before


def test_only_operators_change_models(models: MemoryModels):
    changing = ModelPages(Templates.__new__(Templates), models)
    request = Request({"type": "http", "method": "GET", "headers": [], "query_string": b""})
    remember(request.scope, Caller(name="rita", role=Role.REP))
    for ask in (changing.ask_promote, changing.ask_roll_back):
        with pytest.raises(Problem, match="needs the role operator"):
            ask(request)
    for change in (changing.promote, changing.roll_back):
        with pytest.raises(Problem, match="needs the role operator"):
            asyncio.run(change(request))


def test_a_server_without_versions_says_how_to_make_one(url: str):
    with httpx.Client(base_url=url, headers=HTML, trust_env=False) as client:
        assert "No version was trained yet" in client.get("/models").text
