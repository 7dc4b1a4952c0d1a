"""One look for every plot, drawn without pyplot: no window, no figure that outlives its bytes."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

#: Okabe and Ito's palette: told apart by people with any colour vision.
BLUE, ORANGE, GREEN, VERMILION, GREY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#8A8F98"
INK, PAPER, LINE = "#1F2933", "#FFFFFF", "#E4E7EB"

_LOOK: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": GREY,
    "axes.titlesize": 13,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 14,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": LINE,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    "lines.linewidth": 2.2,
    "lines.solid_capstyle": "round",
}


#: Matplotlib keeps one look per process; two threads must not change it under each other.
_DRAWING = Lock()


class Picture:
    """One plot and, once drawn, its bytes."""

    def __init__(self, figure: Figure, axes: Axes) -> None:
        self.figure, self.axes = figure, axes
        self.png = b""


@contextmanager
def picture(
    title: str, x: str, y: str, *, width: float = 6.4, height: float = 4.8
) -> Iterator[Picture]:
    """An empty plot to draw on; its `png` is there when the block ends.

    Parameters
    ----------
    title, x, y : str
        What is shown, and what the axes mean with their units.
    width, height : float
        Inches at 120 dots.
    """
    with _DRAWING, rc_context(_LOOK):
        layout = ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.12)
        figure = Figure(figsize=(width, height), dpi=120, layout=layout, facecolor=PAPER)
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        axes.set(title=title, xlabel=x, ylabel=y)
        drawn = Picture(figure, axes)
        yield drawn
        drawn.png = _png(figure)


def _png(figure: Figure) -> bytes:
    stream = io.BytesIO()
    # Without the library's version inside, equal plots are equal bytes.
    figure.savefig(stream, format="png", metadata={"Software": None})
    return stream.getvalue()


def shares(axes: Axes) -> None:
    """Both axes run from 0 to 1, as percentages."""
    axes.set(xlim=(0, 1), ylim=(0, 1.005))
    percent(axes.xaxis, axes.yaxis)


def percent(*axes: object) -> None:
    """Label axes in percent."""
    from matplotlib.ticker import PercentFormatter

    for axis in axes:  # of a library that is imported where something is drawn
        axis.set_major_formatter(PercentFormatter(1, decimals=0))  # type: ignore[attr-defined]


def note(axes: Axes, text: str, *, x: float = 0.97, y: float = 0.05) -> None:
    """A figure in words inside the plot."""
    axes.text(
        x, y, text, transform=axes.transAxes, ha="right", va="bottom" if y < 0.5 else "top",
        bbox={"facecolor": PAPER, "edgecolor": LINE, "boxstyle": "round,pad=0.5"}, linespacing=1.5,
    )  # fmt: skip
