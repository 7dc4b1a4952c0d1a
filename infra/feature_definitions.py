"""A use case's columns as features of a SageMaker feature group, or one line why not."""

import re
from collections.abc import Iterator

from ml.contract.errors import InvalidSettings
from ml.contract.moments import ARRIVAL
from ml.contract.names import Kind
from ml.contract.schema import Column
from ml.contract.use_case import UseCase

#: When the values were true; every feature group needs such a feature.
EVENT_TIME = "event_time"

# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_FeatureDefinition.html
_NAME = re.compile(r"[a-zA-Z0-9]([_-]*[a-zA-Z0-9]){0,63}")
_RESERVED = {"is_deleted", "write_time", "api_invocation_time", EVENT_TIME}
_MOST_FEATURES = 2_500
_TYPES = {Kind.NUMBER: "Fractional", Kind.INTEGER: "Integral", Kind.YES_NO: "Integral"}


def feature_definitions(use_case: UseCase) -> dict[str, str]:
    """SageMaker's type of every feature that is known when a lead arrives, by name.

    Parameters
    ----------
    use_case : UseCase
        Its id comes first, then its columns in schema order, then the event's time.

    Raises
    ------
    InvalidSettings
        If a feature group cannot hold them; the message names the first column and the rule.

    Examples
    --------
    >>> from ml.use_cases.lead_conversion import LEAD_CONVERSION
    >>> definitions = feature_definitions(LEAD_CONVERSION)
    >>> definitions["prospect_id"], definitions["total_visits"], definitions["event_time"]
    ('String', 'Integral', 'String')
    """
    columns = (use_case.schema.id, *use_case.schema.features(ARRIVAL))
    for broken, message in _rules(columns):
        if broken:
            raise InvalidSettings(f"feature group of use case {use_case.name!r}: {message}")
    types = {column.name: _TYPES.get(column.kind, "String") for column in columns}
    return types | {EVENT_TIME: "String"}


def _rules(columns: tuple[Column, ...]) -> Iterator[tuple[bool, str]]:
    for column in columns:
        yield (
            column.name in _RESERVED,
            f"column {column.name!r} has a name that SageMaker keeps for itself; expected none "
            f"of {', '.join(sorted(_RESERVED))}: rename the column",
        )
        yield (
            not _NAME.fullmatch(column.name),
            f"column {column.name!r} is no name for a feature; expected at most 64 letters, "
            "digits and inner underscores of ASCII: rename the column",
        )
    count = len(columns) + 1
    yield (
        count > _MOST_FEATURES,
        f"it has {count:,} features; expected at most {_MOST_FEATURES:,}: drop columns",
    )
