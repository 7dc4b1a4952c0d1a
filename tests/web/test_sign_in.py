"""Users, API keys and sessions: who gets in, as what, for how long, and what it looks like."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from starlette.routing import Mount

from ml.adapters.sqlite_accounts import SqliteAccounts
from ml.contract.access import AccessMode, Account, AccountKind, Role
from ml.contract.access_settings import AccessSettings
from ml.serving import templating
from ml.serving.access import known_accounts
from ml.serving.access.guarding import Access
from ml.serving.access.secret_hashes import new_key, password_hash, token_digest
from tests.support import web

PASSWORD = "four words of mine"
HASH = password_hash(PASSWORD)
HTML = {"Accept": "text/html"}
HERE = "the server's own"
#: Where templates lie.
CODE = Path(templating.__file__).parent


def account(name: str, kind: AccountKind, role: Role, secret: str) -> Account:
    return Account(name=name, kind=kind, role=role, secret=secret, since=datetime.now(UTC))


@pytest.fixture(scope="module")
def accounts(home) -> SqliteAccounts:
    made = SqliteAccounts(home / "serving" / "access.db")
    for role in Role:
        made.add(account(role.word, AccountKind.USER, role, HASH))
    return made


@pytest.fixture(scope="module")
def keys(accounts) -> dict[Role, str]:
    made = {role: new_key() for role in Role}
    for role, key in made.items():
        accounts.add(account(f"{role.word}-key", AccountKind.KEY, role, token_digest(key)))
    return made


def access(accounts: SqliteAccounts, **settings: object) -> Access:
    given = AccessSettings(mode=AccessMode.ACCOUNTS, **settings)
    return Access(settings=given, accounts=accounts, sessions=accounts)


@pytest.fixture(scope="module")
def url(home, accounts, keys) -> Iterator[str]:
    assert keys
    with web.server(home, access=access(accounts)) as url:
        yield url


@pytest.fixture(scope="module")
def paths(home, accounts) -> list[tuple[str, str]]:
    return routes(web.app(home, access=access(accounts)))


@pytest.fixture
def browser(url) -> Iterator[httpx.Client]:
    """Somebody who is not signed in."""
    with visitor(url) as client:
        yield client


def visitor(url: str, **kwargs: object) -> httpx.Client:
    return httpx.Client(base_url=url, trust_env=False, timeout=30, **kwargs)


def sign_in(client: httpx.Client, name: str, password: str = PASSWORD, **form: str):
    form |= {"name": name, "password": password}
    return client.post("/sign-in", data=form, headers=here(client))


def here(client: httpx.Client) -> dict[str, str]:
    return {"Origin": str(client.base_url)}


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


OPEN = {"/health/live", "/ping", "/sign-in", "/sign-out"}


def routes(app) -> list[tuple[str, str]]:
    """Every method and path that the application answers."""
    assert all(
        (isinstance(route, Mount) and route.path == "/static") or hasattr(route, "methods")
        for route in app.routes
    )
    return [
        (method, re.sub(r"{[^}]*}", "x", route.path))
        for route in app.routes
        if not isinstance(route, Mount)
        for method in route.methods - {"HEAD"}
    ]


def test_every_route_but_the_open_ones_asks_who_calls(browser, paths):
    asked = [(method, path) for method, path in paths if path not in OPEN]
    assert len(asked) > 10
    for method, path in asked:
        for headers in ({}, bearer("lw_wrong"), bearer("x y"), {"Authorization": "Basic eDp5"}):
            answer = browser.request(method, path, headers=headers)
            assert answer.status_code == 401, (method, path, headers)
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.headers["www-authenticate"].startswith("Bearer")
        page = browser.request(method, path, headers=HTML)
        assert page.status_code == 303, (method, path)
        assert page.headers["location"].startswith("/sign-in")


def test_an_address_that_does_not_exist_asks_too(browser):
    assert browser.get("/no-such-page").status_code == 401


@pytest.mark.parametrize("path", sorted(OPEN - {"/sign-out"}))
def test_open_routes_ask_nobody(browser, path):
    assert browser.get(path).status_code == 200


def test_static_files_are_for_everyone(browser):
    assert browser.get("/static/page.css").status_code == 200


def test_no_route_sends_for_viewers_and_none_is_closed_to_operators(browser, paths, keys):
    """What changes something is refused before it is read; what looks is found or not there."""
    for method, path in paths:
        if path in OPEN:
            continue
        viewer = browser.request(method, path, headers=bearer(keys[Role.VIEWER])).status_code
        if path == "/password":  # everybody's own, and a key has none
            assert viewer == 404
            continue
        if method != "GET":
            assert viewer == 403, (method, path)
            continue
        operator = browser.request(method, path, headers=bearer(keys[Role.OPERATOR])).status_code
        assert operator not in {401, 403}, (method, path)


def test_a_rep_scores_and_a_viewer_does_not(browser, keys):
    lead = web.lead_row(1)
    assert browser.post("/v1/score", json=lead, headers=bearer(keys[Role.REP])).status_code == 200
    refused = browser.post("/v1/score", json=lead, headers=bearer(keys[Role.VIEWER]))
    assert refused.status_code == 403
    assert "role rep" in refused.json()["title"]


@pytest.mark.parametrize("path", ["/metrics", "/models/promote", "/models/rollback"])
def test_figures_and_the_change_of_models_are_for_operators(browser, keys, path):
    for role in (Role.VIEWER, Role.REP):
        refused = browser.get(path, headers=bearer(keys[role]))
        assert refused.status_code == 403
        assert "role operator" in refused.json()["title"]
    assert browser.get(path, headers=bearer(keys[Role.OPERATOR])).status_code != 403


def test_what_one_has_scored_is_not_there_for_anybody_else(browser, keys):
    mine = browser.post("/score/sample", headers=bearer(keys[Role.REP])).headers["location"]
    id = mine.split("?")[0].split("/")[2]
    paths = [f"/jobs/{id}", f"/results/{id}", f"/results/{id}/leads.csv"]
    paths += [f"/v1/jobs/{id}", f"/v1/jobs/{id}/events", f"/v1/jobs/{id}/result"]
    assert browser.get(f"/v1/jobs/{id}", headers=bearer(keys[Role.REP])).status_code == 200
    for path in paths:
        for other in (Role.VIEWER, Role.OPERATOR):
            assert browser.get(path, headers=bearer(keys[other])).status_code == 404, path
    assert browser.delete(paths[3], headers=bearer(keys[Role.OPERATOR])).status_code == 404


def test_signing_in_leads_to_where_one_wanted_to_go(browser):
    asked = browser.get("/docs?a=1", headers=HTML)
    page = browser.get(asked.headers["location"])
    target = re.search(r'name="next" value="([^"]*)"', page.text)[1]
    answer = sign_in(browser, "Viewer", next=target)
    assert (answer.status_code, answer.headers["location"]) == (303, "/docs?a=1")
    shown = browser.get("/docs", headers=HTML)
    assert shown.status_code == 200
    assert "Sign out" in shown.text
    assert ">viewer</a>" in shown.text


def test_nobody_is_led_to_another_site(browser):
    answer = sign_in(browser, "viewer", next="https://evil.example/")
    assert answer.headers["location"] == "/"


def test_the_cookie_is_out_of_reach_of_scripts_other_sites_and_plain_http(browser):
    on_http = sign_in(browser, "rep").headers["set-cookie"].lower()
    browser.headers["X-Forwarded-Proto"] = "https"  # as a tunnel on this machine says it
    on_https = sign_in(browser, "rep").headers["set-cookie"].lower()
    assert on_http.startswith("leadwise=")
    assert on_https.startswith("__host-leadwise=")
    for word in ("httponly", "samesite=lax", "path=/", "max-age=36000"):
        assert word in on_http
        assert word in on_https
    assert "secure" in on_https
    assert "secure" not in on_http
    assert "domain" not in on_https


def test_the_session_changes_at_sign_in_and_ends_at_sign_out(browser, url):
    sign_in(browser, "rep")
    first = browser.cookies["leadwise"]
    sign_in(browser, "rep")
    second = browser.cookies["leadwise"]
    assert first != second
    browser.post("/sign-out", headers=here(browser))
    assert "leadwise" not in browser.cookies
    for old in (first, second):
        with visitor(url, cookies={"leadwise": old}) as thief:
            assert thief.get("/").status_code == 401


def test_a_session_ends_by_itself(browser, accounts):
    now = datetime.now(UTC)
    accounts.begin(token_digest("old"), "rep", now=now, until=now - timedelta(seconds=1))
    browser.cookies["leadwise"] = "old"
    assert browser.get("/").status_code == 401


def test_who_is_removed_is_out_at_once(browser, accounts, monkeypatch):
    monkeypatch.setattr(known_accounts, "_SECONDS", 0.0)
    leaver = account("leaver", AccountKind.USER, Role.REP, HASH)
    accounts.add(leaver)
    time_passes(browser)
    assert sign_in(browser, "leaver").status_code == 303
    assert browser.get("/").status_code == 200
    accounts.remove(leaver)
    assert browser.get("/").status_code == 401


def time_passes(client: httpx.Client) -> None:
    """A worker looks at the accounts once a second."""
    import time

    time.sleep(1.05)
    client.get("/")


def test_an_unknown_name_and_a_wrong_password_are_answered_alike(browser):
    unknown, wrong = (sign_in(browser, name, "a wrong password") for name in ("nobody", "rep"))
    assert unknown.status_code == wrong.status_code == 401
    assert unknown.text.replace("nobody", "rep") == wrong.text
    assert "set-cookie" not in wrong.headers


def test_guesses_are_slowed_down(browser):
    answers = [sign_in(browser, "guessed", str(n)).status_code for n in range(6)]
    assert answers == [401] * 5 + [429]
    last = sign_in(browser, "guessed")
    assert 240 < int(last.headers["retry-after"]) <= 300
    assert sign_in(browser, "operator").status_code == 303


def test_workers_count_guesses_together_and_forget_them_in_time(accounts):
    other = SqliteAccounts(accounts._store._file)
    now, window = datetime.now(UTC), timedelta(minutes=5)

    def tries(store: SqliteAccounts, later: int) -> int:
        at = now + timedelta(seconds=later)
        return store.tried(token_digest("somebody"), now=at, most=5, within=window)

    assert [tries(store, second) for second, store in enumerate([accounts, other] * 3)] == [
        0, 0, 0, 0, 0, 295,
    ]  # fmt: skip
    assert tries(other, 300) == 0, "the first try is forgotten"
    assert tries(accounts, 300) == 1


NEW = "four other words"


def change(client: httpx.Client, password: str = PASSWORD, new: str = NEW, again: str = NEW):
    form = {"password": password, "new": new, "again": again}
    return client.post("/password", data=form, headers=here(client) | HTML)


@pytest.fixture
def changer(browser, accounts, monkeypatch) -> Iterator[httpx.Client]:
    """Somebody signed in, a viewer, whose password the test may change."""
    monkeypatch.setattr(known_accounts, "_SECONDS", 0.0)
    made = account("changer", AccountKind.USER, Role.VIEWER, HASH)
    accounts.add(made)
    time_passes(browser)
    assert sign_in(browser, "changer").status_code == 303
    yield browser
    accounts.remove(made)
    with accounts._store.open() as connection:
        connection.execute("DELETE FROM tries")


def test_people_change_their_own_password_and_are_out_everywhere_else(changer, url):
    with visitor(url) as elsewhere:
        assert sign_in(elsewhere, "changer").status_code == 303
        done = change(changer)
        assert (done.status_code, done.headers["location"]) == (303, "/password?changed=1")
        assert "Done." in changer.get("/password?changed=1", headers=HTML).text
        assert elsewhere.get("/").status_code == 401
        assert sign_in(elsewhere, "changer").status_code == 401
        assert sign_in(elsewhere, "changer", NEW).status_code == 303


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"password": "not my password"}, "not the password that you have"),
        ({"again": "something else"}, "not the same"),
        ({"new": PASSWORD, "again": PASSWORD}, "choose another"),
        ({"new": "short", "again": "short"}, "has 5 characters"),
    ],
)
def test_a_password_that_is_not_changed_says_why_beside_its_field(changer, given, said):
    page = change(changer, **given)
    assert page.status_code == 422
    assert said in page.text
    assert page.text.count('aria-invalid="true"') == 1
    assert all(typed not in page.text for typed in (PASSWORD, NEW))
    assert sign_in(changer, "changer").status_code == 303


def test_whose_password_is_changed_must_know_it_and_is_not_guessed(changer):
    answers = [change(changer, password=f"guess {n}").status_code for n in range(5)]
    assert answers == [422] * 4 + [429], "signing in was the first try"
    assert change(changer, password=PASSWORD).status_code == 429


def test_a_name_is_shown_as_text(browser):
    page = sign_in(browser, '"><script>alert(1)</script>')
    assert "<script>alert" not in page.text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": HERE, "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, None),
        ({"Origin": HERE}, None),
    ],
)
def test_a_form_that_rests_on_a_cookie_must_come_from_here(browser, paths, headers, status):
    headers = {name: value.replace(HERE, str(browser.base_url)) for name, value in headers.items()}
    sign_in(browser, "operator")
    posts = {path for method, path in paths if method == "POST"} - OPEN
    for path in posts:
        answer = browser.post(path, headers=headers)
        assert (answer.status_code == 403) == (status == 403), path


def test_signing_in_and_out_must_come_from_here(browser):
    form = {"name": "rep", "password": PASSWORD}
    for path in ("/sign-in", "/sign-out"):
        answer = browser.post(path, data=form, headers={"Origin": "https://evil.example"})
        assert answer.status_code == 403, path


def test_every_form_that_sends_leads_to_a_route_that_asks_from_where(paths):
    """A form that somebody adds to a template is one of those that the tests above send."""
    posts = {path for method, path in paths if method == "POST"}
    sent = r'<form[^>]*(?:action="([^"]+)"[^>]*method="post"|method="post"[^>]*action="([^"]+)")'
    forms = set()
    for template in (CODE / "templates").glob("*.html"):
        text = re.sub(r"{{.*?}}", "x", template.read_text("utf-8"))
        assert len(re.findall('method="post"', text)) == len(re.findall(sent, text)), template.name
        forms |= {one or other for one, other in re.findall(sent, text)}
    assert {"/sign-in", "/sign-out", "/password", "/models/promote", "/score"} <= forms
    assert forms <= posts


def test_no_page_has_a_style_or_a_script_within():
    for template in (CODE / "templates").glob("*.html"):
        text = template.read_text("utf-8")
        assert not re.search(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=", text), template


def test_every_answer_says_what_a_page_may_do(browser, paths, keys):
    for path in {path for method, path in paths if method == "GET"} | {"/no-such-page"}:
        if path == "/v1/jobs/x/events":
            continue
        answer = browser.get(path, headers=HTML | bearer(keys[Role.OPERATOR]))
        policy = answer.headers["content-security-policy"]
        assert "unsafe" not in policy, path
        assert "default-src 'none'" in policy or "default-src 'self'" in policy, path
        assert answer.headers["x-content-type-options"] == "nosniff", path
        assert answer.headers["referrer-policy"], path
        assert "frame-ancestors 'none'" in policy, path
        assert "strict-transport-security" not in answer.headers, "plain HTTP promises nothing"
    browser.headers["X-Forwarded-Proto"] = "https"
    assert "max-age=31536000" in browser.get("/sign-in").headers["strict-transport-security"]


def test_htmx_leads_the_whole_page_to_the_sign_in(browser):
    answer = browser.get("/", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["hx-redirect"]) == (401, "/sign-in")


def test_who_asks_too_often_is_told_when_to_come_back(home, accounts, keys):
    limited = access(accounts, requests_per_second=4, workers=2)
    with web.server(home, access=limited) as url, visitor(url) as client:
        client.headers.update(bearer(keys[Role.REP]))
        answers = [client.get("/template.csv") for _ in range(9)]
        refused = answers[-1]
        assert [each.status_code for each in answers[:2]] == [200, 200]
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) >= 1
        assert refused.headers["ratelimit-policy"] == '"caller";q=2;w=1'
        assert json.loads(refused.text)["status"] == 429
        other = client.get("/template.csv", headers=bearer(keys[Role.VIEWER]))
        assert other.status_code == 200


def test_other_names_are_refused_where_names_are_given(home, accounts):
    named = access(accounts, names="leads.example,crm.example")
    with web.server(home, access=named) as url, visitor(url) as client:
        assert client.get("/sign-in", headers={"Host": "crm.example"}).status_code == 200
        assert client.get("/sign-in", headers={"Host": "evil.example"}).status_code == 403


def test_sagemaker_finds_its_two_routes_and_nothing_else(home, paths):
    settings = AccessSettings(mode=AccessMode.SAGEMAKER)
    sagemaker = web.server(home, access=Access(settings=settings))
    with sagemaker as url, visitor(url, headers={"Host": "169.254.255.131:8080"}) as client:
        assert client.post("/invocations", json=web.lead_row(1)).status_code == 200
        assert client.get("/ping").status_code == 200
        for method, path in paths:
            if path not in {"/ping", "/invocations", "/health/live"}:
                assert client.request(method, path).status_code == 404, path
