"""Investigations over time: each as a file of the lake, so that a page can show the newest."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256

from pydantic import TypeAdapter, ValidationError

from ml.contract.errors import LeadwiseError
from ml.contract.investigation import Investigation
from ml.contract.moments import Moment
from ml.contract.names import Zone
from ml.ports import Lake
from ml.steps.lake_records import keep_record

_KEPT = TypeAdapter(Investigation)


def investigations_prefix(use_case: str, moment: Moment | str) -> str:
    """Where the investigations of a model lie in the lake.

    Examples
    --------
    >>> investigations_prefix("lead_conversion", "engaged")
    'investigations/lead_conversion/engaged/'
    """
    return f"{Zone.INVESTIGATIONS}/{use_case}/{moment}/"


def keep_investigation(lake: Lake, found: Investigation) -> str:
    """Leave an investigation in the lake; its key. Keys sort by time, and equal ones are one."""
    content = _KEPT.dump_json(found, indent=1)
    at = datetime.fromisoformat(found.at).astimezone(UTC)
    name = f"{at:%Y%m%d-%H%M%S}-{sha256(content).hexdigest()[:8]}.json"
    return keep_record(lake, investigations_prefix(found.use_case, found.moment) + name, content)


def newest_investigation(lake: Lake, use_case: str, moment: Moment | str) -> Investigation | None:
    """The newest investigation that was kept; None before the first.

    Raises
    ------
    LeadwiseError
        Naming the file, if the newest holds no investigation.
    """
    keys = lake.keys(investigations_prefix(use_case, moment))
    if not keys:
        return None
    try:
        found = _KEPT.validate_json(lake.fetch(keys[-1]).read_bytes())
    except (ValidationError, LeadwiseError) as error:
        raise _no_investigation(keys[-1], str(error).splitlines()[0]) from None
    if not found.causes:
        raise _no_investigation(keys[-1], "it names no cause")
    return found


def _no_investigation(key: str, reason: str) -> LeadwiseError:
    return LeadwiseError(
        f"{key} is no record of an investigation ({reason}); look at it, and remove it from the "
        "lake"
    )
