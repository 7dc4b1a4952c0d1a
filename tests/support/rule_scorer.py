"""A scorer small enough to read, and what the score step does with it, in the small."""

import csv
import json
import math
import os
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ml.adapters.local_endpoint import LocalEndpoint
from ml.contract.errors import InputRefused, UntrustedPackage
from ml.contract.faults import Fault, Rule, Severity
from ml.contract.names import Step
from ml.contract.records import RowCount, ScoreRecord
from ml.contract.schema import header_key
from ml.core.scoring import package_sha256
from ml.core.scoring.bands import band_names
from ml.core.scoring.certainty import Certainty
from ml.core.scoring.scored import Reason, Scored
from ml.ports import Deployment, Progress
from ml.use_cases.lead_conversion import LEAD_CONVERSION

USE_CASE = LEAD_CONVERSION
MOMENT = USE_CASE.default_moment
MODEL = USE_CASE.model_name(MOMENT)
HEADER = tuple(c.source for c in (USE_CASE.schema.id, *USE_CASE.schema.features(MOMENT)))
_TIME, _EMAIL = "total_time_on_website", "do_not_email"


@dataclass(frozen=True)
class RuleScorer:
    """Scores by the time on the website alone; everything else as the contract asks."""

    version: str
    seconds_per_log_odds: float

    def score_record(self, cells: Mapping[str, object], *, reasons: int = 0) -> Scored:
        faults, odd, values = [], [], {}
        for key, cell in cells.items():
            column = USE_CASE.schema.by_header.get(header_key(key))
            if column is None:
                continue
            text = None if cell is None else str(cell)
            cleaned = column.clean(text)
            values[column.name] = cleaned.value
            if cleaned.fault:
                faults.append(_fault(cleaned.fault, column.source, text))
            if cleaned.warning:
                odd.append(_fault(cleaned.warning, column.source, text))
        if values.get(USE_CASE.schema.id.name) is None and not faults:
            faults.append(_fault(Rule.ID_MISSING, USE_CASE.schema.id.source, None))
        if faults:
            return Scored(
                prediction=None,
                score=None,
                band=None,
                moment=MOMENT.name,
                version=self.version,
                faults=tuple(faults),
            )
        return replace(self._score(values, reasons), warnings=tuple(odd))

    def _score(self, values: Mapping[str, Any], reasons: int) -> Scored:
        seconds = values.get(_TIME) or 0
        odds = seconds / self.seconds_per_log_odds - 1.2 - 2.0 * bool(values.get(_EMAIL))
        probability = 1 / (1 + math.exp(-max(-30, min(30, odds))))
        score = round(100 * probability)
        facts = [
            ("Time on the website", f"Time on the website: {seconds:,} s (typical: 248 s)", odds),
            ("Contact wishes", "Asked for no e-mail: yes", -2.0 * bool(values.get(_EMAIL))),
        ]
        why = [
            Reason(concept=concept, text=text, points=10 * effect, contribution=effect)
            for concept, text, effect in facts
        ]
        return Scored(
            prediction=probability,
            score=score,
            band=band_names(USE_CASE.bands, np.zeros(2))[score],
            moment=MOMENT.name,
            version=self.version,
            lead=values[USE_CASE.schema.id.name],
            interval=(probability - 0.05, probability + 0.05),
            score_interval=(max(score - 5, 0), min(score + 5, 100)),
            certainty=Certainty.OPEN,
            low_confidence=("More time than any lead in training",) * (seconds > 20_000),
            reasons_for=tuple(reason for reason in why if reason.points > 0)[:reasons],
            reasons_against=tuple(reason for reason in why if reason.points < 0)[:reasons],
        )


def _fault(rule: Rule, column: str, value: str | None) -> Fault:
    return Fault(
        rule=rule,
        severity=Severity.ROW,
        column=column,
        value=value,
        message=f"{value!r} breaks the rule {rule}",
        hint="correct the cell",
    )


def load(deployment: Deployment) -> RuleScorer:
    try:
        given = json.loads(deployment.files["scorer.json"])
    except ValueError:
        raise UntrustedPackage(f"version {deployment.version} is not what it should be") from None
    return RuleScorer(deployment.version, given["seconds_per_log_odds"])


