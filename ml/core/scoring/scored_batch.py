"""Scores of many clean rows, as a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import pyarrow as pa

from ml.contract.names import LINE
from ml.core.scored_table import JOINER
from ml.core.scoring.reasons import Reasons
from ml.core.scoring.scorer import Scorer
from ml.use_cases import find

SCORES = pa.schema(
    [
        (LINE, pa.int64()),
        ("score", pa.int32()),
        ("score_low", pa.int32()),
        ("score_high", pa.int32()),
        ("probability", pa.float64()),
        ("band", pa.string()),
        ("certainty", pa.string()),
        ("low_confidence", pa.bool_()),
        ("reasons_for", pa.string()),
        ("reasons_against", pa.string()),
    ]
)


def scored_batch(scorer: Scorer, batch: pa.RecordBatch, *, reasons: int = 0) -> pa.RecordBatch:
    """What scoring says of clean rows, beside their lines.

    Parameters
    ----------
    scorer : Scorer
    batch : RecordBatch
        Clean rows with their line numbers.
    reasons : int, default=0
        Reasons for and against to give with each score; they cost more than the score.

    Returns
    -------
    RecordBatch with the schema `SCORES`
    """
    predictions, sure = scorer.judge(batch)
    scores = scorer.scores(predictions)
    unknown = pa.nulls(batch.num_rows)
    why = scorer.reasons(batch, top=reasons) if reasons else []
    columns = {
        LINE: batch.column(LINE),
        "score": scores,
        "score_low": scorer.scores(sure.low) if sure else unknown,
        "score_high": scorer.scores(sure.high) if sure else unknown,
        "probability": predictions,
        "band": scorer.bands(scores),
        "certainty": sure.certainty if sure else unknown,
        "low_confidence": [bool(doubts) for doubts in scorer.low_confidence(batch)],
        "reasons_for": [_joined(found, up=True) for found in why] or unknown,
        "reasons_against": [_joined(found, up=False) for found in why] or unknown,
    }
    arrays = [pa.array(columns[field.name], field.type) for field in SCORES]
    return pa.RecordBatch.from_arrays(arrays, schema=SCORES)


def scored_apart(
    batches: Iterable[pa.RecordBatch],
    files: Mapping[str, bytes],
    *,
    use_case: str,
    version: str,
    package_sha256: str | None,
    reasons: int = 0,
) -> Iterator[pa.RecordBatch]:
    """The same in a process that has nothing but the package, opened if there are rows at all."""
    scorer: Scorer | None = None
    for batch in batches:
        scorer = scorer or Scorer.load(
            files, version=version, use_case=find(use_case), expected_sha256=package_sha256
        )
        yield scored_batch(scorer, batch, reasons=reasons)


def _joined(reasons: Reasons, *, up: bool) -> str | None:
    return JOINER.join(reason.text for reason in (reasons.up if up else reasons.down)) or None
