"""A file through the page, without a browser: forms, results, downloads, headers."""

import csv
import io
import re

import httpx
import pytest
from starlette.requests import Request

from ml.serving.ways_on import WayOn, way_on
from tests.support import web

HTML = {"Accept": "text/html"}
FORMULAS = ("=HYPERLINK(1)", "+cmd|' /C calc'!A1", "-2+3", "@SUM(A1)", "\t=1", "\r=1")


def upload(client: httpx.Client, content: bytes, name: str = "leads.csv", **headers: str):
    return client.post("/score", files={"file": (name, content)}, headers=headers)


def result_of(client: httpx.Client, content: bytes, name: str = "leads.csv") -> str:
    answer = upload(client, content, name)
    assert answer.status_code == 303, answer.text
    return ended(client, answer)


def ended(client: httpx.Client, answer: httpx.Response) -> str:
    """Where the result of an upload is, once it is there."""
    job = answer.headers["location"].split("?")[0].rsplit("/", 1)[1]
    assert web.finished(client, job)["state"] == "done"
    return f"/results/{job}"


def mixed() -> list[dict[str, str]]:
    """100 rows, 3 of them bad."""
    rows = [web.lead_row(number) for number in range(100)]
    rows[10]["TotalVisits"] = "-4"
    rows[20]["TotalVisits"] = "three"
    rows[30]["Do Not Email"] = "oui"
    return rows


def test_100_rows_with_3_bad_ones(client):
    page = client.get(result_of(client, web.csv_of(mixed())), headers=HTML).text
    assert "97 scored, 3 need attention" in page


def test_the_download_has_every_row_in_the_order_of_the_file(client):
    rows = mixed()
    address = result_of(client, web.csv_of(rows))
    answer = client.get(f"{address}/leads.csv")
    assert answer.headers["content-disposition"].startswith("attachment; ")
    table = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["Prospect ID"] for row in table] == [row["Prospect ID"] for row in rows]
    statuses = [row["status"] for row in table]
    assert [n for n, status in enumerate(statuses) if status != "scored"] == [10, 20, 30]
    assert [row["TotalVisits"] for row in table] == [row["TotalVisits"] for row in rows], (
        "-4 is a plain number and stays as it is"
    )
    assert "NEGATIVE" in table[10]["attention"]


def test_formulas_leave_as_text(client):
    rows = [web.lead_row(n, country=formula) for n, formula in enumerate(FORMULAS)]
    address = result_of(client, web.csv_of(rows))
    table = list(csv.DictReader(io.StringIO(client.get(f"{address}/leads.csv").text, newline="")))
    assert [row["Country"] for row in table] == ["'" + formula for formula in FORMULAS]


def test_the_download_for_excel_begins_with_the_mark_of_utf_8(client):
    address = result_of(client, web.sample())
    plain, excel = client.get(f"{address}/leads.csv"), client.get(f"{address}/leads.csv?excel=1")
    assert excel.content == b"\xef\xbb\xbf" + plain.content


def test_the_same_file_leads_to_the_same_result(client):
    content = web.csv_of([web.lead_row(n) for n in range(300, 320)])
    first = result_of(client, content)
    again = upload(client, content, name="copy.csv")
    assert again.headers["location"] == first + "?known=1"
    assert "Already scored" in client.get(again.headers["location"]).text
    assert "Already scored" not in client.get(first).text


def test_another_version_gives_another_result(tmp_path):
    web.deploy(tmp_path, "1")
    with web.server(tmp_path) as url, httpx.Client(base_url=url, trust_env=False) as client:
        first = result_of(client, web.sample())
    web.deploy(tmp_path, "2")
    with web.server(tmp_path) as url, httpx.Client(base_url=url, trust_env=False) as client:
        assert result_of(client, web.sample()) != first
        assert "version 1" in client.get(first).text


