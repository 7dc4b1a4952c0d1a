"""A use case: everything that defines one scoring problem, as one value."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from ml.contract.alerts import CHANGED
from ml.contract.candidates import Candidate, Search
from ml.contract.check_policy import CheckPolicy
from ml.contract.consistency import Consistency
from ml.contract.contact import ContactWish, broken_wishes
from ml.contract.errors import InvalidUseCase, UnknownName
from ml.contract.gates import Gate
from ml.contract.known_leaks import KnownLeak, known_leak_rules
from ml.contract.modelling import Band, DriftPolicy, Task, check_bands
from ml.contract.moments import Moment
from ml.contract.names import PRODUCT, Role, Score, Trait
from ml.contract.schema import Schema
from ml.contract.splits import ArrivalSplit, DaySplit, Split, TimeSplit
from ml.contract.steady import Steady, broken_steadiness
from ml.contract.watch_policy import RetrainPolicy, WatchPolicy


@dataclass(frozen=True, kw_only=True)
class UseCase:
    """One scoring problem.

    Parameters
    ----------
    name : str
        Lower-case identifier; its module in `ml/use_cases/` carries the same name.
    title, entity : str
        Words for people: the page title, and what one row is ("lead").
    task : Task
        What is predicted.
    schema : Schema
        The source table.
    moments : tuple of Moment
        Scoring moments from early to late; one model each.
    default_moment : Moment
        The moment that commands use when none is named.
    split : Split
        How rows are divided.
    candidates : tuple of Candidate
        Models to try; the order is that of preference where luck alone is between them.
    select_by : Score
        Metric that chooses between candidates.
    bands : tuple of Band
        Names of score ranges, from the best down to 0.
    gates : tuple of (Moment, Gate), default=()
        Figures to reach, per moment.
    champion_margin : float, default=0
        What the lower end of the difference to the champion has to exceed, in `select_by`. Above
        0 asks for a clear gain before anything changes; below 0 lets in a challenger that is at
        most that much worse, for those who would rather serve the younger of two equal models.
    drift : DriftPolicy
        When a change in the data counts.
    watch : WatchPolicy
        When what is watched beside it counts.
    retrain : RetrainPolicy
        When a model is trained again.
    consistency : tuple of Consistency, default=()
        Relations between columns that rows should keep.
    checks : CheckPolicy
        How strict the data checks are.
    contact_wishes : tuple of ContactWish, default=()
        Ways in which people ask not to be reached.
    steady : tuple of Steady, default=()
        Numbers of which a small step must not move a score wildly.
    known_leaks : tuple of KnownLeak, default=()
        Columns that give the outcome away and are used all the same, each with the reason.
    value_per_win : float or None, default=None
        What a lead that converts is worth, in whatever money the team counts in: the default of
        plans and work lists, and what revenue is told by. None where nobody knows. It decides about
        no model, and is left out of `repr`, by which steps are known again.
    search : Search
        How much to spend on choosing between the candidates.

    Raises
    ------
    InvalidUseCase
        Naming the use case, the thing and the rule that it breaks.
    """

    name: str
    title: str
    entity: str
    task: Task
    schema: Schema
    moments: tuple[Moment, ...]
    default_moment: Moment
    split: Split
    candidates: tuple[Candidate, ...]
    select_by: Score
    bands: tuple[Band, ...]
    gates: tuple[tuple[Moment, Gate], ...] = ()
    champion_margin: float = 0.0
    drift: DriftPolicy = DriftPolicy()
    watch: WatchPolicy = WatchPolicy()
    retrain: RetrainPolicy = RetrainPolicy()
    consistency: tuple[Consistency, ...] = ()
    checks: CheckPolicy = CheckPolicy()
    contact_wishes: tuple[ContactWish, ...] = ()
    steady: tuple[Steady, ...] = ()
    known_leaks: tuple[KnownLeak, ...] = ()
    value_per_win: float | None = field(default=None, repr=False)
    search: Search = Search()

    def __post_init__(self) -> None:
        for broken, rule in self._rules():
            if broken:
                raise InvalidUseCase(f"use case {self.name!r}: {rule}")
        check_bands(self.bands)
        self.search.check(self.candidates)

    def _rules(self) -> Iterator[tuple[bool, str]]:
        yield (
            not (self.name.isidentifier() and self.name.islower()),
            "the name must be a lower-case identifier",
        )
        yield not self.candidates, "there are no candidates; name at least one model"
        yield (
            list(self.moments) != sorted(set(self.moments)),
            f"moments {self._moment_names()} must ascend without repeats",
        )
        yield (
            self.default_moment not in self.moments,
            f"default moment {self.default_moment} is not among {self._moment_names()}",
        )
        for column in self.schema.columns:
            strange = column.known_from not in self.moments
            yield (
                strange,
                f"column {column.name!r} is known from {column.known_from}, "
                f"not among {self._moment_names()}",
            )
        for moment in self.moments:
            yield not self.schema.features(moment), f"moment {moment} has no columns to learn from"
        yield from known_leak_rules(self.known_leaks, self.schema)
        yield from self._metric_rules()
        yield from ((True, rule) for rule in broken_wishes(self.contact_wishes, self.schema))
        yield from ((True, rule) for rule in broken_steadiness(self.steady, self.schema))
        yield from self._split_rules()
        for check in self.consistency:
            unknown = [name for name in check.columns if name not in self.schema]
            yield (
                bool(unknown),
                f"consistency check {check.message!r} reads unknown columns {unknown}",
            )

        limited = [limits.column for limits in self.checks.columns]
        unknown = [name for name in limited if name not in self.schema]
        yield bool(unknown), f"the check policy limits unknown columns {unknown}"
        cohort = self.watch.cohort
        yield (
            bool(cohort) and cohort not in self.schema,
            f"the watch policy tells leads apart by {cohort!r}, which is no column",
        )

    def _metric_rules(self) -> Iterator[tuple[bool, str]]:
        asked = [self.select_by, *(gate.score for _, gate in self.gates)]
        scores = {score for score in asked if isinstance(score, Score)}
        strange = sorted(str(score) for score in scores if score not in self.task.scores)
        yield (
            bool(strange),
            f"{type(self.task).__name__} cannot be judged by {strange}; "
            f"it offers {sorted(self.task.scores)}",
        )
        yield (
            not math.isfinite(self.champion_margin),
            f"champion_margin is {self.champion_margin}; give a number, such as 0",
        )
        worth = self.value_per_win
        yield (
            worth is not None and not (math.isfinite(worth) and worth > 0),
            f"value_per_win is {worth}; expected what a win is worth, above 0",
        )
        unknown = [str(moment) for moment, _ in self.gates if moment not in self.moments]
        yield bool(unknown), f"gates name moments {unknown}, not among {self._moment_names()}"

    def _split_rules(self) -> Iterator[tuple[bool, str]]:
        by_time = isinstance(self.split, TimeSplit | DaySplit)
        by_order = isinstance(self.split, ArrivalSplit)
        yield (
            by_time and not self.schema.with_role(Role.TIME),
            f"a {type(self.split).__name__} needs a column of role TIME",
        )
        yield (
            by_order and not self.schema.with_role(Role.ORDER),
            "an ArrivalSplit needs a column of role ORDER",
        )

    def _moment_names(self) -> list[str]:
        return [moment.name for moment in self.moments]

    def moment(self, name: str | None) -> Moment:
        """The moment called `name`; the default moment for None.

        Raises
        ------
        UnknownName
            Listing the moments that exist.
        """
        if name is None:
            return self.default_moment
        for moment in self.moments:
            if moment.name == name.lower():
                return moment
        raise UnknownName("moment", name, self._moment_names())

    def trying(self, families: Sequence[str] = (), trials: int | None = None) -> UseCase:
        """The use case with only some families of candidates, or another budget.

        Parameters
        ----------
        families : sequence of str, default=()
            Names of estimators; none for all.
        trials : int or None, default=None
            Configurations in all; None for what the use case says.

        Raises
        ------
        UnknownName
            If no candidate is of a family; it lists those that there are.
        InvalidUseCase
            If the budget does not reach for what the candidates list.
        """
        offered = list(dict.fromkeys(str(one.estimator) for one in self.candidates))
        for family in families:
            if family not in offered:
                raise UnknownName("family", family, offered)
        kept = tuple(one for one in self.candidates if not families or one.estimator in families)
        budget = self.search if trials is None else replace(self.search, trials=trials)
        return replace(self, candidates=kept, search=budget)

    @property
    def of_rows(self) -> UseCase:
        """The use case but for what only decides about models: equal for equal rows."""
        return replace(
            self,
            candidates=self.candidates[:1],
            search=Search(),
            gates=(),
            champion_margin=0.0,
            known_leaks=(),
            watch=WatchPolicy(),
            retrain=RetrainPolicy(),
            value_per_win=None,
        )

    def judging(self, reasons: Iterable[str]) -> UseCase:
        """The use case as the challenger of a retrain is judged.

        Where leads or outcomes have changed, the champion is known to fit others than those who
        come: then the younger of two equal models serves, and looks compare with its leads. Else a
        challenger has to be better, as every change costs people something.

        Parameters
        ----------
        reasons : iterable of str
            Each a `RetrainReason`.
        """
        if not CHANGED.intersection(reasons):
            return self
        margin = min(self.champion_margin, -self.retrain.non_inferiority_margin)
        return replace(self, champion_margin=margin)

    def gates_for(self, moment: Moment) -> tuple[Gate, ...]:
        """Gates of one moment; that no column leaks is one of them, unless it is declared anew."""
        gates = tuple(gate for of, gate in self.gates if of == moment)
        if any(gate.score is Trait.LEAKS for gate in gates):
            return gates
        return (*gates, Gate(score=Trait.LEAKS, at_most=0))

    def model_name(self, moment: Moment) -> str:
        """Name of the registered model: one per use case and moment."""
        return f"{PRODUCT}-{self.name.replace('_', '-')}-{moment.name}"

    def scope(self, moment: Moment) -> str:
        """Under which a journal keeps what was done for a moment."""
        return f"{self.name}@{moment}"
