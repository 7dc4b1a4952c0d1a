"""The story of a lead: its scores over time, and what people said of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice

from ml.contract.access import Caller, Role
from ml.contract.feedback import Feedback, FeedbackKind, FeedbackVerdict, in_force
from ml.contract.receipts import Receipt, new_receipt_id
from ml.ports import FeedbackStore, Receipts
from ml.serving.file_receipts import FileReceipts

_SPANS = (timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), timedelta(days=31))
#: A moment that is over has ids before it.
_LATER = timedelta(seconds=1)


@dataclass(frozen=True, kw_only=True)
class LeadStory:
    """What is known of one lead.

    Parameters
    ----------
    lead : str
    receipts : tuple of Receipt
        A page of its scores, newest first; none where its file is no longer kept.
    older : str or None
        Id of the receipt before which the next page begins, None on the last page.
    feedback : tuple of Feedback
        All that was said, newest first.
    counts : dict of str to Feedback
        What of it counts: the last of each kind.
    """

    lead: str
    receipts: tuple[Receipt, ...]
    older: str | None
    feedback: tuple[Feedback, ...]
    counts: dict[str, Feedback]


class LeadHistory:
    """Reads and adds to the stories of leads; for threads, as its stores are files.

    Parameters
    ----------
    receipts : Receipts
        Of requests; whoever may look at leads sees them.
    files : FileReceipts
        Of files; whoever sent one sees them.
    feedback : FeedbackStore
    settle : callable
        Waits for receipts that are about to be written.
    """

    def __init__(
        self,
        receipts: Receipts,
        files: FileReceipts,
        feedback: FeedbackStore,
        settle: Callable[[], None],
    ) -> None:
        self._receipts, self._files = receipts, files
        self._feedback, self._settle = feedback, settle

    def story(
        self, lead: str, caller: Caller, *, before: str | None = None, most: int = 50
    ) -> LeadStory | None:
        """A page of a lead's story; None for a lead of whom there is none for the caller.

        Parameters
        ----------
        lead : str
        caller : Caller
        before : str or None, default=None
            Id of the receipt that ended the page before.
        most : int, default=50
            Scores on a page.
        """
        said = self._feedback.of_leads([lead])
        if not (self._known(lead, caller) or _speaks(caller, said)):
            return None
        found = self._scores(lead, caller, before, most + 1)
        return LeadStory(
            lead=lead,
            receipts=tuple(found[:most]),
            older=found[most - 1].id if len(found) > most else None,
            feedback=tuple(said),
            counts=in_force(said),
        )

    def receipt(self, receipt_id: str, caller: Caller) -> Receipt | None:
        """One receipt; one that was given a moment ago is waited for."""
        found = self._files.find(receipt_id, caller) or self._receipts.find(receipt_id)
        if found is None:
            self._settle()
            found = self._receipts.find(receipt_id)
        return found

    def source(self, receipt: Receipt) -> str:
        """Name of the file that a receipt is of; empty for a receipt of a request."""
        return self._files.source(receipt)

    def say(
        self,
        lead: str,
        caller: Caller,
        verdict: FeedbackVerdict,
        *,
        comment: str,
        about: str | None,
    ) -> Feedback | None:
        """Keep what somebody says of a lead; None for a lead of which they see no score.

        Parameters
        ----------
        lead : str
        caller : Caller
            Who says it.
        verdict : FeedbackVerdict
        comment : str
        about : str or None
            Id of the receipt of the score that it is about.
        """
        if not self._known(lead, caller):
            return None
        said = Feedback(
            id=new_receipt_id(), lead=lead, rep=caller.name, verdict=verdict, comment=comment,
            receipt_id=about,
        )  # fmt: skip
        return self._feedback.add(said)

    def asked(self, *, since: datetime, most: int) -> list[Receipt]:
        """The newest receipts of requests that name a lead, about `most` of them, oldest first.

        Parameters
        ----------
        since : datetime
            No older ones.
        most : int
        """
        found: list[Receipt] = []
        now = end = datetime.now(UTC) + _LATER
        for span in _SPANS:  # stores read forwards: a little of the end first
            start = max(since, now - span)
            found = [*islice(self._receipts.between(start, end), most), *found]
            end = start
            if len(found) >= most or start == since:
                break
        return [one for one in found if one.lead is not None]

    def done(self, *, since: datetime) -> dict[str, str]:
        """Leads that were worked, won or lost, and the id of the feedback that said so last."""
        said = self._feedback.between(since, datetime.now(UTC) + _LATER)
        return {one.lead: one.id for one in said if one.verdict.kind is FeedbackKind.PROGRESS}

    def _scores(self, lead: str, caller: Caller, before: str | None, most: int) -> list[Receipt]:
        """Receipts of requests and files as one history, newest first."""
        asked = self._receipts.of_lead(lead, before=before, most=most)
        filed = self._files.of_lead(lead, caller, before=before, most=most)
        return sorted([*asked, *filed], key=lambda one: one.id, reverse=True)[:most]

    def _known(self, lead: str, caller: Caller) -> bool:
        """Whether the caller sees a score; another process may be about to write one."""
        if self._scores(lead, caller, None, 1):
            return True
        self._settle()
        return bool(self._receipts.of_lead(lead, most=1))


def _speaks(caller: Caller, said: list[Feedback]) -> bool:
    """Whether feedback is the caller's to see though no score is kept any more."""
    return bool(said) and (
        caller.role >= Role.OPERATOR or any(one.rep == caller.name for one in said)
    )
