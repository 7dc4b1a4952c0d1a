"""The story of a lead: its scores over time, and what people said of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ml.contract.feedback import Feedback, FeedbackVerdict, in_force
from ml.contract.receipts import Receipt, new_receipt_id
from ml.ports import FeedbackStore, Receipts


@dataclass(frozen=True, kw_only=True)
class LeadStory:
    """What is known of one lead.

    Parameters
    ----------
    lead : str
    receipts : tuple of Receipt
        A page of its scores, newest first; none of a lead that was scored in files only.
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
    feedback : FeedbackStore
    settle : callable
        Waits for receipts that are about to be written.
    """

    def __init__(
        self, receipts: Receipts, feedback: FeedbackStore, settle: Callable[[], None]
    ) -> None:
        self._receipts, self._feedback, self._settle = receipts, feedback, settle

    def story(self, lead: str, *, before: str | None = None, most: int = 50) -> LeadStory | None:
        """A page of a lead's story; None for a lead of whom there is none.

        Parameters
        ----------
        lead : str
        before : str or None, default=None
            Id of the receipt that ended the page before.
        most : int, default=50
            Scores on a page.
        """
        said = self._feedback.of_leads([lead])
        if not (self._known(lead) or said):
            return None
        found = self._receipts.of_lead(lead, before=before, most=most + 1)
        return LeadStory(
            lead=lead,
            receipts=tuple(found[:most]),
            older=found[most - 1].id if len(found) > most else None,
            feedback=tuple(said),
            counts=in_force(said),
        )

    def receipt(self, receipt_id: str) -> Receipt | None:
        """One receipt; one that was given a moment ago is waited for."""
        found = self._receipts.find(receipt_id)
        if found is None:
            self._settle()
            found = self._receipts.find(receipt_id)
        return found

    def say(
        self,
        lead: str,
        rep: str,
        verdict: FeedbackVerdict,
        *,
        comment: str,
        about: str | None,
        in_file: bool = False,
    ) -> Feedback | None:
        """Keep what somebody says of a lead; None for a lead that nobody has scored.

        Parameters
        ----------
        lead, rep : str
        verdict : FeedbackVerdict
        comment : str
        about : str or None
            Id of the receipt of the score that it is about.
        in_file : bool, default=False
            Whether the caller saw the lead in a file that was scored: those leave no receipts.
        """
        if not (in_file or self._known(lead)):
            return None
        said = Feedback(
            id=new_receipt_id(), lead=lead, rep=rep, verdict=verdict, comment=comment,
            receipt_id=about,
        )  # fmt: skip
        return self._feedback.add(said)

    def counting(self, leads: list[str]) -> dict[str, dict[str, Feedback]]:
        """What counts of the feedback of many leads; only those of whom something was said."""
        by_lead: dict[str, list[Feedback]] = {}
        for said in self._feedback.of_leads(leads):
            by_lead.setdefault(said.lead, []).append(said)
        return {lead: in_force(said) for lead, said in by_lead.items()}

    def _known(self, lead: str) -> bool:
        """Whether the lead was scored; another process may be about to write that it was."""
        if self._receipts.of_lead(lead, most=1):
            return True
        self._settle()
        return bool(self._receipts.of_lead(lead, most=1))