def test_two_homes_give_one_file_two_ids(client, tmp_path):
    web.deploy(tmp_path, "1")
    with web.server(tmp_path) as url, httpx.Client(base_url=url, trust_env=False) as other:
        assert result_of(other, web.sample()) != result_of(client, web.sample())


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "a" * 300 + ".csv",
        "😀.csv",
        "CON",
        "leads.csv.exe",
        "<b>.csv",
        "\u202e.csv",
    ],
)
def test_a_file_name_is_shown_and_never_used(client, home, name):
    row = web.lead_row(len(name), country=name[:5].replace("\n", ""))
    page = client.get(result_of(client, web.csv_of([row]), name), headers=HTML).text
    shown = re.search(r'class="file-name">([^<]*)<', page)
    assert shown
    assert 0 < len(shown[1]) <= 90
    assert "\u202e" not in shown[1]
    results = home / "serving" / "results"
    assert {path.name for path in results.glob("*/*")} == {
        "leads.parquet", "scored.json", "scores.parquet",
    }  # fmt: skip


@pytest.mark.parametrize(
    "result",
    [
        "0" * 32,
        "key",
        "../key",
        "..%2fkey",
        "%2e%2e",
        "a" * 31,
        "A" * 32,
        "0" * 32 + "%00",
        "x" * 500,
    ],
)
def test_an_id_that_is_none_leads_nowhere(client, result):
    for address in (f"/results/{result}", f"/results/{result}/leads.csv"):
        assert client.get(address).status_code == 404


def test_nothing_unfinished_stays_behind(client, home):
    result_of(client, web.sample())
    for content in (b"", b"a,b\n1,2\n"):
        refused = upload(client, content).headers["location"].rsplit("/", 1)[1]
        assert web.finished(client, refused)["state"] == "failed"
    assert list((home / "serving" / "uploads").iterdir()) == []


def test_the_sample_and_the_template_are_accepted(client):
    sample = client.get("/sample.csv").content
    assert result_of(client, sample)
    template = client.get("/template.csv").content
    _, row = web.csv_of([web.lead_row(1)]).split(b"\n", 1)
    assert result_of(client, template + row)
    assert client.post("/score/sample").status_code == 303


def test_sorting_filtering_and_paging(client):
    address = result_of(client, web.csv_of(mixed()))

    def leads(query: str) -> list[str]:
        page = client.get(address + query, headers=HTML).text
        return re.findall(r'class="lead-cell"[^>]*>(?:<a [^>]*>)?(lead-\d+)<', page)

    everything = leads("") + leads("?page=2")
    assert len(everything) == len(set(everything)) == 97
    by_time = leads("?sort=total_time_on_website&order=desc")
    assert by_time == everything[:50], "the rule scores by time, highest first"
    assert leads("?sort=prospect_id&order=asc")[0] == "lead-0000"
    assert leads("?q=LEAD-0042") == ["lead-0042"]
    assert leads("?tab=needs_attention") == ["lead-0010", "lead-0020", "lead-0030"]
    hot, warm = leads("?band=Hot"), leads("?band=Warm")
    assert hot
    assert everything[: len(hot) + len(warm)] == hot + warm


@pytest.mark.parametrize(
    "query",
    ["?page=0", "?page=99999999999", "?page=-1", "?sort=';DROP TABLE", "?order=sideways", "?tab=x",
     "?band=Nope", "?q=%25%5C'\"", "?q=%00", "?q=%F0%9F%98%80", "?q=.*(", "?page=²"],
)  # fmt: skip
def test_an_odd_address_shows_a_page_all_the_same(client, query):
    address = result_of(client, web.csv_of(mixed()))
    assert client.get(address + query, headers=HTML).status_code == 200


def test_what_needs_attention_is_listed_with_row_column_rule_value_and_hint(client):
    address = result_of(client, web.csv_of(mixed()))
    page = client.get(f"{address}?tab=needs_attention", headers=HTML).text
    row = re.search(r"<tr>\s*<th scope=\"row\" class=\"num\">12</th>.*?</tr>", page, re.DOTALL)
    assert row
    for part in ("lead-0010", "TotalVisits", "<code>-4</code>", "NEGATIVE", "correct the cell"):
        assert part in row[0]


