"""A use case's feature group: which values of a lead are kept over time, and as what."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from ml.contract.errors import InvalidSettings
from ml.contract.moments import ARRIVAL
from ml.contract.names import Kind
from ml.contract.schema import Column
from ml.contract.use_case import UseCase

#: When the values were true; every feature group needs such a feature.
EVENT_TIME = "event_time"

#: In questions to a feature store: the time as of which a lead is asked for.
AS_OF = "as_of"

# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_FeatureDefinition.html
_NAME = re.compile(r"[a-zA-Z0-9]([_-]*[a-zA-Z0-9]){0,63}")
_RESERVED = {"is_deleted", "write_time", "api_invocation_time", EVENT_TIME, AS_OF}
_MOST_FEATURES = 2_500
_TYPES = {Kind.NUMBER: "Fractional", Kind.INTEGER: "Integral", Kind.YES_NO: "Integral"}


@dataclass(frozen=True, kw_only=True)
class FeatureGroup:
    """What a feature store keeps of the leads of one use case: the values known at arrival.

    Parameters
    ----------
    use_case : str
        Whose leads they are.
    id : Column
        Names a lead.
    features : tuple of Column
        In schema order.

    Raises
    ------
    InvalidSettings
        If SageMaker cannot hold them; the message names the first column and the rule.

    Examples
    --------
    >>> from ml.use_cases.lead_conversion import LEAD_CONVERSION
    >>> kinds = FeatureGroup.of(LEAD_CONVERSION).definitions
    >>> kinds["prospect_id"], kinds["total_visits"], kinds["do_not_email"], kinds["event_time"]
    ('String', 'Integral', 'Integral', 'String')
    """

    use_case: str
    id: Column
    features: tuple[Column, ...]

    def __post_init__(self) -> None:
        for broken, message in self._rules():
            if broken:
                raise InvalidSettings(f"feature group of use case {self.use_case!r}: {message}")

    @classmethod
    def of(cls, use_case: UseCase) -> Self:
        """The group of a use case."""
        schema = use_case.schema
        return cls(use_case=use_case.name, id=schema.id, features=schema.features(ARRIVAL))

    @property
    def columns(self) -> tuple[Column, ...]:
        """The id and the features."""
        return (self.id, *self.features)

    @property
    def definitions(self) -> dict[str, str]:
        """SageMaker's type of each feature by name: the id, the features, the event's time."""
        types = {column.name: _TYPES.get(column.kind, "String") for column in self.columns}
        return types | {EVENT_TIME: "String"}

    def _rules(self) -> Iterator[tuple[bool, str]]:
        for column in self.columns:
            yield (
                column.name in _RESERVED,
                f"column {column.name!r} has a name that feature stores keep for themselves; "
                f"expected none of {', '.join(sorted(_RESERVED))}: rename the column",
            )
            yield (
                not _NAME.fullmatch(column.name),
                f"column {column.name!r} is no name for a feature; expected at most 64 letters, "
                "digits and inner underscores of ASCII: rename the column",
            )
        count = len(self.columns) + 1
        yield (
            count > _MOST_FEATURES,
            f"it has {count:,} features; expected at most {_MOST_FEATURES:,}: drop columns",
        )
