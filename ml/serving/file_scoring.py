"""From an upload to a stored result."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ml.contract.faults import Rule
from ml.contract.requests.problems import Problem
from ml.contract.settings import ServeSettings
from ml.serving.lead_scorer import SampleLeads, ScoreFile
from ml.serving.result_store import TABLE, Result, ResultStore
from ml.serving.uploads import Upload, described, scratch

SAMPLE_NAME = "sample-leads.csv"


@dataclass(frozen=True, kw_only=True)
class FileScoring:
    """Scores files that people send.

    Parameters
    ----------
    store : ResultStore
    score_file : callable
        Scores a file into a Parquet table.
    sample : callable
        Makes a small CSV of made-up leads.
    settings : ServeSettings
        Limits.
    folder : Path
        Where unfinished files lie.
    """

    store: ResultStore
    score_file: ScoreFile
    sample: SampleLeads
    settings: ServeSettings
    folder: Path

    def score(self, upload: Upload, version: str) -> tuple[Result, bool]:
        """The result of a file, and whether it was there already.

        Raises
        ------
        InputRefused
            If the file as a whole cannot be read as leads.
        Problem
            413 if it has more lines than the page scores while a person waits.
        """
        self._refuse_long(upload)
        known = self.store.find(self._id(upload, version))
        if known:
            return known, True
        with scratch(self.folder) as place:
            unfinished = place / "result"
            unfinished.mkdir()
            record = self.score_file(upload.path, upload.name, unfinished / TABLE)
            result_id = self._id(upload, record.version)
            return self.store.publish(result_id, upload.name, record, unfinished), False

    def score_sample(self, version: str) -> tuple[Result, bool]:
        """The result of the sample leads."""
        with scratch(self.folder) as place:
            path = place / SAMPLE_NAME
            path.write_bytes(self.sample())
            return self.score(described(path, SAMPLE_NAME), version)

    def _id(self, upload: Upload, version: str) -> str:
        return self.store.id_of(
            upload.sha256, self.settings.use_case, self.settings.moment, version
        )

    def _refuse_long(self, upload: Upload) -> None:
        most = self.settings.upload_rows
        if upload.lines > most + 1:
            raise Problem.of(
                413,
                Rule.TOO_LARGE,
                f"the file has {upload.lines:,} lines; the page scores up to {most:,} leads",
                "send it in parts, or score it with `leadwise score`",
            )
