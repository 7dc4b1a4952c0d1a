"""What scoring files needs from outside the web."""

from __future__ import annotations

from dataclasses import dataclass

from ml.ports import FileJobs
from ml.serving.lead_scorer import SampleLeads, ScoreFile


@dataclass(frozen=True, kw_only=True)
class FileWork:
    """Where jobs are kept, and who does them.

    Parameters
    ----------
    jobs : FileJobs
        Files that wait, are being scored or were; all worker processes share them.
    score_file : callable
        Scores a file into a Parquet table; importable in another process.
    sample : callable
        Makes a small CSV of made-up leads.
    """

    jobs: FileJobs
    score_file: ScoreFile
    sample: SampleLeads
