"""A year of leads through the loop: false retrains, how soon drift is found, what is saved."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from bench.context import USE_CASE, Context, home, say
from bench.looks import Watcher, saw, weeks_of
from bench.processes import leadwise
from bench.results import Cell, Check, Findings, Table
from ml.contract.retraining import DecisionAction
from ml.core.replaying import Event, scenario_of
from ml.core.sample import write_csv
from ml.core.scoring import Scorer

_EVENTS = (Event.NONE, Event.DRIFT, Event.BROKEN_FIELD)
_ROWS = 500
_MOST_FALSE, _FOUND, _SEEDS, _MOST_GAP, _MOST_MINUTES = 1, 19, 20, 0.01, 10
_WEEKS_TO_FIND = 2
#: Seeds of the streams that are only looked at; no replay has them.
_FIRST_SEED = 100


def measure(context: Context) -> Findings:
    """Whole replays of three years, and looks at the weeks of many more seeds."""
    weeks, seeds, quiet_years = context.size(52, 2), context.size(_SEEDS, 2), context.size(8, 1)
    years = [_replayed(event, weeks) for event in _EVENTS]
    watcher = _watcher(context)
    found = [_weeks_to_find(context, watcher, seed) for seed in _seeds(seeds)]
    quiet = [_quiet_year(context, watcher, seed, weeks) for seed in _seeds(quiet_years)]
    soon = sum(each is not None and each <= _WEEKS_TO_FIND for each in found)
    false = [retrains for retrains, _ in quiet]
    gaps = [abs(year["auc_new"] - year["auc_end"]) for year in years[1:]]
    minutes = max(year["seconds"] for year in years) / 60
    return Findings(
        data=f"{weeks} weeks of {_ROWS} synthetic leads (seed 1) after 8 that the first model "
        f"learnt from, moment engaged, one family, no schedule: only what is seen asks. {seeds} "
        f"further seeds of drift and {quiet_years} of quiet years are looked at without training.",
        tables=(_of_years(years), _of_seeds(found, quiet)),
        checks=(
            Check(figure="false retrains in a year without change, through the whole loop",
                  measured=years[0]["false_retrains"], at_most=_MOST_FALSE),
            Check(figure=f"false retrains in such a year, worst of {quiet_years} seeds",
                  measured=max(false), at_most=_MOST_FALSE),
            Check(figure=f"seeds of {seeds} in which drift asks within {_WEEKS_TO_FIND} weeks",
                  measured=soon, at_least=_FOUND if not context.quick else 0),
            Check(figure="AUC after retraining, from that of a model of the new leads only",
                  measured=round(max(gaps), 4), at_most=_MOST_GAP),
            Check(figure="a year, slowest", measured=round(minutes, 1), unit="min",
                  at_most=_MOST_MINUTES),
        ),
        notes=(
            "A retrain reads the latest eight weeks. After an event they still hold leads of "
            "before, which drift again from the next week on: two or three retrains follow each "
            "other until all of them are new.",
            "Wins are conversions among the best fifth of each week's leads, by the model in force "
            "less those by the first. A drift of who comes, with the same odds for the same lead, "
            "costs a model little: there is little to save, and it is shown as it is.",
            "Replays leave out the floors of quality among the gates, and serve the younger of two "
            "equal models (champion_margin -0.02).",
        ),
    )  # fmt: skip


def _replayed(event: Event, weeks: int) -> dict[str, Any]:
    say(f"  a replay of {weeks} weeks: {event}")
    words = ("--weeks", str(weeks), "--event", event.value, "--seed", "1", "--json")
    return leadwise("replay", USE_CASE, *words).answer


def _of_years(years: list[dict[str, Any]]) -> Table:
    return Table(
        title="Through the whole loop",
        columns=("planted", "in week", "seen", "retrain asked", "retrains", "false ones",
                 "AUC in force at the end", "AUC without retraining", "AUC of new leads only",
                 "wins saved", "minutes"),
        rows=tuple(_of_year(year) for year in years),
    )  # fmt: skip


def _of_year(year: dict[str, Any]) -> tuple[Cell, ...]:
    new = year["auc_new"]
    return (
        year["event"], year["event_week"], year["seen_week"], year["asked_week"],
        year["retrains"], year["false_retrains"], round(year["auc_end"], 4),
        round(year["weeks"][-1]["auc_never"], 4), None if new is None else round(new, 4),
        year["wins_saved"], round(year["seconds"] / 60, 1),
    )  # fmt: skip


def _of_seeds(found: list[int | None], quiet: list[tuple[int, int]]) -> Table:
    asked = [each for each in found if each is not None]
    rows: list[tuple[Cell, ...]] = [
        (f"asked after {weeks} weeks" if weeks > 1 else "asked after one week", asked.count(weeks))
        for weeks in sorted(set(asked))
    ]
    rows.append(("never asked", len(found) - len(asked)))
    rows.append(("years without change and without a retrain", sum(not r for r, _ in quiet)))
    rows.append(("looks in those years that saw drift", sum(looks for _, looks in quiet)))
    return Table(title="Further seeds, looked at only", columns=("what", "count"), rows=tuple(rows))


def _seeds(count: int) -> range:
    return range(_FIRST_SEED, _FIRST_SEED + count)


def _watcher(context: Context) -> Watcher:
    """The trained home's model, with the rows that it was made of."""
    case, moment = context.use_case, context.use_case.default_moment
    with home(context.trained) as runtime:
        served = runtime.endpoint.current(case.model_name(moment))
        if served is None:
            raise RuntimeError("the model that was trained on synthetic leads was not deployed")
        scorer = Scorer.of(served, use_case=case)
        facts = scorer.manifest.facts
        train, test = (pq.read_table(runtime.lake.fetch(facts[p])) for p in ("train", "test"))
    return Watcher(use_case=case, moment=moment, scorer=scorer, train=train, test=test)


def _stream(context: Context, event: Event, *, weeks: int, seed: int) -> list[pa.Table]:
    file = context.scratch / f"{event}-{weeks}-{seed}.csv"
    scenario = scenario_of(event, weeks=weeks, week=0)
    with file.open("wb") as stream:
        write_csv(context.use_case, stream, rows=weeks * _ROWS, seed=seed, scenario=scenario)
    return weeks_of(context.clean(file), _ROWS)


def _weeks_to_find(context: Context, watcher: Watcher, seed: int) -> int | None:
    """Weeks from the first drifted lead until a retrain is asked for."""
    weeks = _stream(context, Event.DRIFT, weeks=4, seed=seed)
    for number, (_, decision) in enumerate(watcher.decisions(weeks), 1):
        if decision.action == DecisionAction.RETRAIN:
            return number
    return None


def _quiet_year(context: Context, watcher: Watcher, seed: int, weeks: int) -> tuple[int, int]:
    """Retrains that were asked for without a change, and looks that saw one."""
    say(f"  a quiet year, seed {seed}")
    told = list(watcher.decisions(_stream(context, Event.NONE, weeks=weeks, seed=seed)))
    asked = sum(decision.action == DecisionAction.RETRAIN for _, decision in told)
    return asked, sum(saw(look) for look, _ in told)
