"""Candidates: the models that are tried, the parameters to search, and how much to spend on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

from ml.contract.errors import InvalidUseCase
from ml.contract.names import Estimator

Parameter = str | int | float | bool | None


@dataclass(frozen=True, kw_only=True)
class Span:
    """Numbers from `low` to `high` that a search may draw.

    Parameters
    ----------
    low, high : float
        Both ends belong to it.
    log : bool, default=False
        Draw evenly on a logarithmic scale: for learning rates and penalties.
    whole : bool, default=False
        Whole numbers only.
    """

    low: float
    high: float
    log: bool = False
    whole: bool = False

    def __post_init__(self) -> None:
        if not self.low < self.high or (self.log and self.low <= 0):
            least = "above 0 and below high" if self.log else "below high"
            raise InvalidUseCase(f"span from {self.low} to {self.high}: low must be {least}")


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A model family with its fixed parameters and the values to search.

    Parameters
    ----------
    estimator : Estimator
        The family.
    params : tuple of (str, Parameter), default=()
        Keyword arguments of the estimator that differ from its defaults.
    grid : tuple of (str, tuple of Parameter), default=()
        Values to try per keyword argument; every combination is tried.
    space : tuple of (str, Span or tuple of Parameter), default=()
        Where a search draws further configurations from; what it does not name stays as in
        `params`. Without a space, only what the grid lists is tried.
    patience : int, default=0
        Rounds without progress on rows of its own after which boosting stops; 0 for all rounds.
        The mean number of rounds over the folds then stands in place of `n_estimators`.
    class_weights : bool, default=False
        Weigh both outcomes equally. That leaves the ranking alone and ruins probabilities, so a
        weighted candidate is chosen only if its log loss is the lowest of all.
    """

    estimator: Estimator
    params: tuple[tuple[str, Parameter], ...] = ()
    grid: tuple[tuple[str, tuple[Parameter, ...]], ...] = ()
    space: tuple[tuple[str, Span | tuple[Parameter, ...]], ...] = ()
    patience: int = 0
    class_weights: bool = False

    def __post_init__(self) -> None:
        for rule in self._broken():
            raise InvalidUseCase(f"candidate {self.estimator}: {rule}")

    def _broken(self) -> Iterator[str]:
        for kind, values in (("grid", self.grid), ("space", self.space)):
            empty = [name for name, among in values if among == ()]
            if empty:
                yield f"{kind} of {empty} has no values; give at least one"
        if self.patience and self.estimator not in BOOSTED:
            yield f"patience {self.patience} is for {sorted(BOOSTED)}; leave it out"
        if self.patience < 0:
            yield f"patience is {self.patience}; expected 0 or more rounds"

    @property
    def family(self) -> tuple[Estimator, bool]:
        """What its configurations have in common: the estimator, and whether it is weighted."""
        return self.estimator, self.class_weights

    @property
    def listed(self) -> int:
        """Configurations that the grid lists; 1 without a grid."""
        return prod(len(values) for _, values in self.grid)


#: Families that add one tree at a time and can stop by rows that they do not learn from.
BOOSTED = frozenset({Estimator.LIGHTGBM, Estimator.XGBOOST})


@dataclass(frozen=True, kw_only=True)
class Search:
    """How much to spend on finding a configuration.

    Parameters
    ----------
    trials : int, default=14
        Configurations in all. Those that the candidates' grids list come first; Optuna draws
        the others from their spaces and gives up early on those that fall behind.
    folds : int, default=5
        Parts of the training rows; each is judged by a model of the others.
    most_rows : int, default=50_000
        A larger training set is searched on a stratified sample of so many rows. The chosen
        configuration always learns from all.

    Examples
    --------
    >>> Search(trials=0)
    Traceback (most recent call last):
    ...
    ml.contract.errors.InvalidUseCase: search: trials is 0; expected 1 or more
    """

    trials: int = 14
    folds: int = 5
    most_rows: int = 50_000

    def __post_init__(self) -> None:
        least = {"trials": 1, "folds": 2, "most_rows": 100}
        for name, bound in least.items():
            if (seen := getattr(self, name)) < bound:
                raise InvalidUseCase(f"search: {name} is {seen}; expected {bound} or more")

    def check(self, candidates: tuple[Candidate, ...]) -> None:
        """Refuse a budget that does not reach for what the candidates list.

        Raises
        ------
        InvalidUseCase
            With both numbers.
        """
        listed = sum(candidate.listed for candidate in candidates)
        if listed > self.trials:
            raise InvalidUseCase(
                f"search: {self.trials} trials for {listed} listed configurations; "
                "allow more trials, or list fewer"
            )


def families_of(text: str) -> list[str]:
    """Names of families in a text with commas between them; none where it is empty.

    Examples
    --------
    >>> families_of("lightgbm, xgboost"), families_of("")
    (['lightgbm', 'xgboost'], [])
    """
    return [name.strip() for name in text.split(",") if name.strip()]
