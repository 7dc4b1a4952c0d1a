"""Everybody can use the console: axe-core, the keyboard, twice the size, less motion, paper."""

from collections.abc import Iterator

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.support import web
from tests.support.version_story import MemoryModels

SERIOUS = {"serious", "critical"}
#: What axe-core looks for; darkness changes nothing but colours.
RULES = {"light": {}, "dark": {"runOnly": ["color-contrast"]}}


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a console with a scored file, a lead with a story, and three versions."""
    home = tmp_path_factory.mktemp("accessible")
    web.deploy(home, "2")
    rows = [web.lead_row(number) for number in range(60)]
    rows[5]["TotalVisits"] = "-1"
    with (
        web.server(home, models=MemoryModels()) as url,
        httpx.Client(base_url=url, trust_env=False, timeout=30) as client,
    ):
        job = client.post("/v1/jobs", files={"file": ("today.csv", web.csv_of(rows))}).json()
        web.finished(client, job["id"])
        for seconds in ("60", "30000"):
            client.post("/v1/score", json=web.lead_row(900, total_time_on_website=seconds))
        client.post("/v1/leads/lead-0900/feedback", json={"verdict": "won"})
        yield url


@pytest.fixture(scope="module")
def addresses(console: str) -> list[str]:
    """Every kind of page that the console has."""
    job = httpx.get(f"{console}/v1/jobs", trust_env=False).json()["jobs"][0]["id"]
    return [
        "/", "/jobs", f"/results/{job}", f"/results/{job}?tab=needs_attention",
        f"/results/{job}?q=nobody", "/worklist?value=1000&cost=10", "/worklist?capacity=x",
        "/leads/lead-0900", "/leads/lead-0007", "/leads/nobody", "/models?changed=1",
        "/models/promote", "/models/rollback?to=1", "/docs",
    ]  # fmt: skip


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(
    browser: Browser, console: str, addresses: list[str], scheme: str
):
    page = browser.new_page(color_scheme=scheme)
    found = {}
    for address in addresses:
        page.goto(console + address)
        page.locator("details:not([open]) > summary").evaluate_all("all => all[0]?.click()")
        broken = Axe().run(page, options=RULES[scheme]).response["violations"]
        if serious := [_told(rule) for rule in broken if rule["impact"] in SERIOUS]:
            found[address] = serious
    page.close()
    assert found == {}


def _told(rule: dict) -> tuple[str, str]:
    return rule["id"], rule["nodes"][0]["html"][:200] + rule["nodes"][0]["failureSummary"]


def test_every_page_has_one_heading_a_title_and_its_place(
    page: Page, console: str, addresses: list[str]
):
    titles = set()
    for address in addresses:
        page.goto(console + address)
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        expect(page.get_by_role("main")).to_have_count(1)
        assert page.locator("nav [aria-current=page]").count() <= 2
        titles.add(page.title())
    assert len(titles) > 8


def test_at_twice_the_size_nothing_is_cut_off(browser: Browser, console: str, addresses: list[str]):
    page = browser.new_page(viewport={"width": 640, "height": 400}, device_scale_factor=2)
    for width in (640, 320):
        page.set_viewport_size({"width": width, "height": 400})
        for address in addresses:
            page.goto(console + address)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, address
    page.close()


def test_with_the_keyboard_alone_a_list_is_made_and_a_model_promoted(page: Page, console: str):
    page.goto(f"{console}/worklist")
    _tab_to(page, "capacity")
    page.keyboard.type("7")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("7 leads to work, best first")
    page.goto(f"{console}/models")
    link = page.get_by_role("link", name="Promote")
    for _ in range(30):
        page.keyboard.press("Tab")
        if link.evaluate("link => link === document.activeElement"):
            break
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Promote version 3?")


def _tab_to(page: Page, wanted: str) -> None:
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == wanted:
            return
    raise AssertionError(f"{wanted} cannot be reached")


def test_nothing_moves_for_who_wants_less_motion(browser: Browser, console: str):
    page = browser.new_page(reduced_motion="reduce")
    page.goto(console)
    moving = """() => [...document.querySelectorAll("*")].some(one =>
        getComputedStyle(one).animationName !== "none")"""
    assert not page.evaluate(moving)
    page.close()


def test_a_printed_list_has_boxes_to_tick_and_no_buttons(page: Page, console: str):
    page.goto(f"{console}/worklist")
    expect(page.locator(".box").first).to_be_hidden()
    page.emulate_media(media="print")
    expect(page.locator(".box").first).to_be_visible()
    for left_out in ("header", "form", ".actions"):
        expect(page.locator(left_out).first).to_be_hidden()
