"""Reports in a browser: nothing is asked for, nothing runs or is cut off, everybody can read."""

import numpy as np
import pyarrow as pa
import pytest

from ml.contract.moments import ENGAGED
from ml.contract.records import RowCount
from ml.core.exploring import exploration_page, explore
from ml.core.investigating import investigate, investigation_page
from ml.core.model_card import card_page, model_card
from ml.core.plots import judging_plots
from ml.core.quarantine import quarantine_batch
from tests.support.axe import serious
from tests.support.cards import sources
from tests.support.investigating import evidence
from tests.support.small_use_case import BINARY, small_rows


def exploration() -> str:
    rows = small_rows(BINARY, 600)
    count = RowCount(received=600, accepted=600)
    held_back = pa.Table.from_batches([quarantine_batch([])])
    view = explore(BINARY, rows, ENGAGED, rows=count, held_back=held_back)
    return exploration_page(view, BINARY, ENGAGED, "orders.csv")


def model_card_page() -> str:
    outcome = np.tile([0.0, 1.0], 50)
    plots = judging_plots(BINARY.task, outcome, np.linspace(0.1, 0.9, 100))
    return card_page(model_card(sources()), plots)


def investigation() -> str:
    found = investigate(evidence(chance=lambda true: 0.4 * true))
    assert found.raised
    return investigation_page(found, "Visits")


@pytest.fixture(scope="module", params=[exploration, model_card_page, investigation])
def report(request, tmp_path_factory):
    file = tmp_path_factory.mktemp("report") / "report.html"
    file.write_text(request.param(), "utf-8")
    return file.as_uri()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1280])
def test_a_report_stands_by_itself(browser, report, scheme, width):
    page = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": 900})
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.goto(report)
    assert asked == [report]
    assert said == []  # a breach of its own policy would be told here
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == {"light": "rgb(246, 247, 249)", "dark": "rgb(15, 17, 21)"}[scheme]
    page.close()


def test_axe_finds_nothing_serious_on_a_report(browser, report):
    # A report lets nothing run, axe-core neither.
    with browser.new_context(bypass_csp=True) as context:
        page = context.new_page()
        page.goto(report)
        assert serious(page) == []


def test_paper_is_white_whatever_the_screen_is(browser, report):
    page = browser.new_page(color_scheme="dark", viewport={"width": 794, "height": 1100})
    page.emulate_media(media="print", color_scheme="dark")
    page.goto(report)
    colour = "getComputedStyle(document.querySelector('.tile')).backgroundColor"
    assert page.evaluate(colour) == "rgb(255, 255, 255)"
    assert page.evaluate("document.documentElement.scrollWidth") <= 794
    page.close()
