"""The form for one lead: made of the schema, scored as a program's lead is, and kept."""

import re
from collections.abc import Iterator

import httpx
import pytest

from tests.support import web
from tests.support.rule_scorer import MOMENT, USE_CASE

HTML = {"accept": "text/html"}
KNOWN = {"lead_source": "Google", "total_time_on_website": "1500"}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    home = tmp_path_factory.mktemp("form")
    web.deploy(home, "1")
    with (
        web.server(home) as url,
        httpx.Client(base_url=url, headers=HTML, trust_env=False, timeout=30) as client,
    ):
        yield client


def test_every_column_that_is_known_by_then_has_a_field_and_no_other(pages: httpx.Client):
    page = pages.get("/lead").text
    known = {column.name for column in (USE_CASE.schema.id, *USE_CASE.schema.features(MOMENT))}
    assert set(re.findall(r'name="(\w+)"', page)) - {"viewport", "color-scheme"} == known
    for column in USE_CASE.schema.features(MOMENT):
        assert f'<label for="{column.name}">' in page
        assert all(f">{level}</option>".replace("&", "&amp;") in page for level in column.levels)


def test_a_lead_that_is_typed_in_is_scored_as_a_programs_is_and_kept(pages: httpx.Client):
    typed = {"prospect_id": " a/1 ?", **KNOWN, "country": "  "}
    answer = pages.post("/lead", data=typed, follow_redirects=True)
    assert answer.status_code == 200
    assert answer.url.raw_path == b"/leads/a%2F1%20%3F"
    sent = pages.post("/v1/score", json={"prospect_id": "other", **KNOWN}).json()
    assert f'<span class="number">{sent["score"]}</span>' in answer.text


def test_what_is_odd_about_it_stands_beside_the_score(pages: httpx.Client):
    typed = {"prospect_id": "odd-1", "total_visits": "400", **KNOWN}
    warnings = pages.post("/v1/score", json=typed).json()["warnings"]
    page = pages.post("/lead", data=typed, follow_redirects=True).text
    assert warnings
    assert warnings[0]["hint"] in page


def test_faults_stand_at_their_fields_and_what_was_typed_stays(pages: httpx.Client):
    wrong = {"total_visits": "many", "page_views_per_visit": "-1"}
    answer = pages.post("/lead", data={"prospect_id": "a-1", **KNOWN, **wrong})
    assert answer.status_code == 422
    assert "2 things need another look" in answer.text
    for field in wrong:
        assert f'id="{field}-wrong"' in answer.text
        assert re.search(rf'name="{field}"[^>]*aria-invalid="true"', answer.text)
    assert 'value="many"' in answer.text
    assert "<option selected>Google</option>" in answer.text


def test_nothing_typed_becomes_markup(pages: httpx.Client):
    payload = '"><script>alert(1)</script>'
    answer = pages.post("/lead", data=dict.fromkeys(("total_visits", "prospect_id"), payload))
    assert "<script>alert" not in answer.text
    kept = pages.post("/lead", data={"prospect_id": payload}, follow_redirects=True)
    assert "<script>alert" not in kept.text


def test_a_form_that_is_too_large_is_refused(pages: httpx.Client):
    assert pages.post("/lead", data={"prospect_id": "x" * 60_000}).status_code == 413


def test_where_no_receipts_are_taken_there_is_no_form(tmp_path):
    web.deploy(tmp_path, "1")
    with web.server(tmp_path, receipts_waiting=0) as url:
        assert httpx.get(f"{url}/lead", trust_env=False).status_code == 404
        assert 'href="/lead"' not in httpx.get(url, headers=HTML, trust_env=False).text
