"""What a server remembers of its scores: receipts, feedback, and answers under their keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from ml.contract.moments import Moment
from ml.contract.settings import ServeSettings
from ml.contract.use_case import UseCase
from ml.ports import FeedbackStore, KeptAnswers, Receipts
from ml.serving.capture import Capture, Record, no_receipt
from ml.serving.file_receipts import FileReceipts
from ml.serving.idempotency import RETENTION, Once
from ml.serving.lead_history import LeadHistory
from ml.serving.receipt_maker import ReceiptMaker
from ml.serving.replay import FetchPackage
from ml.serving.result_store import ResultStore
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
    told : callable
        Hears how many receipts were "written" or "dropped".
    results : ResultStore
        Scored files, whose rows are receipts, too.
    """

    def __init__(
        self,
        use_case: UseCase,
        moment: Moment,
        settings: ServeSettings,
        stores: Stores,
        told: Callable[[str, int], None],
        results: ResultStore,
    ) -> None:
        age, most = timedelta(days=settings.receipts_days), settings.receipts_waiting
        self.maker = ReceiptMaker(use_case, moment)
        self.capture = Capture(stores.receipts, self.maker, most=most, told=told)
        self.record: Record = self.capture.record if most else no_receipt
        self.once = Once(stores.answers, self.capture, self.record, self.maker)
        self.history = LeadHistory(
            stores.receipts,
            FileReceipts(use_case, results),
            stores.feedback,
            self.capture.settle,
        )
        self.package = stores.package
        forgetting = Retention(
            [
                Kept(stores.receipts, age),
                Kept(stores.feedback, age),
                Kept(stores.answers, RETENTION),
            ]
        )
        #: What lives as long as the process: nothing where nothing is kept.
        self.lifetimes = [forgetting.running, self.capture.running] if most else []
