"""What a server remembers of its scores: receipts, feedback, and answers under their keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from ml.contract.moments import Moment
from ml.contract.settings import ServeSettings
from ml.contract.use_case import UseCase
from ml.ports import FeedbackStore, KeptAnswers, Receipts
from ml.serving.capture import Capture
from ml.serving.idempotency import RETENTION, Once
from ml.serving.lead_history import LeadHistory
from ml.serving.receipt_maker import ReceiptMaker
from ml.serving.replay import FetchPackage
from ml.serving.retention import Kept, Retention


@dataclass(frozen=True, kw_only=True)
class Stores:
    """Where it is kept.

    Parameters
    ----------
    receipts : Receipts
    feedback : FeedbackStore
    answers : KeptAnswers
    package : callable
        Finds the package that a receipt names.
    """

    receipts: Receipts
    feedback: FeedbackStore
    answers: KeptAnswers
    package: FetchPackage


class Keeping:
    """The parts of a worker process that remember.

    Parameters
    ----------
    use_case : UseCase
    moment : Moment
    settings : ServeSettings
        How many receipts may wait, and how long they are kept.
    stores : Stores
    """

    def __init__(
        self, use_case: UseCase, moment: Moment, settings: ServeSettings, stores: Stores
    ) -> None:
        age = timedelta(days=settings.receipts_days)
        self.maker = ReceiptMaker(use_case, moment)
        self.capture = Capture(stores.receipts, self.maker, most=settings.receipts_waiting)
        self.once = Once(stores.answers, self.capture, self.maker)
        self.history = LeadHistory(stores.receipts, stores.feedback, self.capture.settle)
        self.package = stores.package
        self.retention = Retention(
            [
                Kept(stores.receipts, age),
                Kept(stores.feedback, age),
                Kept(stores.answers, RETENTION),
            ]
        )
