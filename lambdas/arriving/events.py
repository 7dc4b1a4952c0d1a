"""S3's events, as EventBridge hands them on."""

from __future__ import annotations

import json

from ml.contract.errors import InvalidMessage
from ml.contract.messages import NewFile


def new_file(body: str) -> NewFile:
    """The file that an "Object Created" event is about.

    Parameters
    ----------
    body : str
        JSON of the event; S3 writes keys as they are, not percent-encoded as in its older events.

    Raises
    ------
    InvalidMessage
        If it is no such event.
    """
    try:
        detail = json.loads(body)["detail"]
        thing = detail["object"]
        found = {
            "bucket": detail["bucket"]["name"],
            "key": thing["key"],
            "version": thing.get("version-id", ""),
            "sequencer": thing["sequencer"],
            "size": thing.get("size", 0),
        }
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        kind = type(error).__name__
        raise InvalidMessage(
            f"the event is not EventBridge's of an S3 object ({kind}: {error}); "
            "check which rule feeds the queue"
        ) from None
    return NewFile.of(found)
