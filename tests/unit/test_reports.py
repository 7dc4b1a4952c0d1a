"""Reports stand by themselves, and nothing that data says becomes markup."""

import hashlib
import re
from base64 import b64encode
from html.parser import HTMLParser

import pytest
from jinja2 import UndefinedError

from ml.core.reports import page
from ml.core.reports.page import count, figure, percent, png

FETCHES = {"src", "href", "action", "data", "poster", "srcset", "formaction", "background"}


class Parts(HTMLParser):
    """What a page would fetch or run."""

    def __init__(self, html):
        super().__init__()
        self.fetched, self.tags, self.inline = [], set(), []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        for name, value in attributes:
            if name in FETCHES and not (value or "").startswith(("#", "data:image/png")):
                self.fetched.append((tag, name, value))
            if name.startswith("on") or name == "style":
                self.inline.append((tag, name))


def test_a_page_fetches_nothing_and_runs_nothing():
    parts = Parts(page("Title", "base.html"))
    assert parts.fetched == []
    assert parts.inline == []
    assert not parts.tags & {"script", "link", "iframe", "object", "embed", "form", "base"}


def test_the_policy_allows_its_own_style_and_nothing_else():
    html = page("Title", "base.html")
    (style,) = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"default-src &#39;none&#39;; style-src &#39;sha256-{digest}&#39;" in html
    assert "url(" not in style
    assert "@import" not in style


def test_titles_are_escaped():
    html = page("</title><script>alert(1)</script>", "base.html")
    assert "<script" not in html
    assert html.count("&lt;script&gt;alert(1)") == 2


def test_a_value_that_is_not_given_is_an_error():
    with pytest.raises(UndefinedError):
        page("Title", "leakage.html")


def test_numbers_are_written_for_people():
    assert (percent(0.5), percent(0.12345, 1)) == ("50 %", "12.3 %")
    assert count(1234567) == "1,234,567"
    assert figure(0.98765) == "0.988"
    assert {percent(float("nan")), figure(None), figure(float("nan"))} == {"\N{EN DASH}"}
    assert png(b"abc") == "data:image/png;base64,YWJj"
