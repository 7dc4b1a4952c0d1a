"""Model cards: written when a version is judged, kept in the lake, found by version."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from ml.contract.errors import StepMissing, UnknownName
from ml.contract.moments import Moment
from ml.contract.names import Role, Step, Zone
from ml.contract.records import SnapshotRecord
from ml.contract.use_case import UseCase
from ml.core.model_card import CardSources, card_page, model_card
from ml.ports import Lake, ModelVersion, Runtime
from ml.steps.judgement import Judgement
from ml.steps.run_files import write

PAGE, JSON = "card.html", "card.json"

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
    prefix = _prefix(judged.examined.use_case, judged.examined.moment)
    at = runtime.now().strftime("%Y%m%dT%H%M%S%f")
    folder = f"{prefix}{judged.version.version}/{at}"
    with runtime.lake.scratch() as scratch:
        for file in write(files, scratch):
            runtime.lake.publish(f"{folder}/{file.name}", file)
    return f"{folder}/{PAGE}"


def latest_card(lake: Lake, use_case: UseCase, moment: Moment, version: str | None) -> str:
    """Key of the page of a version's last card; of the last card of all for None.

    Raises
    ------
    StepMissing
        If no version was judged yet.
    UnknownName
        Listing the versions that have a card.
    """
    prefix = _prefix(use_case, moment)
    of = {
        key: key.removeprefix(prefix).split("/")
        for key in lake.keys(prefix)
        if key.endswith(f"/{PAGE}")
    }
    if not of:
        raise StepMissing("card", Step.EVALUATE)
    found = [key for key, (judged, *_) in of.items() if version in (None, judged)]
    if not found:
        known = sorted({judged for judged, *_ in of.values()}, key=lambda name: (len(name), name))
        raise UnknownName("version with a card", str(version), known)
    return max(found, key=lambda key: of[key][1])


def _prefix(use_case: UseCase, moment: Moment) -> str:
    return f"{Zone.MODELS}/{use_case.name}/{moment}/"


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
