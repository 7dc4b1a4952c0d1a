"""Bad requests (ROBUSTNESS I61-I65, I67): each is answered with its reason, none with a 5xx."""

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ml.serving.mlflow_protocol import SHAPES
from tests.support import rule_scorer, web

LEAD = {"prospect_id": "a", "total_visits": 3}
JSON = "application/json"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    web.deploy(home, "1")
    return home


@pytest.fixture(scope="module")
def url(home: Path) -> Iterator[str]:
    with web.server(home, upload_megabytes=1, upload_rows=500) as url:
        yield url


@pytest.fixture(scope="module")
def client(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, trust_env=False, timeout=60) as client:
        yield client


def post(
    client: httpx.Client, body: bytes | str, kind: str = JSON, address: str = "/v1/score"
) -> httpx.Response:
    return client.post(address, content=body, headers={"Content-Type": kind})


def post_batch(client: httpx.Client, document: object) -> httpx.Response:
    return post(client, json.dumps(document), address="/v1/score/batch")


def explained(answer: httpx.Response, status: int, rule: str) -> dict[str, object]:
    """The first error of a problem document that says enough to act on."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert set(problem) == {"type", "title", "status", "error_id", "errors"}
    assert problem["status"] == status
    for error in problem["errors"]:
        assert error["message"]
        assert error["hint"]
        assert len(error.get("value", "")) <= 40
    for secret in ("Traceback", "site-packages", ".py", "/tmp", "SELECT"):
        assert secret not in answer.text
    assert rule in [error["rule"] for error in problem["errors"]]
    return problem["errors"][0]


DEEP = '{"leads": [{"a": ' + "[" * 1000 + "]" * 1000 + "}]}"

# I64: JSON that is not what it should be
MALFORMED = {
    "empty body": (b"", 400, "JSON_UNREADABLE"),
    "blanks": (b"  \n", 400, "JSON_UNREADABLE"),
    "no JSON": (b"hello", 400, "JSON_UNREADABLE"),
    "trailing comma": (b'{"prospect_id": "a",}', 400, "JSON_UNREADABLE"),
    "cut off": (b'{"prospect_id": "a', 400, "JSON_UNREADABLE"),
    "two documents": (b"{} {}", 400, "JSON_UNREADABLE"),
    "NaN": (b'{"total_visits": NaN}', 400, "JSON_UNREADABLE"),
    "Infinity": (b'{"total_visits": -Infinity}', 400, "JSON_UNREADABLE"),
    "1e400": (b'{"total_visits": 1e400}', 400, "JSON_UNREADABLE"),
    "lone surrogate": (b'{"prospect_id": "\\ud800"}', 400, "JSON_UNREADABLE"),
    "not UTF-8": (b'{"prospect_id": "caf\xe9"}', 400, "JSON_UNREADABLE"),
    "UTF-16": ('{"prospect_id": "a"}'.encode("utf-16"), 400, "JSON_UNREADABLE"),
    "depth 11": (b'{"a":' * 11 + b"1" + b"}" * 11, 400, "JSON_UNREADABLE"),
    "depth 1000": (DEEP.encode(), 400, "JSON_UNREADABLE"),
    "depth 100000": (b"[" * 100_000, 400, "JSON_UNREADABLE"),
    "duplicate keys": (b'{"prospect_id": "a", "prospect_id": "b"}', 400, "DUPLICATE_COLUMN"),
    "duplicate leads": (b'{"leads": [{}], "leads": []}', 400, "DUPLICATE_COLUMN"),
    "array": (b"[1]", 422, "JSON_VALUE"),
    "null": (b"null", 422, "JSON_VALUE"),
    "text": (b'"lead"', 422, "JSON_VALUE"),
    "number": (b"5", 422, "JSON_VALUE"),
    "no lead": (b"{}", 422, "HEADER_NOT_RECOGNISED"),
    "leads is no array": (b'{"leads": {"a": 1}}', 422, "HEADER_NOT_RECOGNISED"),
    "several leads": (b'{"leads": [{"prospect_id": "a"}], "x": 1}', 422, "JSON_VALUE"),
    "array as value": (b'{"prospect_id": "a", "total_visits": [1]}', 422, "JSON_VALUE"),
    "object as value": (b'{"prospect_id": "a", "total_visits": {"x": 1}}', 422, "JSON_VALUE"),
    "id with exponent": (b'{"prospect_id": 1E5}', 422, "JSON_VALUE"),
    "one column twice": (
        b'{"prospect_id": "a", "TotalVisits": 1, "total_visits": 2}', 422, "DUPLICATE_COLUMN",
    ),
    "201 keys": (json.dumps({str(n): n for n in range(201)}).encode(), 422, "TOO_MANY_COLUMNS"),
    "10 MB": (b'{"prospect_id": "' + b"a" * 10_000_000 + b'"}', 413, "TOO_LARGE"),
}  # fmt: skip


@pytest.mark.parametrize("case", MALFORMED)
def test_i64_json_that_cannot_be_read_is_refused_with_its_reason(client, case):
    body, status, rule = MALFORMED[case]
    explained(post(client, body), status, rule)


def test_i64_pointers_lead_to_the_value(client):
    nested = b'{"leads": [{"prospect_id": "a"}, {"total_visits": 1, "b/c": 2, "b/c": 3}]}'
    assert explained(post(client, nested), 400, "DUPLICATE_COLUMN")["pointer"] == "/leads/1/b~1c"
    wrong = b'{"prospect_id": "a", "total_visits": [1]}'
    assert explained(post(client, wrong), 422, "JSON_VALUE")["pointer"] == "/total_visits"


@pytest.mark.parametrize("kind", ["text/plain", "", "application/x-www-form-urlencoded", "a" * 300])
def test_i64_another_content_type_is_refused(client, kind):
    explained(post(client, json.dumps(LEAD), kind), 415, "MEDIA_TYPE")


@pytest.mark.parametrize("value", ["3", 3, 3.0, " 3 "])
def test_i64_numbers_may_come_as_text(client, value):
    answer = post(client, json.dumps(LEAD | {"total_visits": value}))
    assert answer.json()["score"] == post(client, json.dumps(LEAD)).json()["score"]


def test_i64_colons_in_texts_are_no_repeated_keys(client):
    assert post(client, json.dumps(LEAD | {"city": 'a:b"::{":'})).status_code == 200


def test_i64_a_body_without_its_length_is_limited_too(client):
    def endless() -> Iterator[bytes]:
        for _ in range(40):
            yield b" " * 100_000

    answer = client.post("/v1/score", content=endless(), headers={"Content-Type": JSON})
    explained(answer, 413, "TOO_LARGE")


@pytest.mark.parametrize(
    ("leads", "status", "rule"), [([], 422, "NO_ROWS"), ([LEAD] * 1001, 413, "TOO_LARGE")]
)
def test_i65_no_lead_and_too_many(client, leads, status, rule):
    explained(post_batch(client, {"leads": leads}), status, rule)


@pytest.mark.parametrize("document", [{"leads": [LEAD], "x": 1}, {"leads": {}}, [LEAD], None])
def test_i64_a_batch_that_is_none(client, document):
    explained(post_batch(client, document), 422, "JSON_VALUE")


@pytest.mark.parametrize(
    "bad", [None, 7, "x", [], {}, {"total_visits": -1}, {"do_not_email": "?!"}]
)
def test_i65_one_bad_lead_of_a_thousand_keeps_its_place(client, bad):
    leads: list[object] = [{"prospect_id": str(n)} for n in range(1000)]
    leads[500] = bad
    answer = post_batch(client, {"leads": leads})
    assert answer.status_code == 200
    results = answer.json()["results"]
    assert [n for n, r in enumerate(results) if r["status"] != "scored"] == [500]
    assert results[500]["errors"][0]["pointer"].startswith("/leads/500")


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
KEYS = st.sampled_from([c.name for c in web.USE_CASE.schema.columns] + ["leads", *SHAPES, "x", ""])


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(document=JSON_VALUES | st.dictionaries(KEYS, JSON_VALUES, max_size=6))
def test_i64_whatever_the_document_the_answer_is_no_5xx(client, document):
    body = json.dumps(document)
    for address in ("/v1/score", "/v1/score/batch", "/invocations"):
        answer = client.post(address, content=body, headers={"Content-Type": JSON})
        assert answer.status_code in {200, 400, 413, 422}, (body, answer.text)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.binary(max_size=300), kind=st.sampled_from([JSON, "text/csv", "application/jsonlines"])
)
def test_whatever_the_bytes_the_answer_is_no_5xx(client, body, kind):
    answer = client.post("/invocations", content=body, headers={"Content-Type": kind})
    assert answer.status_code < 500, (body, answer.text)


def form(*parts: tuple[str, str | None, bytes], end: bytes = b"--\r\n") -> tuple[bytes, str]:
    """A multipart form as a browser would send it, or nearly."""
    body = b""
    for name, filename, content in parts:
        shown = f'; filename="{filename}"' if filename is not None else ""
        head = f'--cut\r\nContent-Disposition: form-data; name="{name}"{shown}\r\n\r\n'
        body += head.encode() + content + b"\r\n"
    return body + b"--cut" + end, "multipart/form-data; boundary=cut"


FORMS = {
    "no part": (*form(), 400, "INCOMPLETE_UPLOAD"),
    "wrong field": (*form(("leads", "a.csv", b"x")), 400, "INCOMPLETE_UPLOAD"),
    "text instead of a file": (*form(("file", None, b"x")), 400, "INCOMPLETE_UPLOAD"),
    "no file chosen": (*form(("file", "", b"")), 400, "INCOMPLETE_UPLOAD"),
    "two files": (*form(("file", "a", b"x"), ("file", "b", b"y")), 400, "INCOMPLETE_UPLOAD"),
    "cut off": (form(("file", "a.csv", b"x" * 500))[0][:300], form()[1], 400, "INCOMPLETE_UPLOAD"),
    "no boundary": (form(("file", "a", b"x"))[0], "multipart/form-data", 400, "INCOMPLETE_UPLOAD"),
    "garbage": (b"\x00\xff" * 50, form()[1], 400, "INCOMPLETE_UPLOAD"),
    "empty body": (b"", form()[1], 400, "INCOMPLETE_UPLOAD"),
    "no form": (b"a,b\n1,2\n", "image/png", 415, "MEDIA_TYPE"),
    "too large": (*form(("file", "a.csv", b"x" * 1_100_000)), 413, "TOO_LARGE"),
    "too many lines": (*form(("file", "a.csv", b"x\n" * 600)), 413, "TOO_LARGE"),
}


@pytest.mark.parametrize("case", FORMS)
def test_i62_a_form_that_holds_no_whole_file_is_refused(client, home, case):
    body, kind, status, rule = FORMS[case]
    answer = client.post("/score", content=body, headers={"Content-Type": kind})
    explained(answer, status, rule)
    assert nothing_left(home)


def test_i62_people_get_a_page_instead_of_json(client):
    body, kind, status, rule = FORMS["two files"]
    headers = {"Content-Type": kind, "Accept": "text/html"}
    answer = client.post("/score", content=body, headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert rule in answer.text
    assert "Choose another file" in answer.text


def nothing_left(home: Path) -> bool:
    uploads = home / "serving" / "uploads"
    return not uploads.exists() or not list(uploads.iterdir())


@pytest.mark.parametrize("claimed", [10, 5_000])
def test_i62_a_wrong_length_or_an_upload_that_breaks_off(client, url, home, claimed):
    body, kind = form(("file", "a.csv", b"x" * 500))
    where = urlsplit(url)
    head = (
        f"POST /score HTTP/1.1\r\nHost: {where.netloc}\r\nContent-Type: {kind}\r\n"
        f"Content-Length: {claimed}\r\nConnection: close\r\n\r\n"
    )
    with socket.create_connection((where.hostname, where.port), timeout=20) as line:
        line.sendall(head.encode() + body)
        line.shutdown(socket.SHUT_WR)
        answer = line.recv(65536)
    assert not answer.startswith(b"HTTP/1.1 5")
    if claimed < len(body):
        assert answer.startswith(b"HTTP/1.1 400")
    for _ in range(100):
        if nothing_left(home):
            break
        time.sleep(0.05)
    assert nothing_left(home)
    assert client.get("/ping").status_code == 200, "the server works on"


@pytest.mark.parametrize(
    "name", ["../../x", "/etc/passwd", "a\x00b", "C:\\x", "\u202e", "x" * 400, "CON"]
)
def test_i61_a_file_name_is_never_a_path(client, home, name):
    body, kind = form(("file", name, b"a,b\n1,2\n"))
    answer = client.post("/score", content=body, headers={"Content-Type": kind})
    assert answer.status_code in {303, 400}
    if answer.status_code == 303:
        told = web.finished(client, answer.headers["location"].rsplit("/", 1)[1])
        assert told["problem"]["errors"][0]["rule"] == "MISSING_COLUMN"
    assert nothing_left(home)
    written = [path for path in home.rglob("*") if path.name in {"x", "passwd", "CON"}]
    assert written == []


def test_i63_the_same_file_leads_to_the_same_result(client):
    files = {"file": ("leads.csv", web.sample())}
    job = client.post("/score", files=files).headers["location"].rsplit("/", 1)[1].split("?")[0]
    web.finished(client, job)
    assert client.post("/score", files=files).headers["location"] == f"/results/{job}?known=1"


def test_i67_97_scored_3_need_attention(client):
    rows = [web.lead_row(number) for number in range(100)]
    for number, cell in ((3, "-1"), (50, "many"), (99, "1e400")):
        rows[number]["TotalVisits"] = cell
    answer = client.post("/score", files={"file": ("leads.csv", web.csv_of(rows))})
    job = answer.headers["location"].rsplit("/", 1)[1]
    web.finished(client, job)
    address = f"/results/{job}"
    assert "97 scored, 3 need attention" in client.get(address).text
    lines = client.get(f"{address}/leads.csv").text.splitlines()
    assert len(lines) == 101
    assert [line.split(",")[0] for line in lines[1:]] == [str(n) for n in range(2, 102)]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize("address", ["/v1/score", "/invocations", "/score"])
def test_another_method_is_refused(client, method, address):
    answer = client.request(method, address)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"
    assert answer.json()["status"] == 405


def test_an_error_that_nobody_foresaw_tells_nothing_of_the_server(tmp_path, monkeypatch):
    def broken(*_: object) -> None:
        raise ZeroDivisionError("/secret/path and SELECT 1")

    web.deploy(tmp_path, "1")
    monkeypatch.setattr(rule_scorer.RuleScorer, "score_record", broken)
    with web.server(tmp_path) as url, httpx.Client(base_url=url, trust_env=False) as client:
        answer = client.post("/v1/score", json=LEAD)
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "SELECT" not in answer.text
    assert answer.json()["error_id"]
    assert answer.headers["x-content-type-options"] == "nosniff"
