"""What the server asks of a scorer and of the step that scores a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from ml.contract.faults import Fault
from ml.contract.records import ScoreRecord
from ml.ports import Deployment, Progress


class ScoredLead(Protocol):
    """One lead after scoring: a score, or the faults that kept it from one."""

    @property
    def faults(self) -> Sequence[Fault]:
        """Why the lead could not be scored; empty for a scored lead."""

    @property
    def warnings(self) -> Sequence[Fault]:
        """What is odd about the lead, though it was scored."""

    def to_dict(self) -> dict[str, Any]:
        """Prediction, score, band, reasons, faults and warnings as JSON values."""


class LeadScorer(Protocol):
    """Scores one lead in process."""

    def score_record(self, cells: Mapping[str, object], *, reasons: int = 0) -> ScoredLead:
        """Score a lead given by column name or source header; `reasons` for and against."""


#: Builds the scorer of a package; raises LeadwiseError when the package is not to be trusted.
LoadScorer = Callable[[Deployment], LeadScorer]

#: (file, its name for people, Parquet to write, reasons for each row, who hears how far it is)
#: -> where every row went. Raises InputRefused when the file as a whole cannot be read as leads.
ScoreFile = Callable[[Path, str, Path, int, Progress], ScoreRecord]

#: A small CSV of made-up leads, for people who want to look before they upload.
SampleLeads = Callable[[], bytes]
