"""Columns and schemas: what a table of leads holds and what each value means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from ml.contract.cleaning import (
    Cleaned,
    CleaningRule,
    Day,
    Number,
    Text,
    YesNo,
)
from ml.contract.errors import InvalidUseCase, UnknownName
from ml.contract.levels import Grouping, Levels, OpenLevels
from ml.contract.moments import ARRIVAL, Moment
from ml.contract.names import Kind, Purpose, Role
from ml.contract.spelling import BLANKS, MISSING_WORDS, fold, quote, spelled_sql

_MODEL_ROLES = {Role.FEATURE}
_TEXT_ONLY = {Role.ID, Role.ORDER}


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of the source table.

    Parameters
    ----------
    name : str
        Lower-case identifier by which all of Leadwise calls the column.
    source : str
        Header as the source system spells it; matched without regard to case and blanks.
    kind : Kind
        What the cleaned values are.
    role : Role, default=Role.FEATURE
        What the column is for. Ids are text and never features.
    known_from : Moment, default=ARRIVAL
        First moment at which the value can be known.
    levels : tuple of str, default=()
        Canonical levels of a category; from low to high for an ordinal. Without levels a
        category is open: the encoder learns them.
    spellings : tuple of (str, str), default=()
        Further spellings of levels, each with its level.
    grouping : Grouping or None, default=None
        Broader groups; adds the derived column `<name>_group`.
    low, high : float, default=-9e15, 9e15
        Hard bounds of a number; beyond them the row is quarantined.
    usual_high : float or None, default=None
        Soft bound; beyond it the row is scored and counted as an outlier.
    missing : tuple of str
        Folded spellings of an empty cell.
    aliases : tuple of str, default=()
        Further headers that mean this column.
    required : bool, default=True
        Whether a file without this column is refused.
    label : str, default=''
        Plain words for a sales person; the source header where empty.
    concept : str, default=''
        Business concept under which reasons are summed; the label where empty.
    unit : str, default=''
        Unit of a number.
    note : str, default=''
        Why the column is treated as it is.
    answers : tuple of str, default=()
        What no and yes say of a lead, in this order, as a sales person would put it.
    monotone : int, default=0
        -1 where a higher value, or yes, must never raise a prediction, 1 where it must never
        lower one; models are fitted so that they keep to it.

    Raises
    ------
    InvalidUseCase
        Naming the column and the rule that it breaks.

    Examples
    --------
    >>> visits = Column(name="total_visits", source="TotalVisits", kind=Kind.INTEGER, low=0)
    >>> visits.clean(" 5 ").value
    5
    """

    name: str
    source: str
    kind: Kind
    role: Role = Role.FEATURE
    known_from: Moment = ARRIVAL
    levels: tuple[str, ...] = ()
    spellings: tuple[tuple[str, str], ...] = ()
    grouping: Grouping | None = None
    low: float = -9e15
    high: float = 9e15
    usual_high: float | None = None
    missing: tuple[str, ...] = MISSING_WORDS
    aliases: tuple[str, ...] = ()
    required: bool = True
    label: str = ""
    concept: str = ""
    unit: str = ""
    note: str = ""
    answers: tuple[str, ...] = ()
    monotone: int = 0

    def __post_init__(self) -> None:
        for broken, rule in self._rules():
            if broken:
                raise InvalidUseCase(f"column {self.name!r}: {rule}")
        object.__setattr__(self, "label", self.label or self.source)
        object.__setattr__(self, "concept", self.concept or self.label)

    def _rules(self) -> Iterator[tuple[bool, str]]:
        categorical = self.kind in {Kind.CATEGORY, Kind.ORDINAL}
        yield (
            not (self.name.isidentifier() and self.name.islower()),
            "the name must be a lower-case identifier",
        )
        yield not self.source.strip(), "the source header must not be blank"
        yield self.role in _TEXT_ONLY and self.kind is not Kind.TEXT, "ids must be of kind TEXT"
        yield (
            self.kind is Kind.TEXT and self.role in {Role.FEATURE, Role.TARGET},
            "TEXT is never a feature or target",
        )
        yield (
            self.role is Role.TIME and self.kind is not Kind.DATE,
            "a time column must be of kind DATE",
        )
        yield (
            self.kind is Kind.ORDINAL and not self.levels,
            "an ordinal needs its levels from low to high",
        )
        yield (
            bool(self.levels) and not categorical,
            f"levels belong to categories, not to kind {self.kind}",
        )
        yield (
            len({fold(level) for level in self.levels}) < len(self.levels),
            "two levels fold to the same spelling",
        )
        yield (
            bool(self.answers) and (self.kind is not Kind.YES_NO or len(self.answers) != 2),
            f"answers {self.answers} must be two, for no and yes, of a YES_NO column",
        )
        yield self.monotone not in {-1, 0, 1}, f"monotone is {self.monotone}; expected -1, 0 or 1"
        yield (
            self.monotone != 0 and self.kind not in {Kind.NUMBER, Kind.INTEGER, Kind.YES_NO},
            f"kind {self.kind} has no direction to be monotone in",
        )
        yield self.low >= self.high, f"bounds {self.low} and {self.high} must ascend"
        empty = sorted(level for level in self.levels if fold(level) in self.missing)
        yield (
            bool(empty),
            f"levels {empty} are also spellings of missing; set `missing` without them",
        )
        yield (
            any(word != fold(word) for word in self.missing),
            "missing words must be lower case with single blanks",
        )

    @cached_property
    def rule(self) -> CleaningRule:
        """The cleaning rule that the kind and the levels ask for."""
        match self.kind:
            case Kind.TEXT:
                return Text(required=self.role is Role.ID)
            case Kind.NUMBER | Kind.INTEGER:
                whole = self.kind is Kind.INTEGER
                return Number(
                    low=self.low, high=self.high, usual_high=self.usual_high, integer=whole
                )
            case Kind.YES_NO:
                return YesNo()
            case Kind.DATE:
                return Day()
            case _:
                return (
                    Levels(levels=self.levels, spellings=self.spellings)
                    if self.levels
                    else OpenLevels()
                )

    @cached_property
    def group(self) -> Column | None:
        """The derived column of broader groups, if the column has a grouping."""
        if self.grouping is None:
            return None
        levels = tuple(dict.fromkeys(self.grouping.of_level.values()))
        return Column(
            name=f"{self.name}_group",
            source=f"{self.source} (group)",
            kind=Kind.CATEGORY,
            known_from=self.known_from,
            levels=levels,
            label=self.label,
            concept=self.concept,
        )

    @property
    def missing_words(self) -> tuple[str, ...]:
        """Folded spellings of an empty cell; an id is empty only where it is blank."""
        return ("",) if self.kind is Kind.TEXT else self.missing

    def text(self, cell: str | None) -> str | None:
        """A raw cell without blanks at its ends, None where it means missing; ids stay as is."""
        if cell is None or fold(cell) in self.missing_words:
            return None
        return cell if self.kind is Kind.TEXT else cell.strip(BLANKS)

    def clean(self, cell: str | None) -> Cleaned:
        """Value, fault and warning of one raw cell."""
        return self.rule.apply(self.text(cell))

    def value_sql(self, cell: str) -> str:
        """SQL twin of `clean(cell).value`."""
        quick = [f"WHEN {cell} = {quote(text)} THEN {self._literal(text)}" for text in self._common]
        if not self._reads_missing_words:
            quick = [f"WHEN {cell} IS NULL THEN NULL", *quick]
            quick += [f"WHEN {spelled_sql(cell, self.missing_words)} THEN NULL"]
        value = self.rule.value_sql(cell)
        return f"CASE {' '.join(quick)} ELSE {value} END" if quick else value

    def fault_sql(self, cell: str) -> str:
        """SQL twin of `clean(cell).fault`: the rule's code, NULL where there is none."""
        fault = self.rule.fault_sql(cell)
        missing = quote(self.rule.missing_fault) if self.rule.missing_fault else "NULL"
        if {fault, missing} == {"NULL"}:
            return "NULL"
        broken = f"WHEN {self.missing_sql(cell)} THEN {missing} ELSE {fault}"
        return f"CASE WHEN {self.value_sql(cell)} IS NULL THEN CASE {broken} END END"

    def warning_sql(self, cell: str) -> str:
        """SQL twin of `clean(cell).warning`: the rule's code, NULL where there is none."""
        warning = self.rule.warning_sql(cell)
        if warning == "NULL":
            return warning
        sure = [f"{cell} = {quote(text)}" for text in self._common]
        return f"CASE WHEN NOT ({' OR '.join([*sure, self.missing_sql(cell)])}) THEN {warning} END"

    def missing_sql(self, cell: str) -> str:
        """SQL twin of `text(cell) is None`."""
        return f"({cell} IS NULL OR {spelled_sql(cell, self.missing_words)})"

    @property
    def _common(self) -> tuple[str, ...]:
        """Common cells whose value SQL may give at once: they do not mean missing."""
        return tuple(text for text in self.rule.common if self.clean(text).value is not None)

    @property
    def _reads_missing_words(self) -> bool:
        """Whether the rule itself finds no value in NULL and in any spelling of missing."""
        if isinstance(self.rule, Levels):
            return False  # to SQL's CASE, NULL is one more unlisted level
        return all(self.rule.apply(word).value is None for word in self.missing_words)

    def _literal(self, text: str) -> str:
        value = self.clean(text).value
        return quote(value) if isinstance(value, str) else str(value).upper()

    @property
    def headers(self) -> tuple[str, ...]:
        """Every header that means this column."""
        return (self.source, self.name, *self.aliases)


