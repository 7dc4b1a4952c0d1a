"""S3 tells EventBridge of each object; moto does, but with one and the same sequencer for all."""

from __future__ import annotations

import itertools
import uuid
from typing import Any

from moto.s3 import notifications

from rehearsal.cloud.wiring import rules

_sequence = itertools.count(0x617F08299329D189)


def install() -> None:
    """Announce objects in moto's place, which keeps errors of that to itself."""
    notifications._send_event_bridge_message = _tell


def _tell(account_id: str, bucket: Any, event_name: str, key: Any) -> None:
    rules.say(
        account_id,
        bucket.region_name,
        {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": notifications._detail_type(event_name),
            "source": "aws.s3",
            "account": account_id,
            "time": rules.now(),
            "region": bucket.region_name,
            "resources": [bucket.arn],
            "detail": _detail(bucket, event_name, key),
        },
    )


def _detail(bucket: Any, event_name: str, key: Any) -> dict[str, Any]:
    return {
        "version": "0",
        "bucket": {"name": bucket.name},
        "object": {
            "key": key.name,
            "size": key.size,
            "etag": key.etag.replace('"', ""),
            "version-id": key.version_id,
            "sequencer": f"{next(_sequence):016X}",
        },
        "reason": event_name.split(":")[1],
    }
