"""Records that steps leave in the lake, each as a small file."""

from __future__ import annotations

from ml.ports import Lake


def keep_record(lake: Lake, key: str, content: bytes) -> str:
    """Leave a record under its key, all or nothing; the key. What is there already stays."""
    with lake.scratch() as scratch:
        file = scratch / "record"
        file.write_bytes(content)
        lake.publish(key, file)
    return key
