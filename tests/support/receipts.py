"""Receipts and feedback for tests, with times of their own."""

from datetime import UTC, datetime, timedelta

from ml.contract.feedback import Feedback, FeedbackVerdict
from ml.contract.receipts import Receipt, first_id
from ml.core.scoring.inputs import KeptCells, inputs_sha256

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def id_at(seconds: float, tail: int = 0) -> str:
    """An id of a time after START."""
    return f"{first_id(START + timedelta(seconds=seconds))[:20]}{tail:012x}"


def receipt(seconds: float, lead: str | None = "lead-1", *, tail: int = 0, **words) -> Receipt:
    cells = {"prospect_id": lead, "total_visits": 3, "city": 'Mün"chen', "do_not_email": None}
    usual = {
        "use_case": "lead_conversion", "moment": "engaged", "model": "lead_conversion-engaged",
        "version": "7", "package_sha256": "ab" * 32, "cells": KeptCells(cells),
        "inputs_sha256": inputs_sha256(cells), "prediction": 0.1 + 0.2, "score": 30, "band": "Cold",
    }  # fmt: skip
    return Receipt(id=id_at(seconds, tail), lead=lead, **(usual | words))


def feedback(seconds: float, verdict: str = "up", lead: str = "lead-1", **words) -> Feedback:
    said = {"rep": "ana"} | words
    return Feedback(id=id_at(seconds), lead=lead, verdict=FeedbackVerdict(verdict), **said)
