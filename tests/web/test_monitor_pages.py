"""The pages Monitor, Drift and Investigate: what they say, to whom, and of what is not there."""

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect
from pydantic import TypeAdapter

from ml.adapters.local_lake import LocalLake
from ml.adapters.sqlite_accounts import ACCESS, SqliteAccounts
from ml.bootstrap import home_alerts
from ml.contract.access import AccessMode, Account, AccountKind, Role
from ml.contract.access_settings import AccessSettings
from ml.contract.alerts import AlertRule, AlertSeverity
from ml.contract.errors import DependencyUnavailable
from ml.contract.incidents import Incident
from ml.contract.messages import Alert
from ml.contract.moments import ENGAGED
from ml.contract.records import WatchRecord
from ml.contract.retraining import Outcome
from ml.core.generator import Scenario
from ml.home_monitor import home_commands
from ml.serving.access.guarding import Access
from ml.serving.access.secret_hashes import token_digest
from ml.steps.decisions import decisions_prefix, keep_outcome
from ml.steps.kept_investigations import investigations_prefix
from ml.steps.watch_history import watch_folder, watches_prefix
from tests.support import monitored, watching, web
from tests.support.monitored import NOW
from tests.support.rule_scorer import MOMENT, USE_CASE

PAGES = ("/monitor", "/drift", "/investigate")
WATCHES = watches_prefix(USE_CASE.name, MOMENT)
HTML = {"accept": "text/html"}