def header_key(header: str) -> str:
    """Key under which spellings of the same header meet.

    Examples
    --------
    >>> header_key("Lead Origin") == header_key("lead_origin") == header_key("LeadOrigin")
    True
    """
    return "".join(letter for letter in header.casefold() if letter.isalnum())


@dataclass(frozen=True, kw_only=True)
class Schema:
    """The columns of one source table.

    Raises
    ------
    InvalidUseCase
        On repeated names or headers, or more or less than one id and one target.
    """

    columns: tuple[Column, ...]

    def __post_init__(self) -> None:
        self._refuse_repeats([column.name for column in self.columns], "name")
        self._refuse_repeats(
            [key for column in self.columns for key in {header_key(h) for h in column.headers}],
            "header",
        )
        for role in (Role.ID, Role.TARGET):
            count = sum(column.role is role for column in self.columns)
            if count != 1:
                raise InvalidUseCase(f"a schema needs exactly one {role} column, found {count}")

    @staticmethod
    def _refuse_repeats(words: list[str], what: str) -> None:
        repeated = sorted({word for word in words if words.count(word) > 1})
        if repeated:
            raise InvalidUseCase(
                f"column {what} {repeated} is declared more than once; each must be its own"
            )

    def __getitem__(self, name: str) -> Column:
        try:
            return self._by_name[name]
        except KeyError:
            raise UnknownName("column", name, self._by_name) from None

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    @cached_property
    def _by_name(self) -> dict[str, Column]:
        return {column.name: column for column in (*self.columns, *self.derived)}

    @cached_property
    def by_header(self) -> dict[str, Column]:
        """Columns by `header_key` of every header that means them."""
        return {header_key(header): column for column in self.columns for header in column.headers}

    @cached_property
    def derived(self) -> tuple[Column, ...]:
        """Columns that cleaning adds: the groups."""
        return tuple(column.group for column in self.columns if column.group)

    @property
    def id(self) -> Column:
        """The column that names a lead."""
        return self.with_role(Role.ID)[0]

    @property
    def target(self) -> Column:
        """The column that holds the outcome."""
        return self.with_role(Role.TARGET)[0]

    def with_role(self, *roles: Role) -> tuple[Column, ...]:
        """Source columns of the given roles, in schema order."""
        return tuple(column for column in self.columns if column.role in roles)

    def features(self, moment: Moment) -> tuple[Column, ...]:
        """Columns that a model for `moment` may see: known by then, never ids or the target."""
        return tuple(c for c in self.columns if c.role in _MODEL_ROLES and c.known_from <= moment)

    def group_features(self, moment: Moment) -> tuple[Column, ...]:
        """Derived group columns that a model for `moment` may see."""
        return tuple(column.group for column in self.features(moment) if column.group)

    def required(self, moment: Moment, purpose: Purpose) -> tuple[Column, ...]:
        """Columns without which a file is refused."""
        wanted: Iterable[Column] = (self.id, *self.features(moment))
        if purpose is Purpose.TRAIN:
            wanted = (*wanted, self.target)
        return tuple(column for column in wanted if column.required)
