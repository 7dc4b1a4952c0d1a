"""Receipts of late: how many a day, and whether their scores come out again."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from datetime import datetime, timedelta

from ml.contract.receipts import Receipt
from ml.core.investigating import Answered
from ml.core.scoring import Scorer
from ml.ports import Receipts

#: Days of receipts that are counted, and receipts that are scored again.
_DAYS, _REPLAYED = 8, 200
#: Clocks of servers differ by less.
_SKEW = timedelta(minutes=5)
#: What a score may differ by on a machine with another processor.
_SAME = 1e-9


def late_receipts(
    receipts: Receipts, *, model: str, scorer: Scorer | None, stamp: str, now: datetime
) -> Answered:
    """What the receipts of the last days say of one model.

    Parameters
    ----------
    model : str
        Its name; a home may serve several.
    scorer : Scorer or None
        Of the package in force; without it nothing is scored again.
    stamp : str
        SHA-256 of that package.
    now : datetime
        The clock.
    """
    days, ahead = [0] * _DAYS, 0
    kept: deque[Receipt] = deque(maxlen=_REPLAYED)
    for receipt in receipts.between(now - timedelta(days=_DAYS), now + timedelta(days=365)):
        if receipt.model != model:
            continue
        if receipt.at > now + _SKEW:
            ahead += 1
        else:
            ago = (now - receipt.at) // timedelta(days=1)
            days[-1 - min(max(ago, 0), _DAYS - 1)] += 1
        if receipt.package_sha256 == stamp:
            kept.append(receipt)
    again = [] if scorer is None else [*_differing(scorer, kept)]
    return Answered(by_day=tuple(days), ahead=ahead, replayed=len(again), other_score=sum(again))


def _differing(scorer: Scorer, receipts: deque[Receipt]) -> Iterator[bool]:
    for receipt in receipts:
        again = scorer.score_record(receipt.cells)
        same = (
            again.prediction is not None
            and abs(again.prediction - receipt.prediction) <= _SAME
            and again.score == receipt.score
        )
        yield not same
