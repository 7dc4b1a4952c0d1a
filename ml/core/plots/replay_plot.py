"""What happened in a replay: when leads changed, when it was seen, and what retraining saved."""

from __future__ import annotations

from matplotlib.axes import Axes

from ml.contract.retraining import DecisionAction, TurnEnd
from ml.core.plots.canvas import (
    BLUE,
    GREEN,
    GREY,
    LINE,
    ORANGE,
    PAPER,
    VERMILION,
    note,
    picture,
)
from ml.core.replaying.story import ReplayResult, Week

_MARKS = {
    TurnEnd.PROMOTED.value: ("o", GREEN, "retrained, and promoted"),
    TurnEnd.KEPT.value: ("X", ORANGE, "retrained, and kept out"),
    TurnEnd.FAILED.value: ("X", VERMILION, "a retrain failed"),
}
#: Height of the axis, in AUC, that is drawn at least: less would make noise look like an event.
_LEAST_SPAN = 0.06
#: From the middle of a week, where its number stands, to the turn of the loop after it.
_END = 0.5


def replay_plot(found: ReplayResult) -> bytes:
    """AUC of the model in force by week, beside one that was never trained again.

    Returns
    -------
    bytes
        A PNG.
    """
    planted = found.event.replace("-", " ") if found.event_week else "no change"
    title = f"{len(found.weeks)} weeks of leads: {planted}"
    with picture(title, "Week", "AUC on leads of the week's kind", width=9.6, height=5.0) as drawn:
        axes, weeks = drawn.axes, [week.number for week in found.weeks]
        never = [week.auc_never for week in found.weeks]
        axes.step(weeks, never, color=GREY, where="mid", label="never trained again")
        now = [week.auc for week in found.weeks]
        axes.step(weeks, now, color=BLUE, where="mid", label="in force")
        _new_regime(axes, found)
        _retrains(axes, found.weeks)
        _span(axes, [*never, *now, *([found.auc_new] if found.auc_new else [])])
        _event(axes, found)
        axes.legend(loc="lower left", fontsize=9, frameon=True, facecolor=PAPER, edgecolor=LINE)
        note(axes, _words(found), y=0.06)
    return drawn.png


def _new_regime(axes: Axes, found: ReplayResult) -> None:
    if found.auc_new is None or found.event_week is None:
        return
    axes.hlines(
        found.auc_new, found.event_week - _END, found.weeks[-1].number + _END, color=GREEN,
        linestyle=":", linewidth=1.8, label="learnt only from leads since",
    )  # fmt: skip


def _retrains(axes: Axes, weeks: tuple[Week, ...]) -> None:
    for ended, (mark, colour, label) in _MARKS.items():
        those = [week for week in weeks if week.ended == ended]
        if those:
            axes.plot(
                [week.number + _END for week in those], [week.auc for week in those], mark,
                color=colour,
                markersize=9, label=label, zorder=5,
            )  # fmt: skip


def _event(axes: Axes, found: ReplayResult) -> None:
    top = axes.get_ylim()[1]
    for week, colour, words in (
        (found.event_week, VERMILION, "began"),
        (found.seen_week, ORANGE, "seen"),
    ):
        if week is not None:
            at = week - _END if words == "began" else week + _END
            axes.axvline(at, color=colour, linewidth=1.6, linestyle="--", zorder=1)
            side = "right" if words == "began" else "left"
            axes.annotate(
                f" {words} ", (at, top), color=colour, ha=side, va="top", fontsize=9,
            )  # fmt: skip


def _span(axes: Axes, figures: list[float]) -> None:
    low, high = min(figures), max(figures)
    span = max(high - low, _LEAST_SPAN)
    axes.set_ylim(low - 0.55 * span, high + 0.15 * span)


def _words(found: ReplayResult) -> str:
    retrains = [week for week in found.weeks if week.action == DecisionAction.RETRAIN]
    said = [f"{len(retrains)} retrains, {found.false_retrains} of them without a change"]
    if found.event_week is not None:
        seen = found.seen_week
        said.append("never seen" if seen is None else _after(seen - found.event_week + 1))
        wins = f"{found.wins_saved:+,} ± {found.wins_margin:,.0f} wins"
        said.append(f"{wins} among {found.capacity} leads worked a week")
    return "\n".join(said)


def _after(weeks: int) -> str:
    return f"seen after {weeks} week{'s' if weeks > 1 else ''}"
