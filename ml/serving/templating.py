"""Server-rendered HTML: every value is escaped, and there is no inline script or style."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from ml.contract.modelling import Band
from ml.contract.moments import Moment
from ml.contract.names import PRODUCT
from ml.contract.use_case import UseCase
from ml.core.figure_words import gate_title, sentence
from ml.serving.access.callers import signed_in
from ml.serving.console.navigation import navigation
from ml.serving.console.watch_times import utc_words
from ml.serving.live_model import LiveModel

HERE = Path(__file__).parent
STATIC = HERE / "static"


class Templates:
    """Renders the pages of one use case.

    Parameters
    ----------
    use_case : UseCase
    moment : Moment
    model : LiveModel
        Its version stands on every page.
    """

    def __init__(self, use_case: UseCase, moment: Moment, model: LiveModel) -> None:
        self.use_case, self.moment = use_case, moment
        self._environment = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals |= {
            "product": PRODUCT.capitalize(),
            "use_case": use_case,
            "moment": moment,
            "model": model,
            "signed_in": signed_in,
            "navigation": navigation(use_case),
            "static": static_url,
            "bands": band_ranges(use_case.bands),
            "band_rank": {band.name: rank for rank, band in enumerate(use_case.bands)},
        }
        self._environment.filters |= {
            "count": "{:,}".format,
            "money": money,
            "percent": percent,
            "moment": moment_words,
            "utc": utc_words,
            "sentence": sentence,
            "gate_title": gate_title,
        }

    def page(self, name: str, status: int = 200, **values: Any) -> HTMLResponse:
        """A page as a response."""
        return HTMLResponse(self._environment.get_template(name).render(values), status)


def band_ranges(bands: tuple[Band, ...]) -> list[tuple[Band, str]]:
    """Each band with the scores that it spans.

    Examples
    --------
    >>> hot, cold = Band(name="Hot", at_least=80), Band(name="Cold", at_least=0)
    >>> [span for _, span in band_ranges((hot, cold))]
    ['80 to 100', '0 to 79']
    >>> best = Band(name="Best", best_share=0.1)
    >>> [span for _, span in band_ranges((best, hot, cold))]
    ['the best 10 %', 'then from 80', '0 to 79']
    """
    above = (None, *bands[:-1])
    return [(band, _span(band, higher)) for band, higher in zip(bands, above, strict=True)]


def _span(band: Band, higher: Band | None) -> str:
    """Scores of a band in words; only the model knows at which score a share begins."""
    if band.best_share is not None:
        return f"the best {100 * band.best_share:g} %"
    if higher is None or higher.at_least is not None:
        top = 100 if higher is None or higher.at_least is None else higher.at_least - 1
        return f"{band.at_least} to {top}"
    return f"then from {band.at_least}"


def money(amount: float) -> str:
    """An amount as people read it, its minus a long one.

    Examples
    --------
    >>> money(12345.6), money(7.5)
    ('12,346', '7.5')
    """
    text = f"{abs(amount):,.0f}" if abs(amount) >= 100 else f"{abs(amount):.4g}"
    return f"\N{MINUS SIGN}{text}" if amount < 0 else text


def percent(share: float) -> str:
    r"""A share as people read it, with one place where it is small.

    Examples
    --------
    >>> percent(0.384), percent(0.0125)
    ('38\xa0%', '1.2\xa0%')
    """
    return f"{100 * share:.{0 if share >= 0.1 else 1}f}\N{NO-BREAK SPACE}%"


def moment_words(at: datetime) -> str:
    """A time as people read it.

    Examples
    --------
    >>> moment_words(datetime(2026, 3, 5, 8, 30, tzinfo=UTC))
    '5 Mar 2026, 08:30 UTC'
    """
    return f"{at.astimezone(UTC):%-d %b %Y, %H:%M} UTC"


@cache
def static_url(name: str) -> str:
    """Address of a static file; it changes with the content, so browsers may keep it for good."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"
