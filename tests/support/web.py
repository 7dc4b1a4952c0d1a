"""The web server under test: real HTTP, real files, and a scorer small enough to read."""

import csv
import json
import math
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import uvicorn
from fastapi import FastAPI

from ml.adapters.local_endpoint import LocalEndpoint
from ml.contract.errors import InputRefused, UntrustedPackage
from ml.contract.faults import Fault, Rule, Severity
from ml.contract.records import RowCount, ScoreRecord
from ml.contract.schema import header_key
from ml.contract.settings import ServeSettings
from ml.core.scoring.bands import band_names
from ml.core.scoring.certainty import Certainty
from ml.core.scoring.scored import Reason, Scored
from ml.ports import Deployment
from ml.serving.access.guarding import Access
from ml.serving.app import create_app
from ml.use_cases.lead_conversion import LEAD_CONVERSION
from tests.support import processes

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
        faults, values = [], {}
        for key, cell in cells.items():
            column = USE_CASE.schema.by_header.get(header_key(key))
            if column is None:
                continue
            text = None if cell is None else str(cell)
            cleaned = column.clean(text)
            values[column.name] = cleaned.value
            if cleaned.fault:
                faults.append(_fault(cleaned.fault, column.source, text))
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
        return self._score(values, reasons)

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


def deploy(home: Path, version: str, *, seconds: float = 500, content: bytes | None = None) -> None:
    files = {
        "manifest.json": f'{{"version": "{version}"}}'.encode(),
        "scorer.json": content or json.dumps({"seconds_per_log_odds": seconds}).encode(),
    }
    LocalEndpoint(home / "serving").deploy(Deployment(model=MODEL, version=version, files=files))


def score_file(home: Path) -> Callable[[Path, str, Path], ScoreRecord]:
    """What the score step does, in the small: every row of a CSV comes out with a status."""

    def score(source: Path, name: str, output: Path) -> ScoreRecord:
        deployment = LocalEndpoint(home / "serving").current(MODEL)
        assert deployment is not None
        scorer, seen, rows = load(deployment), set[tuple[str, ...]](), []
        with source.open(newline="", encoding="utf-8-sig") as text:
            reader = csv.reader(text)
            header = next(reader, [])
            _refuse(header, name)
            for line, cells in enumerate(reader, start=2):
                repeated = tuple(cells) in seen
                seen.add(tuple(cells))
                row = dict(zip(header, cells, strict=True))
                rows.append(_scored_row(scorer, line, row, repeated))
        pq.write_table(pa.Table.from_pylist(rows, _table_schema(header)), output)
        return _record(output, deployment.version, rows)

    return score


def _refuse(header: list[str], name: str) -> None:
    missing = [column for column in HEADER if column not in header]
    if missing:
        shown = ", ".join(missing[:3])
        message = f"{name} lacks {len(missing)} columns, first {shown}"
        hint = "add the columns; their cells may be empty"
        fault = Fault(rule=Rule.MISSING_COLUMN, severity=Severity.FILE, message=message, hint=hint)
        raise InputRefused([fault])


def _scored_row(
    scorer: RuleScorer, line: int, row: dict[str, str], repeated: bool
) -> dict[str, Any]:
    scored = scorer.score_record(row, reasons=3)
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


def _record(output: Path, version: str, rows: list[dict[str, Any]]) -> ScoreRecord:
    statuses = Counter(row["status"] for row in rows)
    return ScoreRecord(
        output=str(output),
        model=MODEL,
        version=version,
        moment=MOMENT.name,
        rows=RowCount(
            received=len(rows),
            accepted=statuses["scored"],
            quarantined=statuses["needs_attention"],
            deduplicated=statuses["duplicate"],
        ),
        bands=dict(Counter(row["band"] for row in rows if row["status"] == "scored")),
    )


def lead_row(number: int, **cells: str) -> dict[str, str]:
    """A lead by header; `cells` by column name."""
    usual = {column.name: "" for column in USE_CASE.schema.features(MOMENT)} | {
        "prospect_id": f"lead-{number:04d}",
        "lead_origin": "API",
        "lead_source": "Google",
        "do_not_email": "No",
        "total_visits": str(number % 7),
        "total_time_on_website": str((number * 137) % 1900),
        "page_views_per_visit": "1.5",
    }
    return {USE_CASE.schema[name].source: cell for name, cell in (usual | cells).items()}


def csv_of(rows: list[dict[str, str]]) -> bytes:
    from io import StringIO

    text = StringIO(newline="")
    writer = csv.DictWriter(text, HEADER)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def sample() -> bytes:
    return csv_of([lead_row(number) for number in range(40)])


def app(home: Path, *, access: Access | None = None, **settings: int) -> FastAPI:
    """What uvicorn serves in these tests."""
    given = ServeSettings(home=str(home), use_case=USE_CASE.name, moment=MOMENT.name, **settings)
    return create_app(
        use_case=USE_CASE,
        moment=MOMENT,
        endpoint=LocalEndpoint(home / "serving"),
        load=load,
        score_file=score_file(home),
        sample=sample,
        settings=given,
        access=access,
    )


@contextmanager
def server(home: Path, *, access: Access | None = None, **settings: int) -> Iterator[str]:
    """Run uvicorn in a thread until the block ends; its address."""
    port = processes.free_port()
    config = uvicorn.Config(app(home, access=access, **settings), port=port, log_level="warning")
    running = uvicorn.Server(config)
    thread = Thread(target=running.run)
    thread.start()
    try:
        while not running.started:
            assert thread.is_alive(), "the server ended before it was ready"
            time.sleep(0.01)
        yield f"http://127.0.0.1:{port}"
    finally:
        running.should_exit = True
        thread.join(timeout=30)