def text(page: httpx.Response) -> str:
    """What a person reads of a page, on one line."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", page.text)))


def asking(url: str, role: Role | None = None) -> httpx.Client:
    cookies = {"leadwise": role.word} if role else {}
    return httpx.Client(base_url=url, headers=HTML, cookies=cookies, trust_env=False, timeout=30)


def accounts(file: Path) -> Access:
    """A user of each role, signed in with the role as token."""
    made, now = SqliteAccounts(file), datetime.now(UTC)
    for role in Role:
        made.add(Account(name=role.word, kind=AccountKind.USER, role=role, secret="", since=now))
        made.begin(token_digest(role.word), role.word, now=now, until=now + timedelta(hours=1))
    return Access(settings=AccessSettings(mode=AccessMode.ACCOUNTS), accounts=made, sessions=made)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> LocalLake:
    home = tmp_path_factory.mktemp("monitored")
    web.deploy(home, "2")
    lake = LocalLake(home / "lake")
    monitored.live_through(lake)
    return lake


@pytest.fixture(scope="module")
def url(lake: LocalLake) -> Iterator[str]:
    home = lake._root.parent
    with web.server(
        home, access=accounts(home / ACCESS), alerts=web.MemoryOutbox(monitored.alerted())
    ) as url:
        yield url


@pytest.fixture
def pages(url: str) -> Iterator[httpx.Client]:
    with asking(url, Role.OPERATOR) as client:
        yield client


def test_health_says_the_worst_of_each_part_by_name(pages: httpx.Client):
    seen = text(pages.get("/monitor"))
    for words in (
        "Data RAISED · high Lead source is not what it was.",
        "Scores RAISED · high PSI of the scores is 0.25.",
        "Performance LABELS_PENDING 60 outcomes of 1,000 leads are known.",
        "Business RAISED · medium 50 % of decile 10 converted",
        "leadwise investigate lead_conversion --current FILE",
    ):
        assert words in seen, words


def test_drift_is_drawn_over_time_with_its_threshold_and_told_in_a_table(pages: httpx.Client):
    page = pages.get("/monitor")
    assert page.text.count('<path class="raised"') == 4  # one mark and one key in each drawing
    assert page.text.count('<path class="untold"') == 4
    assert "raised from 20\N{NO-BREAK SPACE}%" in page.text
    assert "37\N{NO-BREAK SPACE}%" in page.text
    assert "not judged" in text(page)


def test_scores_conversion_and_calibration_are_drawn(pages: httpx.Client):
    page = pages.get("/monitor")
    assert page.text.count('<rect class="now"') == 20
    for band in USE_CASE.bands:
        assert f"leads that are {band.name} did it." in page.text
    assert 'aria-label="Calibration by tenths' in page.text
    assert '<path class="off"' in page.text


def test_revenue_is_told_by_band_where_a_win_has_a_worth(pages: httpx.Client, tmp_path: Path):
    seen = text(pages.get("/monitor"))
    hot, warm = (band.name for band in USE_CASE.bands[:2])
    assert "Revenue by band What the same leads brought" in seen
    assert f"{hot} 288,000 {warm} 180,000" in seen
    lake = LocalLake(tmp_path / "lake")
    monitored.keep(lake, monitored.record(NOW, signals=monitored.outcome_signals(worth=None)))
    with web.server(tmp_path) as url, asking(url) as client:
        unknown = text(client.get("/monitor"))
    assert "Nobody has said what a win is worth" in unknown
    command = "leadwise watch lead_conversion --current FILE --outcomes FILE --value-per-win VALUE"
    assert command in unknown


def test_alerts_and_decisions_stand_with_what_came_of_them(pages: httpx.Client):
    page = pages.get("/monitor")
    seen = text(page)
    assert "open · warning Drift leadwise-lead-conversion-engaged" in seen
    assert "email: waiting (Lead source is not what it was)" in seen
    assert "REFUSED COOLING_DOWN" in seen
    assert "PROMOTED Version 3 serves" in seen
    assert (
        'href="https://github.com/leadwise/leadwise/blob/main/docs/runbook.md#drift"' in page.text
    )
    assert "javascript:" not in page.text


def test_the_server_tells_operators_how_fast_it_answers(url: str, pages: httpx.Client):
    for number in range(3):
        pages.post("/v1/score", json=web.lead_row(number), headers={"origin": url})
    seen = text(pages.get("/monitor"))
    assert re.search(r"Leads scored one by one [1-9]", seen)
    assert re.search(r"99 of 100 within \d+\.\d ms", seen)


@pytest.mark.parametrize("role", Role)
def test_everybody_may_look_and_operators_alone_see_the_server(url: str, role: Role):
    with asking(url, role) as client:
        assert [client.get(page).status_code for page in PAGES] == [200, 200, 200]
        monitor = text(client.get("/monitor"))
        report = client.get("/drift/report")
    operates = role is Role.OPERATOR
    assert ("Receipts written" in monitor) == operates
    assert ("What the server measures is for operators." in monitor) != operates
    assert report.status_code == (404 if operates else 403)


def test_nobody_looks_unknown(url: str):
    with asking(url) as client:
        answers = [client.get(page) for page in (*PAGES, "/drift/report")]
    assert {answer.status_code for answer in answers} <= {303, 401}
    assert not any("RAISED" in answer.text for answer in answers)


def test_drift_shows_the_newest_look_and_any_other_by_its_time(pages: httpx.Client):
    newest = pages.get("/drift")
    assert "A retrain is asked for. Lead source is not what it was." in text(newest)
    assert newest.text.index("lead_source") < newest.text.index("total_visits")
    old = (NOW - timedelta(weeks=3)).isoformat(timespec="seconds")
    quiet = pages.get("/drift", params={"at": old})
    assert "A retrain is asked for" not in quiet.text
    assert f'datetime="{old}"' in unescape(quiet.text)
    few = pages.get("/drift", params={"at": (NOW - timedelta(weeks=6)).isoformat()})
    assert "INSUFFICIENT_DATA" in few.text
    assert 'id="columns"' not in few.text
    assert pages.get("/drift", params={"at": "<b>never"}).status_code == 404


def test_a_column_is_pictured_on_both_sides(pages: httpx.Client):
    page = pages.get("/drift").text
    assert '<rect class="before" y="1" width="71.43%"' in page  # 50 % beside the longest, 70 %
    assert '<rect class="now" y="11" width="100.0%"' in page


def test_investigate_shows_root_layers_and_moves(pages: httpx.Client):
    seen = text(pages.get("/investigate"))
    for words in (
        "Most likely root Broken field",
        "6 points, 75 % of all",
        "1. Data",
        "Broken fields Lead source is not what it was RAISED · high",
        "3. Integration Nothing was looked at here.",
        "leadwise check lead_conversion",
    ):
        assert words in seen.replace("\N{NO-BREAK SPACE}", " "), words


def test_the_command_of_an_investigation_names_the_file_that_was_looked_at_last(tmp_path: Path):
    lake = LocalLake(tmp_path / "it's a home" / "lake")
    key = f"raw/{USE_CASE.name}/{'a' * 64}/file"
    monitored.break_a_record(lake, key, "leads")
    monitored.keep(lake, monitored.record(NOW - timedelta(hours=1), file="raw/../../etc/passwd"))
    monitor = web.monitor(tmp_path / "it's a home")
    assert monitor.investigating().endswith(" --current FILE")
    monitored.keep(lake, monitored.record(NOW, file=key), run="new")
    (*_, named) = shlex.split(monitor.investigating())
    assert Path(named).read_text() == "leads"
    with web.server(tmp_path / "it's a home") as url, asking(url) as client:
        assert f"{'a' * 64}/file" in text(client.get("/investigate"))
        assert f"{'a' * 64}" not in text(client.get("/monitor"))  # whose table is narrow


def test_commands_name_a_home_that_is_not_the_usual_one():
    usual, other = home_commands(USE_CASE, MOMENT), home_commands(USE_CASE, MOMENT, "/my homes/one")
    assert "--home" not in usual.investigate
    assert "--home '/my homes/one' --current FILE" in other.investigate
    assert home_commands(USE_CASE, MOMENT, str(Path.cwd() / ".leadwise")) == usual


def test_an_empty_home_says_what_is_missing_and_which_command_brings_it(tmp_path: Path):
    web.deploy(tmp_path, "2")
    with web.server(tmp_path) as url, asking(url) as client:
        monitor, drift, investigate = (client.get(page) for page in PAGES)
    assert {page.status_code for page in (monitor, drift, investigate)} == {200}
    seen = text(monitor)
    assert seen.count("NEVER_LOOKED") == 4
    for words in (
        "leadwise watch lead_conversion --current FILE",
        "leadwise watch lead_conversion --current FILE --outcomes FILE",
        "leadwise loop lead_conversion --data FOLDER --once",
        "Nobody was alerted of anything.",
        "Nothing was decided yet.",
    ):
        assert words in seen, words
    assert '<svg class="chart"' not in monitor.text
    assert "leadwise watch lead_conversion --current FILE" in text(drift)
    assert "leadwise investigate lead_conversion --current FILE" in text(investigate)


def test_without_a_model_the_service_is_critical(tmp_path: Path):
    with web.server(tmp_path) as url, asking(url) as client:
        assert "Service RAISED · critical" in text(client.get("/monitor"))


BROKEN = {
    "no JSON": "not json",
    "another thing": ["a", "list"],
    "no time": {"watched_at": ""},
    "a time that is none": {"watched_at": "soon"},
    "a time beyond all": {"watched_at": "0001-01-01T00:00:00+14:00"},
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_record_is_named_and_hides_no_other(tmp_path: Path, what: str):
    lake = LocalLake(tmp_path / "lake")
    monitored.live_through(lake)
    words = BROKEN[what]
    if isinstance(words, dict):
        good = next(key for key in lake.keys(WATCHES) if key.endswith("watch.json"))
        words = json.loads(lake.fetch(good).read_bytes()) | words
    key = monitored.break_a_record(lake, f"{WATCHES}20991231-000000-bad/watch.json", words)
    with web.server(tmp_path) as url, asking(url) as client:
        for page in ("/monitor", "/drift"):
            answer = client.get(page)
            assert answer.status_code == 200
            assert key in answer.text
            assert "A record cannot be read." in answer.text
        assert "DRIFTED" in answer.text


def test_figures_that_are_none_are_no_figures(tmp_path: Path):
    lake = LocalLake(tmp_path / "lake")
    nan, odd = float("nan"), monitored.column("total_visits", float("inf"))
    odd = replace(odd, p_value=nan, missing_change=nan, bins=())
    found = monitored.record(
        NOW, drifted_share=1e300, prediction_psi=-5.0, columns=(odd,), scores=()
    )
    key = f"{watch_folder(USE_CASE.name, MOMENT, NOW, 'odd')}/watch.json"
    words = TypeAdapter(WatchRecord).dump_json(found, indent=1).decode()
    monitored.break_a_record(lake, key, re.sub(r'"psi": null', '"psi": Infinity', words))
    with web.server(tmp_path) as url, asking(url) as client:
        answers = [client.get(page) for page in ("/monitor", "/drift")]
    assert [answer.status_code for answer in answers] == [200, 200]


def test_broken_decisions_and_investigations_are_named(tmp_path: Path):
    lake = LocalLake(tmp_path / "lake")
    monitored.live_through(lake)
    decision = f"{decisions_prefix(USE_CASE.name, MOMENT)}20991231-000000-000000-bad.json"
    finding = f"{investigations_prefix(USE_CASE.name, MOMENT)}20991231-000000-bad.json"
    for key in (decision, finding):
        monitored.break_a_record(lake, key, {"at": "later"})
    with web.server(tmp_path) as url, asking(url) as client:
        monitor, found = client.get("/monitor"), client.get("/investigate")
    assert (monitor.status_code, found.status_code) == (200, 200)
    assert decision in monitor.text
    assert "PROMOTED" in monitor.text
    assert finding in found.text


def test_alerts_that_cannot_be_read_hide_nothing_else(tmp_path: Path):
    class Away(web.MemoryOutbox):
        def incidents(self, most: int) -> list[Incident]:
            raise DependencyUnavailable("alerts.db cannot be read; restore it")

    lake = LocalLake(tmp_path / "lake")
    monitored.live_through(lake)
    monitor = web.monitor(tmp_path)
    monitor._outbox = Away(())
    assert monitor.seen().watches
    assert monitor.seen().broken == ("alerts.db cannot be read; restore it",)


def test_an_operator_closes_an_alert_and_says_why(tmp_path: Path, browser: Browser):
    alerts = home_alerts(tmp_path)
    alerts.send(Alert.began(AlertRule.DRIFT, "a model that is gone", AlertSeverity.WARNING, "PSI."))
    access = accounts(tmp_path / ACCESS)
    with web.server(tmp_path, access=access, alerts=alerts) as url:
        with browser.new_context() as context:
            context.add_cookies([{"name": "leadwise", "value": "operator", "url": url}])
            page = context.new_page()
            page.goto(f"{url}/monitor")
            page.get_by_role("link", name="Close the alert about a model that is gone").click()
            page.get_by_label("Why").fill("the model was retired")
            page.get_by_role("button", name="Close the alert").click()
            expect(page.get_by_role("status")).to_contain_text("The alert is closed.")
            closed = page.get_by_text("Closed by operator: the model was retired")
            expect(closed).to_be_visible()
        with asking(url, Role.OPERATOR) as client:
            sent = {"incident": "1", "why": "again"}
            again = client.post("/monitor/close", data=sent, headers={"origin": url})
            assert again.status_code == 409
            assert "ncident 1 is over since" in text(again)
            assert client.get("/monitor/close?incident=1").status_code == 404
    (incident,) = alerts.incidents(10)
    assert (incident.closed_by, incident.why) == ("operator", "the model was retired")


def test_only_operators_close_alerts_and_only_from_this_site(url: str):
    sent = {"incident": "2", "why": "gone"}
    for role in (Role.VIEWER, Role.REP):
        with asking(url, role) as client:
            assert "/monitor/close" not in client.get("/monitor").text
            assert client.get("/monitor/close?incident=2").status_code == 403
            own = {"origin": url}
            assert client.post("/monitor/close", data=sent, headers=own).status_code == 403
    with asking(url, Role.OPERATOR) as client:
        elsewhere = {"origin": "https://elsewhere.example"}
        assert client.post("/monitor/close", data=sent, headers=elsewhere).status_code == 403
        for number in ("", "x", "1" * 40):
            wrong = sent | {"incident": number}
            answer = client.post("/monitor/close", data=wrong, headers={"origin": url})
            assert answer.status_code == 404


def test_a_decision_is_read_once_and_once_more_when_its_outcome_has_come(tmp_path: Path):
    lake = LocalLake(tmp_path / "lake")
    monitored.live_through(lake)
    fetched: list[str] = []

    class Counting:
        def __getattr__(self, name: str) -> Any:
            return getattr(lake, name)

        def fetch(self, key: str) -> Path:
            fetched.append(key)
            return lake.fetch(key)

    monitor = web.monitor(tmp_path)
    monitor._lake = Counting()
    first = monitor.seen().decisions
    assert fetched
    fetched.clear()
    assert monitor.seen().decisions == first
    assert fetched == []
    waits = first[0]
    assert waits.outcome is None
    keep_outcome(
        lake, waits.decision, Outcome(decision="c3", at=waits.decision.at, ended="KEPT", says="No.")
    )
    assert monitor.seen().decisions[0].outcome.says == "No."
    assert len(fetched) == 2


def test_a_record_is_read_once(tmp_path: Path):
    lake = LocalLake(tmp_path / "lake")
    monitored.live_through(lake)
    monitor = web.monitor(tmp_path)
    first, again = monitor.seen(), monitor.seen()
    assert all(one is other for one, other in zip(first.watches, again.watches, strict=True))
    monitored.keep(lake, monitored.record(NOW + timedelta(minutes=1)), run="new")
    assert monitor.seen().watches[0].watched_at > first.watches[0].watched_at


def test_a_report_is_kept_by_the_reader_and_never_run_here(tmp_path: Path):
    lake = LocalLake(tmp_path / "lake")
    folder = watch_folder(USE_CASE.name, MOMENT, NOW, "5f3c")
    page = monitored.break_a_record(lake, f"{folder}/report.html", "<script>alert(1)</script>")
    monitored.keep(lake, monitored.record(NOW, report=page))
    with web.server(tmp_path) as url, asking(url) as client:
        assert 'href="/drift/report?at=' in client.get("/drift").text
        answer = client.get("/drift/report")
    assert answer.content == b"<script>alert(1)</script>"
    assert answer.headers["content-disposition"].startswith("attachment; filename=")
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("key", ["models/secret.html", "../users.db", "/etc/passwd", ""])
def test_a_record_leads_to_no_file_but_its_own(tmp_path: Path, key: str):
    lake = LocalLake(tmp_path / "lake")
    monitored.break_a_record(lake, "models/secret.html", "secret")
    hostile = key if key.startswith(("models", "/")) or not key else f"{WATCHES}{key}"
    monitored.keep(lake, monitored.record(NOW, report=hostile))
    with web.server(tmp_path) as url, asking(url) as client:
        assert client.get("/drift/report").status_code in {400, 404}


def test_hostile_words_are_words(tmp_path: Path, browser: Browser):
    web.deploy(tmp_path, "2")
    monitored.live_through(LocalLake(tmp_path / "lake"), hostile=True)
    alerts = web.MemoryOutbox(monitored.alerted(monitored.HOSTILE))
    with web.server(tmp_path, alerts=alerts) as url, browser.new_context() as context:
        page = context.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        for address in PAGES:
            page.goto(url + address)
            expect(page.get_by_text("document.title='taken'").first).to_be_attached()
            assert "taken" not in page.title()
            assert "49" not in page.locator("#main").inner_text()[:400]
    assert said == []


def test_a_look_of_real_steps_is_drawn(tmp_path: Path, browser: Browser):
    told = watching.Told()
    runtime = watching.home_of(tmp_path, told)
    table = watching.generated(rows=2_600, seed=1)
    watching.deploy_model(runtime, table.slice(0, 2_000), ENGAGED)
    reference = watching.reference_of(runtime, table, test_rows=600)
    drifting = Scenario(arrival_weeks=10, drift_week=0)
    rows = watching.generated(rows=800, seed=2, scenario=drifting)
    found = watching.watched(runtime, rows, reference, ENGAGED, name="drifted")
    web.deploy(tmp_path, "2")  # what serves here is small; what was watched is not
    with web.server(tmp_path) as url, browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{url}/monitor")
        expect(page.locator(".chart")).to_have_count(3)
        expect(page.locator(".health .state", has_text="RAISED").first).to_be_visible()
        page.goto(f"{url}/drift")
        expect(page.locator(".column")).to_have_count(len(found.columns))
        drifted = [one for one in found.columns if one.drifted]
        assert drifted
        expect(
            page.locator(".column details[open]").first.locator("svg rect").first
        ).to_be_visible()
        with page.expect_download() as download:
            page.get_by_role("link", name="Evidently's report").click()
        assert download.value.suggested_filename.startswith("drift-lead_conversion-")