def test_a_refused_file_says_why_and_what_to_do(client):
    address = upload(client, b"a,b\n1,2\n").headers["location"]
    told = web.finished(client, address.rsplit("/", 1)[1])
    assert told["problem"]["status"] == 422
    assert told["problem"]["errors"][0]["rule"] == "MISSING_COLUMN"
    page = client.get(address).text
    assert "The file cannot be read as leads" in page
    assert "MISSING_COLUMN" in page
    assert "Add the columns" in page


@pytest.mark.parametrize(
    ("method", "address", "way"),
    [
        ("GET", "/results/none", 'href="/jobs">Your files'),
        ("GET", "/leads/nobody", 'href="/jobs">Your files'),
        ("POST", "/leads/nobody/feedback", 'href="/jobs">Your files'),
        ("GET", "/models/9/card", 'href="/models">Models'),
        ("GET", "/no/such/page", 'href="/">Score leads'),
        ("POST", "/score", 'href="/">Choose another file'),
    ],
)
def test_a_refusal_leads_on_to_where_it_makes_sense(client, method, address, way):
    page = client.request(method, address, headers=HTML).text
    assert way in page
    of_file = address == "/score"
    assert ("Choose another file" in page) == ("/template.csv" in page) == of_file
    assert ("Nothing was scored" in page) == of_file


def test_who_is_turned_away_for_a_moment_may_try_the_same_again():
    scope = {"type": "http", "method": "GET", "path": "//evil.example/x", "query_string": b"a=1"}
    request = Request(scope | {"headers": [], "server": ("here", 80)})
    assert way_on(request, 503) == WayOn(address="/evil.example/x?a=1", words="Try again")
    assert way_on(request, 404).words == "Score leads"


def test_a_ticked_box_writes_the_reasons_into_the_file(client):
    rows = web.csv_of([web.lead_row(number) for number in range(640, 650)])
    files = {"file": ("leads.csv", rows)}
    plain = ended(client, client.post("/score", files=files))
    ticked = ended(client, client.post("/score", files=files, data={"explained": "yes"}))
    assert plain != ticked
    told = [client.get(f"{result}/leads.csv").text for result in (plain, ticked)]
    assert ["Time on the website:" in text for text in told] == [False, True]


def test_htmx_is_led_on_by_a_header(client):
    answer = client.post(
        "/score", files={"file": ("leads.csv", web.sample())}, headers={"HX-Request": "true"}
    )
    assert answer.status_code == 204
    assert re.match("/(jobs|results)/", answer.headers["hx-redirect"])


@pytest.mark.parametrize("address", ["/", "/docs", "/ping", "/static/page.css", "/no", "/v1/score"])
def test_every_answer_carries_the_headers_that_hold_a_browser_back(client, address):
    headers = client.get(address, headers=HTML).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize("address", ["/", "/docs"])
def test_pages_hold_nothing_inline_and_nothing_from_elsewhere(client, address):
    page = client.get(address, headers=HTML).text
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", page)
    sources = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert all(source.startswith(("/", "#")) for source in sources)


@pytest.mark.parametrize("address", ["/score", "/score/sample"])
@pytest.mark.parametrize(
    ("header", "value"),
    [("Origin", "https://evil.example"), ("Origin", "null"), ("Sec-Fetch-Site", "cross-site")],
)
def test_forms_from_other_sites_are_refused(client, address, header, value):
    files = {"file": ("leads.csv", web.sample())}
    answer = client.post(address, files=files, headers={header: value})
    assert answer.status_code == 403


def test_a_form_from_this_site_is_accepted(client, url):
    assert upload(client, web.sample(), Origin=url).status_code == 303


def test_static_files_may_be_kept_and_results_may_not(client):
    page = client.get("/", headers=HTML).text
    static = re.search(r'href="(/static/page.css\?v=\w+)"', page)
    assert static
    assert "immutable" in client.get(static[1]).headers["cache-control"]
    assert client.get(result_of(client, web.sample())).headers["cache-control"] == "no-store"
