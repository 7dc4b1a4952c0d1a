"""One page of HTML with all that it needs inside: no script, and nothing that is fetched."""

from __future__ import annotations

import hashlib
import math
from base64 import b64encode
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from ml.contract.names import PRODUCT
from ml.core.figure_words import gate_title, sentence

_HERE = Path(__file__).parent
#: The console and the reports have one look; its colours are said there.
_TOKENS = _HERE.parents[1] / "serving" / "static" / "tokens.css"
_NONE = "\N{EN DASH}"
_MARK = _TOKENS.with_name("mark.svg")


def page(title: str, template: str, **values: Any) -> str:
    """A report as one HTML document.

    It fetches nothing, holds no script, and tells the browser to allow neither. It follows the
    reader's light or dark setting, and prints.

    Parameters
    ----------
    title : str
        Of the document, and its first heading.
    template : str
        File in `ml/core/reports/templates` that extends `base.html`. Every value is escaped.
        Filters: `percent`, `count`, `figure` for numbers, `png` for the address of a picture.
    **values
        What the template names; a name that is not given is an error.

    Returns
    -------
    str
        HTML, to be written as UTF-8.

    Examples
    --------
    >>> "&lt;b&gt;" in page("<b>", "base.html")
    True
    """
    return _environment().get_template(template).render(title=title, **values)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = _style()
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    environment.globals |= {
        "product": PRODUCT.capitalize(),
        "style": Markup(style),
        "policy": f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
        "base-uri 'none'; form-action 'none'",
        "mark": Markup(_MARK.read_text("utf-8")),
    }
    environment.filters |= {
        "percent": percent,
        "count": count,
        "figure": figure,
        "png": png,
        "zip": zip,
        "sentence": sentence,
        "gate_title": gate_title,
    }
    return environment


def _style() -> str:
    tokens = _TOKENS.read_text("utf-8")
    # Paper is white, whatever the screen is.
    on_screen = tokens.replace("@media (prefers-", "@media screen and (prefers-")
    return on_screen + (_HERE / "report.css").read_text("utf-8")


def percent(share: float, digits: int = 0) -> str:
    """A share as people read it.

    Examples
    --------
    >>> percent(0.384, 1)
    '38.4 %'
    """
    return _NONE if math.isnan(share) else f"{100 * share:.{digits}f} %"


def count(number: float) -> str:
    """A whole number with its thousands apart."""
    return f"{number:,.0f}"


def figure(value: float | None, digits: int = 3) -> str:
    """A figure with so many digits; a dash where there is none."""
    return _NONE if value is None or math.isnan(value) else f"{value:.{digits}f}"


def png(picture: bytes) -> str:
    """Address of a picture that is part of the page."""
    return f"data:image/png;base64,{b64encode(picture).decode()}"
