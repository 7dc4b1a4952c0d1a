"""What a prediction means: its calibrator, and how sure it is; learnt from rows held out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ml.contract.modelling import BinaryTask, OrdinalTask, Task
from ml.core.out_of_fold import HeldOut
from ml.core.scoring.calibrator import Calibrator, Unchanged, calibrator_from
from ml.core.scoring.certainty import Distance, Outcomes, Surety, surety_from


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """What stands in `calibration.json`.

    Parameters
    ----------
    calibrator : Calibrator
        From the model's prediction to what is said of a lead.
    surety : Surety or None
        Limits of what is said; None where no rows were held out to learn them from.
    rows : int
        Held-out rows that it rests on.
    trials : tuple of mapping
        Calibrators that were tried, with their figures; empty for a rating.
    """

    calibrator: Calibrator = Unchanged()
    surety: Surety | None = None
    rows: int = 0
    trials: tuple[Mapping[str, Any], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain data that `from_json` reads back to an equal value."""
        return {
            "calibrator": self.calibrator.to_json(),
            "surety": self.surety.to_json() if self.surety else None,
            "rows": self.rows,
            "trials": list(self.trials),
        }

    @classmethod
    def from_json(cls, plain: Mapping[str, Any], task: Task) -> Meaning:
        """The meaning of plain data; KeyError, TypeError or ValueError if it is none."""
        surety = plain["surety"]
        return cls(
            calibrator=calibrator_from(plain["calibrator"]),
            surety=None if surety is None else surety_from(surety, task),
            rows=int(plain["rows"]),
            trials=tuple(plain["trials"]),
        )


def meaning_of(held_out: HeldOut, task: Task, *, seed: int = 0) -> Meaning:
    """What predictions mean, by rows that the models had not seen.

    Parameters
    ----------
    held_out : HeldOut
        Predictions and outcomes.
    task : Task
        A binary task gets a calibrator, probabilities and open outcomes; an ordinal one a
        distance.
    seed : int, default=0
        Seed of folds and bootstrap.
    """
    rows = len(held_out.outcome)
    if isinstance(task, BinaryTask):
        from ml.core.scoring.calibrating import choose

        choice = choose(held_out, seed=seed)
        return Meaning(
            calibrator=choice.calibrator,
            surety=_outcomes(held_out),
            rows=rows,
            trials=tuple(asdict(trial) for trial in choice.trials),
        )
    return Meaning(surety=_distance(held_out, task), rows=rows)


def _outcomes(held_out: HeldOut) -> Outcomes:
    from ml.core.scoring.conformal import likely_from, unlikely_to
    from ml.core.scoring.venn_abers import venn_abers

    happened = held_out.outcome == 1
    edges, low, high = (tuple(table.tolist()) for table in venn_abers(held_out))
    return Outcomes(
        edges=edges,
        low=low,
        high=high,
        likely_from=likely_from(held_out.predicted[happened]),
        unlikely_to=unlikely_to(held_out.predicted[~happened]),
    )


def _distance(held_out: HeldOut, task: Task) -> Distance:
    from ml.core.scoring.conformal import most_distance

    if not isinstance(task, OrdinalTask):
        raise TypeError(f"nothing is known of how sure a {type(task).__name__} is")
    most = most_distance(held_out.outcome, held_out.predicted)
    return Distance(most=most, low=task.low, high=task.high)
