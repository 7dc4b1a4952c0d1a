"""Captured requests as rows: SageMaker Model Monitor calls `preprocess_handler` for each.

Its image decides the Python that runs this, so nothing here is newer than Python 3.7.
"""

from __future__ import annotations

import base64
import json
from typing import Any


def preprocess_handler(inference_record: Any) -> list[dict[str, Any]]:
    """The leads of one request, each as a flat row; none where the request held none.

    A request that was refused is captured as well: one that raised here would end the check.

    Parameters
    ----------
    inference_record : InferenceRecord
        Model Monitor's own: `endpoint_input.data` is the captured text.
    """
    return [
        {name: cell for name, cell in lead.items() if not isinstance(cell, (dict, list))}
        for lead in _leads(_document(inference_record.endpoint_input.data))
        if isinstance(lead, dict)
    ]


def _leads(document: Any) -> list[Any]:
    if not isinstance(document, dict):
        return []
    leads = document.get("leads", [document])
    return leads if isinstance(leads, list) else []


def _document(text: str) -> Any:
    for read in (str, _decoded):
        try:
            return json.loads(read(text))
        except ValueError:
            continue
    return None


def _decoded(text: str) -> str:
    return base64.b64decode(text, validate=True).decode()
