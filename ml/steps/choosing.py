"""Choosing a configuration: every trial is recorded, each family has a run of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from ml.contract.candidates import Candidate, Search
from ml.contract.moments import Moment
from ml.contract.names import Score
from ml.contract.records import TrialRecord
from ml.contract.use_case import UseCase
from ml.core.selection import (
    Division,
    Examples,
    Judged,
    Trial,
    attempt,
    best,
    describe,
    folds,
    leading,
    sample,
    search,
)
from ml.ports import Run, Runtime
from ml.steps.run_files import keep


@dataclass(frozen=True, kw_only=True)
class Choosing:
    """What choosing needs to know.

    Parameters
    ----------
    use_case : UseCase
    moment : Moment
    budget : Search
        How much to spend.
    seed, threads : int
        Same seed and rows, same choice; threads for fitting.
    origin : mapping of str to str
        Tags of every run.
    """

    use_case: UseCase
    moment: Moment
    budget: Search
    seed: int
    threads: int
    origin: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Family:
    """The best configuration of one candidate, and what it said of the validation rows."""

    trial: Trial
    judged: Judged

    @property
    def candidate(self) -> Candidate:
        """The configuration."""
        return self.trial.candidate


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The chosen family, the others, and everything that was tried."""

    chosen: Family
    families: tuple[Family, ...]
    trials: tuple[Trial, ...]

    @property
    def records(self) -> tuple[TrialRecord, ...]:
        """Every trial as the train record keeps it."""
        return tuple(
            TrialRecord(
                candidate=describe(one.candidate),
                figures=named(one.figures),
                spread=named(one.spread),
                folds=one.folds,
                finished=one.finished,
            )
            for one in self.trials
        )


def choose(how: Choosing, runtime: Runtime, run: Run, validation: Division) -> Choice:
    """Search on folds of the learning rows; the judged rows only tell how good the best are.

    Parameters
    ----------
    how : Choosing
    runtime : Runtime
    run : Run
        The training's own.
    validation : Division
        Training rows, and validation rows to judge by.

    Raises
    ------
    TooFewOutcomes
        If the rows hold too few of an outcome for the folds.
    """
    trials = _try_all(how, runtime, validation.learning)
    families = tuple(
        _family(
            how,
            runtime,
            validation,
            [one for one in trials if one.candidate.family == candidate.family],
        )
        for candidate in how.use_case.candidates
    )
    best_trial = best(trials, how.use_case.select_by, how.use_case.candidates)
    choice = Choice(
        chosen=next(one for one in families if one.trial is best_trial),
        families=families,
        trials=tuple(trials),
    )
    told = [asdict(record) for record in choice.records]
    keep(run, runtime, {"trials.json": json.dumps(told, indent=1).encode()}, "search")
    return choice


def _try_all(how: Choosing, runtime: Runtime, learning: Examples) -> list[Trial]:
    task, budget = how.use_case.task, how.budget
    rows = sample(learning, budget.most_rows, task, seed=how.seed)
    divisions = folds(how.use_case, how.moment, rows, count=budget.folds, seed=how.seed)
    trials = []
    tried = search(
        how.use_case.candidates,
        lambda one, give_up: attempt(
            one, divisions, seed=how.seed, threads=how.threads, give_up=give_up
        ),
        budget=budget,
        score=how.use_case.select_by,
        seed=how.seed,
    )
    for trial in tried:
        figure = trial.figures[how.use_case.select_by]
        left = "" if trial.finished else f", given up after {trial.folds} of {budget.folds} folds"
        note = f"{describe(trial.candidate)}: {how.use_case.select_by} {figure:.3f}{left}"
        runtime.progress.advance(note=note)
        trials.append(trial)
    return trials


def _family(
    how: Choosing, runtime: Runtime, validation: Division, trials: Sequence[Trial]
) -> Family:
    """The best of one candidate's trials, judged on validation rows and kept as a run."""
    mine = leading(trials, how.use_case.select_by)
    judged = validation.judge(mine.candidate, seed=how.seed, threads=how.threads)
    with runtime.tracker.run(how.use_case.name, describe(mine.candidate), nested=True) as run:
        run.params({"estimator": mine.candidate.estimator, **dict(mine.candidate.params)})
        run.params({"class_weights": mine.candidate.class_weights, "trials": len(trials)})
        run.metrics(named(mine.figures, "folds_"))
        run.metrics(named(mine.spread, "folds_sd_"))
        run.metrics(named(judged.figures, "validation_"))
        run.tags(how.origin)
    return Family(trial=mine, judged=judged)


def tries(use_case: UseCase, budget: Search) -> int:
    """How many configurations will be tried: without spaces, only those that are listed."""
    listed = sum(candidate.listed for candidate in use_case.candidates)
    return budget.trials if any(one.space for one in use_case.candidates) else listed


def named(figures: Mapping[Score, float], prefix: str = "") -> dict[str, float]:
    """Figures under the names that MLflow and records use."""
    return {f"{prefix}{score}": figure for score, figure in figures.items()}
