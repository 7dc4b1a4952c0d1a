"""What is planted in the generated leads."""

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, get_args

from ml.contract.errors import UsageError
from ml.core.generator.columns import CONVERTED, ID_COLUMNS, SOURCE_COLUMNS

Breakage = Literal["empty", "constant", "garbled"]
BREAKABLE: Final = tuple(n for n in SOURCE_COLUMNS if n not in (*ID_COLUMNS, CONVERTED))


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """Deviations from the ordinary stream of leads; every switch is off by default.

    Parameters
    ----------
    arrival_weeks : int, default=0
        Weeks over which the leads arrive, evenly, in a column `Arrival Date`. With 0 there are no
        dates, and the vendor's scores come and go along the file as in the real one; above 0 the
        stream is stationary unless drift is planted.
    start : date, default=2025-01-06
        First day of week 0.
    drift_week : int or None, default=None
        Week from which the covariates drift: more chat leads, less time on the website, fewer
        vendor scores. Given its columns, a lead converts as before.
    drift_strength : float, default=1.0
        0 for none, 1 for a drift that a monitor should see, up to 5 for a break.
    base_rate_shift : float, default=0.0
        Added to the log-odds of conversion, from `drift_week` on if that is set.
    odds_power : float, default=1.0
        Power to which the odds of conversion are raised, from `drift_week` on if that is set: below
        1 they come closer together, above 1 they part. Leads keep their order, and as many of them
        convert; a model that knew the odds is no longer calibrated.
    concept_strength : float, default=0.0
        Concept drift, from `drift_week` on if that is set: the part of the log-odds that hangs on
        lead source and time on the website is multiplied by one minus twice this. At 0.5 the two
        tell nothing, at 1 they tell the reverse. What leads look like when they arrive stays the
        same, and as many of them convert; what is observed later follows their outcome as ever.
        Plant it alone with `drift_strength=0`.
    stale_weeks : int, default=0
        Weeks at the end in which nothing arrives, as when an export stops; needs `arrival_weeks`.
    lost_outcomes : float, default=0.0
        Share of leads whose outcome never comes back from the CRM, from `drift_week` on if that is
        set: `Converted` and `Outcome Date` are empty.
    label_delay : bool, default=False
        Adds `Outcome Date`: arrival plus a lognormal delay, median 14 days, 90th percentile 160.
    planted_leak : bool, default=False
        Adds `Follow Up Code`, a column written after the outcome was known.
    broken_field : str or None, default=None
        Source name of a column that becomes unusable, from `drift_week` on if that is set.
    breakage : {"empty", "constant", "garbled"}, default="empty"
        What becomes of the broken field.
    duplicate_share : float, default=0.0
        Share of leads that repeat an earlier one apart from ids and dates, on top of the repeats
        that arise by themselves.

    Raises
    ------
    UsageError
        If a value is out of range or needs a switch that is off.

    Examples
    --------
    >>> Scenario(arrival_weeks=12, drift_week=9).drift_week
    9
    """

    arrival_weeks: int = 0
    start: date = date(2025, 1, 6)
    drift_week: int | None = None
    drift_strength: float = 1.0
    base_rate_shift: float = 0.0
    odds_power: float = 1.0
    concept_strength: float = 0.0
    stale_weeks: int = 0
    lost_outcomes: float = 0.0
    label_delay: bool = False
    planted_leak: bool = False
    broken_field: str | None = None
    breakage: Breakage = "empty"
    duplicate_share: float = 0.0

    def __post_init__(self) -> None:
        _whole("arrival_weeks", self.arrival_weeks)
        _within("arrival_weeks", self.arrival_weeks, 0, 5_200)
        _within("drift_strength", self.drift_strength, 0.0, 5.0)
        _within("base_rate_shift", self.base_rate_shift, -6.0, 6.0)
        _within("odds_power", self.odds_power, 0.1, 10.0)
        _within("concept_strength", self.concept_strength, 0.0, 1.0)
        _within("lost_outcomes", self.lost_outcomes, 0.0, 1.0)
        _within("duplicate_share", self.duplicate_share, 0.0, 0.9)
        self._check_stop()
        self._check_dates()
        _one_of("breakage", self.breakage, get_args(Breakage))
        if self.broken_field is not None:
            _one_of("broken_field", self.broken_field, BREAKABLE)

    def _check_stop(self) -> None:
        _whole("stale_weeks", self.stale_weeks)
        if self.stale_weeks and not self.arrival_weeks > self.stale_weeks:
            raise UsageError(
                f"stale_weeks={self.stale_weeks} needs weeks in which leads arrive: set "
                "arrival_weeks above it"
            )
        _within("stale_weeks", self.stale_weeks, 0, max(self.arrival_weeks - 1, 0))

    @property
    def weeks_of_arrival(self) -> int:
        """Weeks in which leads arrive."""
        return self.arrival_weeks - self.stale_weeks

    def _check_dates(self) -> None:
        if self.label_delay and not self.arrival_weeks:
            raise UsageError("label_delay needs arrival dates: set arrival_weeks to 1 or more")
        if self.drift_week is None:
            return
        if not self.arrival_weeks:
            raise UsageError(
                f"drift_week={self.drift_week} needs arrival dates: set arrival_weeks above it"
            )
        _whole("drift_week", self.drift_week)
        _within("drift_week", self.drift_week, 0, self.weeks_of_arrival - 1)


def _within(name: str, value: float, low: float, high: float) -> None:
    # A negated chain, so that NaN is refused as well.
    if not low <= value <= high:
        raise UsageError(f"{name}={value!r} is out of range: expected {low} to {high}")


def _whole(name: str, value: float) -> None:
    if not isinstance(value, int):
        raise UsageError(f"{name}={value!r} is no whole number: expected weeks such as 12")


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise UsageError(f"{name}={value!r} is unknown: expected one of {', '.join(allowed)}")
