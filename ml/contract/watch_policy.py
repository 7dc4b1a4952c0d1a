"""From when on what is watched is raised, and when a model is trained again."""

from __future__ import annotations

from dataclasses import dataclass, fields

from ml.contract.errors import InvalidUseCase


@dataclass(frozen=True, kw_only=True)
class WatchPolicy:
    """Bounds of what is watched beside drift, whose own are in `DriftPolicy`.

    Parameters
    ----------
    missing_rise : float, default=0.1
        Rise of a column's missing share that is raised.
    new_levels : float, default=0.02
        Share of rows with a level that the reference does not have.
    outside_range : float, default=0.02
        Share of numbers outside of all that the reference has seen.
    volume_change : float, default=0.5
        Fewer rows than this share of the usual, or more than its reciprocal.
    stale_days : float, default=14
        Age of the newest row.
    auc_drop : float, default=0.03
        Loss against the reference beyond what chance explains.
    precision_drop : float, default=0.1
        Loss of precision among the best tenth, beyond chance.
    log_loss_rise : float, default=0.1
        Rise of the log loss, beyond chance.
    calibration_error : float, default=0.1
        Expected calibration error with outcomes.
    conversion_drop : float, default=0.1
        Fall of the share of leads that convert, as a part of what it was.
    score_shift : float, default=0.1
        Change of the mean score, as a probability.
    band_shift : float, default=0.15
        Change of a band's share of leads.
    minimum_outcomes : int, default=200
        Fewer known outcomes give `INSUFFICIENT_DATA`, or `LABELS_PENDING` where more are to come.
    label_days : float, default=30
        Days after which most outcomes are known; younger leads are not judged by outcomes.
    cohort : str, default=''
        Column by which leads are told apart, such as where they come from; none where empty.
    persist, windows : int, default=2, 3
        A drift asks for a retrain when seen in `persist` of the last `windows` looks.

    Raises
    ------
    InvalidUseCase
        If a bound is out of range.
    """

    missing_rise: float = 0.1
    new_levels: float = 0.02
    outside_range: float = 0.02
    volume_change: float = 0.5
    stale_days: float = 14
    auc_drop: float = 0.03
    precision_drop: float = 0.1
    log_loss_rise: float = 0.1
    calibration_error: float = 0.1
    conversion_drop: float = 0.1
    score_shift: float = 0.1
    band_shift: float = 0.15
    minimum_outcomes: int = 200
    label_days: float = 30
    cohort: str = ""
    persist: int = 2
    windows: int = 3

    def __post_init__(self) -> None:
        _all_positive("watch policy", self)
        if self.persist > self.windows:
            raise InvalidUseCase(
                f"watch policy: persist is {self.persist} of {self.windows} windows; "
                "expected no more than there are"
            )


@dataclass(frozen=True, kw_only=True)
class RetrainPolicy:
    """When a model is trained again without anybody asking.

    Parameters
    ----------
    every_days : float, default=7
        Age of the last training from which the schedule asks.
    new_rows : int, default=5000
        Labelled rows since the last training from which new data asks.
    cooldown_hours : float, default=24
        Time after a start in which only people may start another.
    lease_minutes : float, default=120
        Time after which a run that says nothing is taken for dead.
    most_rows : int, default=1_000_000
        Labelled leads that a retrain reads, the latest of all; fewer forget sooner how leads were
        before a change, and teach less of what is rare.
    non_inferiority_margin : float, default=0.02
        How far below the champion, in `UseCase.select_by`, the lower end of the difference may lie
        where leads or outcomes have changed.

    Raises
    ------
    InvalidUseCase
        If a figure is not above 0.
    """

    every_days: float = 7
    new_rows: int = 5_000
    cooldown_hours: float = 24
    lease_minutes: float = 120
    most_rows: int = 1_000_000
    non_inferiority_margin: float = 0.02

    def __post_init__(self) -> None:
        _all_positive("retrain policy", self)


def _all_positive(policy: str, values: WatchPolicy | RetrainPolicy) -> None:
    for field in fields(values):
        value = getattr(values, field.name)
        if not isinstance(value, str) and not value > 0:
            raise InvalidUseCase(f"{policy}: {field.name} is {value}; expected above 0")
