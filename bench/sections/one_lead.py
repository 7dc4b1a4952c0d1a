"""One lead in process: from raw cells to a score, and from a request to its answer."""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from bench.context import Context
from bench.leads import clean_records, raw_records
from bench.peers.pipeline import Peer
from bench.processes import measured
from bench.results import Check, Findings, Table

_MOST_MICROSECONDS = 100
#: Of `bench.one_request`.
_PARTS = {
    "json": "JSON read, doubts refused",
    "lead": "keys and types of a lead",
    "score": "cleaned, encoded, scored",
    "answer": "JSON written",
    "bare": "the whole application: gate, admission, headers, figures, and all of the above",
    "receipts": "the same, with a receipt and its place in the queue",
    "key": "the same, with an API key and a limit of requests",
}


def measure(context: Context) -> Findings:
    """Microseconds per lead, ours and the scikit-learn pipeline's in turns."""
    count = context.size(5_000, 300)
    few = count // 10
    raw, clean = raw_records(context, count), clean_records(context, few)
    scorer, peer = context.scorer, Peer.of(context)
    ways: dict[str, tuple[Callable[[Mapping[str, object]], object], list[dict[str, object]]]] = {
        "Leadwise: raw cells, cleaned and scored": (scorer.score_record, raw),
        "Leadwise, with three reasons each way": (
            lambda lead: scorer.score_record(lead, reasons=3), raw[: 2 * few],
        ),
        "scikit-learn pipeline on a one-row frame, cells already clean": (peer.score, clean),
    }  # fmt: skip
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(2):
        for name, (score, leads) in ways.items():
            taken[name] += _microseconds(score, leads)
    ours, _, theirs = (float(np.median(one)) for one in taken.values())
    return Findings(
        data=f"{count:,} synthetic leads of {len(raw[0])} raw fields (seed 11), the model that "
        f"`leadwise run` chose on synthetic leads ({scorer.manifest.estimator}, moment engaged), "
        "one thread, two rounds in turns.",
        tables=(
            Table(
                title="Microseconds per lead",
                columns=("way", "leads", "p50", "p99"),
                rows=tuple(_row(name, values) for name, values in taken.items()),
            ),
            _request(context, raw[:200]),
        ),
        checks=(
            Check(figure="one lead in process, p50", measured=round(ours, 1), unit="µs",
                  at_most=_MOST_MICROSECONDS),
        ),
        notes=(
            f"The pipeline takes {theirs / ours:,.0f} times as long at the median.",
            "A request without HTTP: CPU time of the thread that answers, in the quietest of nine "
            "turns; receipts are written in another thread.",
        ),
    )  # fmt: skip


def _request(context: Context, leads: Sequence[Mapping[str, object]]) -> Table:
    bodies = context.scratch / "one-request-bodies"
    bodies.write_text("\n".join(json.dumps(lead) for lead in leads))
    command = (sys.executable, "-m", "bench.one_request", context.trained, bodies)
    found: dict[str, float] = measured(command).answer
    return Table(
        title="Microseconds of a request without HTTP",
        columns=("part", "CPU time"),
        rows=tuple((said, found[name]) for name, said in _PARTS.items()),
    )


def _microseconds(
    score: Callable[[Mapping[str, object]], object], leads: Iterable[Mapping[str, object]]
) -> list[float]:
    gc.collect()
    taken = []
    for lead in leads:
        began = time.perf_counter_ns()
        score(lead)
        taken.append((time.perf_counter_ns() - began) / 1_000)
    return taken


def _row(name: str, values: list[float]) -> tuple[str, int, float, float]:
    p50, p99 = np.percentile(pd.Series(values), [50, 99])
    return name, len(values), float(p50), float(p99)