def score_file(
    home: Path, source: Path, name: str, output: Path, reasons: int, progress: Progress
) -> ScoreRecord:
    """What the score step does, in the small: every row of a CSV comes out with a status.

    A lead whose country is a number takes as many seconds; one from `Nowhere` ends the process.
    """
    deployment = LocalEndpoint(home / "serving").current(MODEL)
    assert deployment is not None
    scorer, seen, rows = load(deployment), set[tuple[str, ...]](), []
    with source.open(newline="", encoding="utf-8-sig") as text:
        reader = csv.reader(text)
        header = next(reader, [])
        _refuse(header, name)
        progress.start(Step.SCORE, source.read_bytes().count(b"\n") - 1)
        for line, cells in enumerate(reader, start=2):
            repeated = tuple(cells) in seen
            seen.add(tuple(cells))
            row = dict(zip(header, cells, strict=True))
            _linger(row)
            rows.append(_scored_row(scorer, line, row, repeated, reasons))
            progress.advance()
    pq.write_table(pa.Table.from_pylist(rows, _table_schema(header)), output)
    return _record(output, deployment, rows)


def _linger(row: Mapping[str, str]) -> None:
    country = row["Country"]
    if country == "Nowhere":
        os._exit(9)
    if country.replace(".", "", 1).isdigit():
        time.sleep(float(country))


def _refuse(header: list[str], name: str) -> None:
    missing = [column for column in HEADER if column not in header]
    if missing:
        shown = ", ".join(missing[:3])
        message = f"{name} lacks {len(missing)} columns, first {shown}"
        hint = "add the columns; their cells may be empty"
        fault = Fault(rule=Rule.MISSING_COLUMN, severity=Severity.FILE, message=message, hint=hint)
        raise InputRefused([fault])


def _scored_row(
    scorer: RuleScorer, line: int, row: dict[str, str], repeated: bool, reasons: int
) -> dict[str, Any]:
    scored = scorer.score_record(row, reasons=reasons)
    said = [Fault(**{**vars(fault), "line": line}).sentence() for fault in scored.faults]
    status = "duplicate" if repeated else "needs_attention" if said else "scored"
    ours: dict[str, Any] = {"line_number": line, "status": status, "attention": " · ".join(said)}
    if status == "scored":
        ours |= {
            "score": scored.score,
            "score_low": scored.score_interval[0],
            "score_high": scored.score_interval[1],
            "probability": scored.prediction,
            "band": scored.band,
            "certainty": scored.certainty,
            "low_confidence": bool(scored.low_confidence),
            "reasons_for": " · ".join(reason.text for reason in scored.reasons_for),
            "reasons_against": " · ".join(reason.text for reason in scored.reasons_against),
        }
    return {**ours, **row}


def _table_schema(header: list[str]) -> pa.Schema:
    ours = [
        ("line_number", pa.int64()),
        ("status", pa.string()),
        ("score", pa.int64()),
        ("score_low", pa.int64()),
        ("score_high", pa.int64()),
        ("probability", pa.float64()),
        ("band", pa.string()),
        ("certainty", pa.string()),
        ("low_confidence", pa.bool_()),
        ("reasons_for", pa.string()),
        ("reasons_against", pa.string()),
        ("attention", pa.string()),
    ]
    return pa.schema([*ours, *((name, pa.string()) for name in header)])


def _record(output: Path, deployment: Deployment, rows: list[dict[str, Any]]) -> ScoreRecord:
    statuses = Counter(row["status"] for row in rows)
    return ScoreRecord(
        output=str(output),
        model=MODEL,
        version=deployment.version,
        package_sha256=package_sha256(deployment.files),
        moment=MOMENT.name,
        rows=RowCount(
            received=len(rows),
            accepted=statuses["scored"],
            quarantined=statuses["needs_attention"],
            deduplicated=statuses["duplicate"],
        ),
        bands=dict(Counter(row["band"] for row in rows if row["status"] == "scored")),
    )
