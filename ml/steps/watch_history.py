"""What watches found over time: each leaves its record in the lake, beside its report."""

from __future__ import annotations

import logging
from datetime import datetime

from pydantic import TypeAdapter, ValidationError

from ml.contract.errors import LeadwiseError
from ml.contract.moments import Moment
from ml.contract.names import Zone
from ml.contract.records import WatchRecord
from ml.ports import Lake
from ml.steps.lake_records import keep_record

_LOG = logging.getLogger(__name__)
_NAME = "watch.json"
_RECORDS = TypeAdapter(WatchRecord)


class BrokenWatch(LeadwiseError):
    """Raised when a file holds no record of a watch; one that cannot be reached is no such file."""


def watches_prefix(use_case: str, moment: Moment | str) -> str:
    """Where the watches of a use case and a moment lie in the lake, one folder each.

    Examples
    --------
    >>> watches_prefix("lead_conversion", "engaged")
    'drift/lead_conversion/engaged/'
    """
    return f"{Zone.DRIFT}/{use_case}/{moment}/"


def watch_folder(use_case: str, moment: Moment | str, at: datetime, run: str) -> str:
    """The folder of one watch; folders sort by time.

    Parameters
    ----------
    at : datetime
        When, in UTC.
    run : str
        The tracker's name of its run, which tells watches of one second apart.

    Examples
    --------
    >>> watch_folder("leads", "engaged", datetime(2026, 11, 22, 9, 30), "5f3c")
    'drift/leads/engaged/20261122-093000-5f3c'
    """
    return f"{watches_prefix(use_case, moment)}{at:%Y%m%d-%H%M%S}-{run}"


def keep_watch(lake: Lake, folder: str, record: WatchRecord) -> str:
    """Leave a record in its folder; its key."""
    return keep_record(lake, f"{folder}/{_NAME}", _RECORDS.dump_json(record, indent=1))


def past_watches(
    lake: Lake, use_case: str, moment: Moment | str, *, most: int = 100
) -> list[WatchRecord]:
    """The records of earlier watches, newest first.

    Parameters
    ----------
    lake : Lake
    use_case : str
    moment : Moment or str
    most : int, default=100
        Records to read at most.

    Returns
    -------
    list of WatchRecord
        Empty before the first watch. A file that cannot be read is left out and named in the log
        (`broken_watches` lists such files), as one broken file must not hide all others.
    """
    found: list[WatchRecord] = []
    for key in watch_keys(lake, use_case, moment):
        if len(found) == most:
            break
        try:
            found.append(read_watch(lake, key))
        except BrokenWatch as broken:
            _LOG.warning("%s", broken)
    return found


def broken_watches(lake: Lake, use_case: str, moment: Moment | str) -> list[str]:
    """Why records of watches cannot be read, a sentence each; empty where all can."""
    broken = []
    for key in watch_keys(lake, use_case, moment):
        try:
            read_watch(lake, key)
        except BrokenWatch as found:
            broken.append(str(found))
    return broken


def read_watch(lake: Lake, key: str) -> WatchRecord:
    """One record.

    Raises
    ------
    BrokenWatch
        Naming the file, if it holds no record of a watch.
    """
    text = lake.fetch(key).read_bytes()
    try:
        return _RECORDS.validate_json(text)
    except (ValidationError, LeadwiseError) as error:
        reason = str(error).splitlines()[0]
        raise BrokenWatch(
            f"{key} is no record of a watch ({reason}); look at it, and remove it from the lake"
        ) from None


def watch_keys(lake: Lake, use_case: str, moment: Moment | str) -> list[str]:
    """Keys of the records, the newest first."""
    found = lake.keys(watches_prefix(use_case, moment))
    return [key for key in reversed(found) if key.endswith(f"/{_NAME}")]
