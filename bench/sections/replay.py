"""A year of leads through the loop: false retrains, how soon drift is found, what is saved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
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

Year = dict[str, Any]

_CHANGES = (Event.CONCEPT_DRIFT, Event.BASE_RATE, Event.BROKEN_FIELD, Event.DRIFT)
_ROWS = 500
_MOST_FALSE, _FOUND, _SEEDS, _MOST_GAP, _MOST_MINUTES = 1, 19, 20, 0.01, 10
_WEEKS_TO_FIND = 2
#: What a concept drift costs a model that is left alone, and retraining must bring back of AUC.
_LEAST_BACK = 0.1
#: Seeds of the streams that are only looked at; no replay has them.
_FIRST_SEED = 100
#: Changes that are sought in further seeds: by what leads look like, and by what becomes of them.
_SOUGHT = (Event.DRIFT, Event.CONCEPT_DRIFT)


def measure(context: Context) -> Findings:
    """A whole replay of a quiet year and of each change, and looks at weeks of many more seeds."""
    weeks, half = context.size(52, 2), context.size(26, 2)
    seeds, quiet_years = context.size(_SEEDS, 2), context.size(8, 1)
    calm = _replayed(Event.NONE, weeks, 1)
    years = [_replayed(event, half, context.size(9, 1)) for event in _CHANGES]
    watcher = _watcher(context)
    found = {
        event: [_weeks_to_find(context, watcher, event, seed) for seed in _seeds(seeds)]
        for event in _SOUGHT
    }
    quiet = [_quiet_year(context, watcher, seed, weeks) for seed in _seeds(quiet_years)]
    return Findings(
        data=f"{weeks} quiet weeks of {_ROWS} synthetic leads, and {half} with a change in week 9 "
        "(seed 1), after 8 that the first model learnt from; moment engaged, one family, no "
        f"schedule: only what is seen asks. {seeds} further seeds of two changes and {quiet_years} "
        "of quiet years are looked at without training.",
        tables=(_of_years([calm, *years]), _of_seeds(found, quiet)),
        checks=tuple(_checks(context, calm, years, found, quiet)),
        notes=(
            "A retrain reads the latest eight weeks. After a change they still hold leads of "
            "before, so that retrains follow each other until most of them are new.",
            "Wins are conversions among the best fifth of each week's leads, by the model in force "
            "less those by the first, with the 95 % interval that the weeks' own differences give. "
            "A drift of who comes, with the same odds for the same lead, costs a model little, and "
            "a base rate that falls costs it its probabilities and not its order: there is little "
            "to win back then, and it is shown as it is.",
            "Replays leave out the floors of quality among the gates, which are of the real file.",
        ),
    )  # fmt: skip


def _checks(
    context: Context,
    calm: Year,
    years: list[Year],
    found: Mapping[Event, list[int | None]],
    quiet: list[tuple[int, int]],
) -> Iterator[Check]:
    yield Check(figure="false retrains in a year without change, through the whole loop",
                measured=calm["false_retrains"], at_most=_MOST_FALSE)  # fmt: skip
    yield Check(figure=f"false retrains in such a year, worst of {len(quiet)} seeds",
                measured=max(asked for asked, _ in quiet), at_most=_MOST_FALSE)  # fmt: skip
    for event, weeks in found.items():
        soon = sum(each is not None and each <= _WEEKS_TO_FIND for each in weeks)
        yield Check(figure=f"seeds of {len(weeks)} in which {event} asks within "
                    f"{_WEEKS_TO_FIND} weeks", measured=soon,
                    at_least=0 if context.quick else _FOUND)  # fmt: skip
    gap = max(year["auc_new"] - year["auc_end"] for year in years)
    yield Check(figure="AUC after retraining, below that of a model of the new leads only, worst",
                measured=round(gap, 4), at_most=_MOST_GAP)  # fmt: skip
    back = years[0]["auc_end"] - years[0]["weeks"][-1]["auc_never"]
    yield Check(figure=f"AUC that retraining brings back after {_CHANGES[0]}",
                measured=round(back, 4), at_least=0 if context.quick else _LEAST_BACK)  # fmt: skip
    slowest = max(year["seconds"] for year in (calm, *years)) / 60
    yield Check(figure="a replay, slowest", measured=round(slowest, 1), unit="min",
                at_most=_MOST_MINUTES)  # fmt: skip


def _replayed(event: Event, weeks: int, week: int) -> Year:
    say(f"  a replay of {weeks} weeks: {event}")
    words = ("--weeks", weeks, "--week", week, "--event", event.value, "--seed", 1, "--json")
    return leadwise("replay", USE_CASE, *map(str, words)).answer


def _of_years(years: list[Year]) -> Table:
    return Table(
        title="Through the whole loop",
        columns=("planted", "weeks", "in week", "seen", "retrain asked", "retrains", "false ones",
                 "AUC in force at the end", "AUC without retraining", "AUC of new leads only",
                 "calibration error", "without retraining", "wins saved", "minutes"),
        rows=tuple(_of_year(year) for year in years),
    )  # fmt: skip


def _of_year(year: Year) -> tuple[Cell, ...]:
    new, last = year["auc_new"], year["weeks"][-1]
    return (
        year["event"], len(year["weeks"]), year["event_week"], year["seen_week"],
        year["asked_week"], year["retrains"], year["false_retrains"], round(year["auc_end"], 4),
        round(last["auc_never"], 4), None if new is None else round(new, 4),
        round(last["calibration_error"], 3), round(last["calibration_error_never"], 3),
        f"{year['wins_saved']:+} ± {year['wins_margin']:.0f}", round(year["seconds"] / 60, 1),
    )  # fmt: skip


def _of_seeds(found: Mapping[Event, list[int | None]], quiet: list[tuple[int, int]]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for event, weeks in found.items():
        asked = Counter(each for each in weeks if each is not None)
        rows += [(f"{event}: asked in week {week} of it", asked[week]) for week in sorted(asked)]
        rows.append((f"{event}: never asked", weeks.count(None)))
    rows.append(("years without change and without a retrain", sum(not r for r, _ in quiet)))
    rows.append(("looks in those years that saw a change", sum(looks for _, looks in quiet)))
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


def _weeks_to_find(context: Context, watcher: Watcher, event: Event, seed: int) -> int | None:
    """Weeks from the first lead that is different until a retrain is asked for."""
    weeks = _stream(context, event, weeks=4, seed=seed)
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
