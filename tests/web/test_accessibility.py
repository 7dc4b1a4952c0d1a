"""Everybody can use the console: axe-core, the keyboard, twice the size, less motion, paper."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect

from ml.adapters.local_lake import LocalLake
from ml.adapters.sqlite_accounts import ACCESS, SqliteAccounts
from ml.contract.access import AccessMode, Account, AccountKind, Role
from ml.contract.access_settings import AccessSettings
from ml.serving.access.guarding import Access
from ml.serving.access.secret_hashes import password_hash, token_digest
from tests.support import monitored, web
from tests.support.axe import serious
from tests.support.version_story import COMMANDS, MemoryModels

PASSWORD = "four words of mine"
#: Pages that show less, or refuse, where the caller may less.
BY_ROLE = (
    "/", "/lead", "/jobs", "/worklist", "/models", "/models/promote", "/models/3/card", "/password",
    "/monitor", "/monitor/close?incident=2", "/drift", "/investigate", "/drift/report",
)  # fmt: skip


@dataclass(frozen=True)
class Console:
    """A console with a scored file, jobs in every state, a lead with a story, and versions."""

    url: str
    jobs: dict[str, str]

    @property
    def addresses(self) -> list[str]:
        """Every kind of page that an operator sees."""
        result = f"/results/{self.jobs['done']}"
        return [
            "/", "/jobs", result, f"{result}?tab=needs_attention", f"{result}?tab=duplicate",
            f"{result}?q=nobody", *(f"/jobs/{id}" for id in self.jobs.values()),
            "/worklist?value=1000&cost=10", "/worklist?capacity=x", "/leads/lead-0900",
            "/leads/lead-0007", "/leads/nobody", "/models?changed=1", "/models/promote",
            "/models/rollback?to=1", "/models/3/card", "/docs", "/password?changed=1", "/nowhere",
            "/monitor", "/monitor?closed=1", "/monitor/close?incident=2", "/drift",
            "/drift?at=never", "/investigate",
        ]  # fmt: skip

    def signed_in(self, browser: Browser, role: Role, **wanted: Any) -> BrowserContext:
        """A window of somebody with that role."""
        context = browser.new_context(**wanted)
        context.add_cookies([{"name": "leadwise", "value": role.word, "url": self.url}])
        context.route("**/card", _without_policy)
        return context

    def end_the_running_job(self) -> None:
        """Let another file have its turn."""
        httpx.post(
            f"{self.url}/jobs/{self.jobs['running']}/cancel",
            cookies={"leadwise": "operator"},
            headers={"origin": self.url},
            trust_env=False,
        )


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    home = tmp_path_factory.mktemp("accessible")
    web.deploy(home, "2")
    monitored.live_through(LocalLake(home / "lake"), hostile=True)
    access = Access(
        settings=AccessSettings(mode=AccessMode.ACCOUNTS),
        accounts=_accounts(home / ACCESS),
        sessions=SqliteAccounts(home / ACCESS),
    )
    with (
        web.server(
            home, models=MemoryModels(), access=access, alerts=web.MemoryOutbox(monitored.alerted())
        ) as url,
        httpx.Client(
            base_url=url, cookies={"leadwise": "operator"}, headers={"origin": url},
            trust_env=False, timeout=30,
        ) as client,
    ):  # fmt: skip
        jobs = _jobs(client)
        for seconds in ("60", "30000"):
            client.post("/v1/score", json=web.lead_row(900, total_time_on_website=seconds))
        client.post("/v1/leads/lead-0900/feedback", json={"verdict": "won"})
        console = Console(url, jobs)
        yield console
        console.end_the_running_job()


def _accounts(file: Path) -> SqliteAccounts:
    """One user of each role, signed in with the role as token."""
    made, now = SqliteAccounts(file), datetime.now(UTC)
    for role in Role:
        made.add(
            Account(
                name=role.word,
                kind=AccountKind.USER,
                role=role,
                secret=password_hash(PASSWORD),
                since=now,
            )
        )
        made.begin(token_digest(role.word), role.word, now=now, until=now + timedelta(hours=1))
    return made


def _jobs(client: httpx.Client) -> dict[str, str]:
    """A job in each state, by the state."""
    leads = [web.lead_row(number) for number in range(20)]
    leads[5]["TotalVisits"] = "-1"
    slow = [web.lead_row(number, country="0.5") for number in range(1000, 1400)]
    files = {
        "done": web.csv_of([*leads, leads[0]]),
        "failed": b"a,b\n1,2\n",
        "running": web.csv_of(slow),
        "cancelled": web.csv_of(slow[1:]),
    }
    jobs = {}
    for state, file in files.items():
        sent = client.post("/v1/jobs", files={"file": (f"{state}.csv", file)}).json()
        jobs[state] = sent["id"]
        if state in {"done", "failed"}:
            web.finished(client, sent["id"])
    client.post(f"/jobs/{jobs['cancelled']}/cancel")
    return jobs


@pytest.fixture
def page(browser: Browser, console: Console) -> Iterator[Page]:
    """A page of an operator."""
    with console.signed_in(browser, Role.OPERATOR) as context:
        yield context.new_page()


def test_axe_finds_nothing_serious_on_any_page_for_anybody(browser: Browser, console: Console):
    seen = {"operator": console.addresses, "rep": BY_ROLE, "viewer": BY_ROLE}
    found = {}
    for role in Role:
        with console.signed_in(browser, role) as context:
            page = context.new_page()
            for address in seen[role.word]:
                page.goto(console.url + address)
                found[f"{role.word} {address}"] = serious(page)
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{console.url}/models")
        found["sign-in"] = serious(page)
        page.get_by_label("Name").fill("nobody")
        page.get_by_label("Password").fill("nothing")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_be_visible()
        found["refused"] = serious(page)
    assert {where: what for where, what in found.items() if what} == {}


def test_axe_finds_nothing_serious_where_models_are_changed_by_commands(
    browser: Browser, tmp_path: Path
):
    web.deploy(tmp_path, "2")
    with (
        web.server(tmp_path, models=MemoryModels(commands=COMMANDS)) as url,
        browser.new_context(viewport={"width": 320, "height": 400}) as context,
    ):
        page = context.new_page()
        page.goto(f"{url}/models")
        expect(page.get_by_text(COMMANDS.deploy)).to_be_visible()
        assert serious(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 320


def _without_policy(route: Route) -> None:
    """Let axe-core run in a card, which lets nothing run."""
    answer = route.fetch()
    held = "content-security-policy"
    headers = {name: value for name, value in answer.headers.items() if name != held}
    route.fulfill(response=answer, headers=headers)


def test_every_page_has_one_heading_a_title_and_its_place(page: Page, console: Console):
    titles = set()
    for address in console.addresses:
        page.goto(console.url + address)
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        expect(page.get_by_role("main")).to_have_count(1)
        assert page.locator("nav [aria-current=page]").count() <= 2
        titles.add(page.title())
    assert len(titles) > 8


def test_at_twice_the_size_nothing_is_cut_off(browser: Browser, console: Console):
    with console.signed_in(browser, Role.OPERATOR, device_scale_factor=2) as context:
        page = context.new_page()
        for width in (640, 320):
            page.set_viewport_size({"width": width, "height": 400})
            for address in (*console.addresses, "/sign-in"):
                page.goto(console.url + address)
                assert page.evaluate("document.documentElement.scrollWidth") <= width, address


def test_the_keyboard_alone_leads_from_sign_in_to_export_and_promotion(
    browser: Browser, console: Console, tmp_path: Path
):
    file = tmp_path / "keys.csv"
    file.write_bytes(web.csv_of([web.lead_row(number) for number in range(2000, 2030)]))
    console.end_the_running_job()  # files are scored one after the other
    with browser.new_context(base_url=console.url) as context:
        page = context.new_page()
        # Listening before the page opens: Chromium needs a moment until it hands choosers over.
        page.on("filechooser", lambda chooser: chooser.set_files(file))
        page.goto("/")
        page.keyboard.type("operator")  # the cursor stands in the first field
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        _press(page, page.locator("#file"))
        _heading(page, "30 scored")
        _press(page, page.get_by_role("link", name="Score", exact=True).last)
        expect(page.locator("th[aria-sort]")).to_have_attribute("aria-sort", "ascending")
        _press(page, page.locator("tbody summary").first)
        expect(page.locator(".reasons").first).to_be_visible()
        with page.expect_download() as download:
            _press(page, page.get_by_role("link", name="Download CSV"))
        assert download.value.suggested_filename == "keys-scored.csv"
        _press(page, page.get_by_role("link", name="Work list"))
        _reach(page, page.locator("#capacity"))
        page.keyboard.press("Control+A")
        page.keyboard.type("7")
        page.keyboard.press("Enter")
        _heading(page, "7 leads to work, best first")
        _press(page, page.locator(".lead-id").first)
        _heading(page, "lead-")
        _press(page, page.get_by_role("link", name="Models"))
        _press(page, page.get_by_role("link", name="Promote"))
        _heading(page, "Promote version 3?")
        _press(page, page.get_by_role("button", name="Promote version 3"))
        expect(page.get_by_role("status").filter(has_text="Done.")).to_be_visible()
        _press(page, page.get_by_role("button", name="Sign out"))
        _heading(page, "Sign in")


def _heading(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_contain_text(words)


def _press(page: Page, wanted: Locator) -> None:
    _reach(page, wanted)
    page.keyboard.press("Enter")


def _reach(page: Page, wanted: Locator) -> None:
    """Go there with the Tab key, and see where one is."""
    wanted.wait_for()
    for _ in range(150):
        page.keyboard.press("Tab")
        if wanted.evaluate("one => one === document.activeElement"):
            ring = "one => getComputedStyle(one.closest('label') || one).outlineStyle"
            assert wanted.evaluate(ring) == "solid", "the place is not seen"
            return
    raise AssertionError(f"{wanted} cannot be reached")


def test_nothing_moves_for_who_wants_less_motion(browser: Browser, console: Console):
    with console.signed_in(browser, Role.REP, reduced_motion="reduce") as context:
        page = context.new_page()
        page.goto(console.url)
        moving = """() => [...document.querySelectorAll("*")].some(one =>
            getComputedStyle(one).animationName !== "none")"""
        assert not page.evaluate(moving)


def test_a_printed_list_has_boxes_to_tick_and_no_buttons(page: Page, console: Console):
    page.goto(f"{console.url}/worklist")
    expect(page.locator(".box").first).to_be_hidden()
    page.emulate_media(media="print")
    expect(page.locator(".box").first).to_be_visible()
    for left_out in ("header", "form", ".actions"):
        expect(page.locator(left_out).first).to_be_hidden()
