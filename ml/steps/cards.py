"""Model cards: written when a version is judged, and kept in the lake."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from ml.contract.modelling import BinaryTask
from ml.contract.names import Role
from ml.contract.records import SnapshotRecord
from ml.contract.use_case import UseCase
from ml.core.model_card import CardSources, card_page, model_card
from ml.core.reliability import ReliabilityBin, reliability
from ml.ports import ModelVersion, Runtime
from ml.steps.judgement import Judgement
from ml.steps.kept_cards import JSON, PAGE, cards_prefix
from ml.steps.run_files import write

#: Pictures of a card, and what stands below them.
_CAPTIONS = {
    "reliability.png": "How often it happens, by what was predicted",
    "gain.png": "How much of what happens is among the best leads",
    "roc.png": "Hits against false alarms at every threshold",
    "ratings.png": "Predicted and real ratings",
    "errors.png": "How far predictions were off",
}


def card_files(runtime: Runtime, judged: Judgement) -> dict[str, bytes]:
    """A card as page and JSON, by file name."""
    case, version = judged.examined.use_case, judged.version
    sources = CardSources(
        use_case=case,
        moment=judged.examined.moment,
        train=judged.train,
        verdict=judged.verdict,
        split=judged.split,
        snapshot=_snapshot(runtime, case, version),
        period=_period(case, judged.examined.taught()),
        outcome=float(judged.found.outcome.mean()),
        traits=judged.found.traits,
        reliability=_reliability(judged),
        lineage=version.tags,
        made_at=runtime.now(),
    )
    card = model_card(sources)
    pictures = {
        words: judged.plots[name] for name, words in _CAPTIONS.items() if name in judged.plots
    }
    page = card_page(card, pictures).encode()
    return {PAGE: page, JSON: json.dumps(card, indent=1, allow_nan=False).encode()}


def keep_card(runtime: Runtime, judged: Judgement, files: Mapping[str, bytes]) -> str:
    """Keep a card in the lake; the key of its page. A version has one for each judgement."""
    prefix = cards_prefix(judged.examined.use_case, judged.examined.moment)
    at = runtime.now().strftime("%Y%m%dT%H%M%S%f")
    folder = f"{prefix}{judged.version.version}/{at}"
    with runtime.lake.scratch() as scratch:
        for file in write(files, scratch):
            runtime.lake.publish(f"{folder}/{file.name}", file)
    return f"{folder}/{PAGE}"


def _reliability(judged: Judgement) -> tuple[ReliabilityBin, ...]:
    """Of usable probabilities; a rating has none."""
    found = judged.found
    if found.unusable or not isinstance(judged.examined.use_case.task, BinaryTask):
        return ()
    return reliability(found.outcome, found.predicted)


def _snapshot(runtime: Runtime, case: UseCase, version: ModelVersion) -> SnapshotRecord | None:
    """What the model learnt from, if it is still kept under a tag."""
    wanted = version.tags.get("snapshot_hash")
    kept = (one for one in runtime.snapshots.all(case.name) if one.canonical_hash == wanted)
    return next(kept, None)


def _period(case: UseCase, taught: pa.Table) -> tuple[date, date] | None:
    """First and last day of rows, where they have days."""
    for column in case.schema.with_role(Role.TIME):
        if column.name in taught.column_names and taught[column.name].null_count < len(taught):
            ends = pc.min_max(taught[column.name]).as_py()
            return ends["min"], ends["max"]
    return None
