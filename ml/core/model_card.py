"""The model card: what a version is for, how good it is, what it was made of and where it ends.

After Mitchell et al., "Model Cards for Model Reporting", FAT* 2019.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from ml.contract.modelling import BinaryTask
from ml.contract.moments import Moment
from ml.contract.names import Role, Score, Trait
from ml.contract.records import JsonObject, SnapshotRecord, SplitRecord, TrainRecord, Verdict
from ml.contract.use_case import UseCase
from ml.core.comparison import Measured
from ml.core.figure_words import FIGURE_WORDS, sentence
from ml.core.reliability import ReliabilityBin
from ml.core.reports import page

#: What the families that were tried are compared by, where their task has it.
_COMPARED = (
    Score.ROC_AUC, Score.F1, Score.PRECISION_AT_10, Score.LOG_LOSS, Score.ECE, Score.SPEARMAN,
    Score.MAE,
)  # fmt: skip

#: Metrics that are no share, for which a scale from 0 to 1 says nothing.
_UNBOUNDED = {Score.LIFT_AT_10, Score.LOG_LOSS, Score.SPEARMAN, Score.MAE, Score.RMSE}


@dataclass(frozen=True, kw_only=True)
class CardSources:
    """What a card is written from.

    Parameters
    ----------
    use_case, moment : UseCase, Moment
    train, verdict : TrainRecord, Verdict
        How the version came to be, and what the test rows said of it.
    split : SplitRecord
        Which rows taught and which judged.
    snapshot : SnapshotRecord or None
        What they were divided from; None where it is known no more.
    period : (date, date) or None
        First and last day of the rows that taught, where they have days.
    outcome : float
        Mean outcome of the test rows: the share of events, or the mean rating.
    traits : mapping of Trait to Measured
        What was measured beside metrics.
    reliability : tuple of ReliabilityBin
        How often it happened, by what was predicted; none where there are no probabilities.
    lineage : mapping of str to str
        Tags of the registered version: code, libraries, hashes.
    made_at : datetime
    """

    use_case: UseCase
    moment: Moment
    train: TrainRecord
    verdict: Verdict
    split: SplitRecord
    snapshot: SnapshotRecord | None
    period: tuple[date, date] | None
    outcome: float
    traits: Mapping[Trait, Measured] = field(default_factory=dict)
    reliability: tuple[ReliabilityBin, ...] = ()
    lineage: Mapping[str, str] = field(default_factory=dict)
    made_at: datetime


def model_card(sources: CardSources) -> JsonObject:
    """The card as JSON-ready values.

    Returns
    -------
    dict
        Keys: model, version, made_at, purpose, verdict, figures, against_champion, gates,
        reliability, columns, data, training, leakage, invariances, limits, lineage.
    """
    train, verdict = sources.train, sources.verdict
    card: JsonObject = {
        "model": train.model,
        "version": train.version,
        "made_at": sources.made_at.isoformat(timespec="seconds"),
        "purpose": _purpose(sources),
        "verdict": {
            "approved": verdict.approved,
            "champion": verdict.champion,
            "reason": verdict.reason,
        },
        "figures": _figures(verdict),
        "against_champion": asdict(verdict.against_champion) if verdict.against_champion else None,
        "gates": [asdict(gate) for gate in verdict.gates],
        "reliability": [asdict(one) for one in sources.reliability],
        "columns": _columns(sources),
        "data": _data(sources),
        "training": _training(train),
        "leakage": _measured(sources, Trait.LEAKS),
        "invariances": _measured(sources, Trait.BROKEN_INVARIANCES),
        "limits": list(_limits(sources)),
        "lineage": {
            **sources.lineage,
            "package_sha256": train.package_sha256,
            "run_id": train.run_id,
        },
    }
    return {name: _plain(value) for name, value in card.items()}


def _plain(value: Any) -> Any:
    """The same without numbers that JSON has no word for."""
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def card_page(card: JsonObject, pictures: Mapping[str, bytes]) -> str:
    """A card as one HTML document.

    Parameters
    ----------
    card : dict
        As `model_card` gives it, or as it is read back from JSON.
    pictures : mapping of str to bytes
        PNG by caption.
    """
    title = f"{card['purpose']['title']}, {card['purpose']['moment']}: version {card['version']}"
    families = card["training"]["families"].values()
    return page(
        title,
        "card.html",
        card=card,
        pictures=pictures,
        heaviest=max((one["importance"] or 0.0 for one in card["columns"]), default=0.0),
        compared=[name for name in _COMPARED if any(name in figures for figures in families)],
    )


def _purpose(sources: CardSources) -> JsonObject:
    case, task = sources.use_case, sources.use_case.task
    says = (
        f"the probability that the {case.entity} {task.event}"
        if isinstance(task, BinaryTask)
        else f"a rating of the {case.entity}, judged by its rank"
    )
    return {
        "use_case": case.name,
        "title": case.title,
        "entity": case.entity,
        "predicts": says,
        "moment": sources.moment.name,
        "moment_meaning": sources.moment.meaning,
        "bands": [{"name": band.name, "advice": band.advice} for band in case.bands],
    }


def _figures(verdict: Verdict) -> list[JsonObject]:
    """Each metric with its interval, and the champion's on the same rows."""
    beside = verdict.champion_intervals
    return [
        {
            "score": name,
            "words": sentence(FIGURE_WORDS[Score(name)]),
            "share": Score(name) not in _UNBOUNDED,
            **asdict(interval),
            "champion": asdict(beside[name]) if name in beside else None,
        }
        for name, interval in verdict.intervals.items()
    ]


def _columns(sources: CardSources) -> list[JsonObject]:
    """What the model reads, the weightiest first."""
    schema, weights = sources.use_case.schema, sources.train.importance
    names = list(weights) or [column.name for column in schema.features(sources.moment)]
    return [
        {
            "name": name,
            "label": schema[name].label,
            "concept": schema[name].concept,
            "known_from": schema[name].known_from.name,
            "importance": weights.get(name),
        }
        for name in names
    ]


def _data(sources: CardSources) -> JsonObject:
    snapshot = sources.snapshot
    kept = (
        {}
        if snapshot is None
        else {
            "tag": snapshot.tag,
            "place": snapshot.place,
            "rows": snapshot.rows,
            "columns": snapshot.columns,
            "frozen_at": snapshot.created_at,
            "sources": list(snapshot.sources),
        }
    )
    period = [day.isoformat() for day in sources.period] if sources.period else None
    parts = dict(sources.split.rows)
    return {"snapshot": kept, "parts": parts, "period": period, "test_outcome": sources.outcome}


def _training(train: TrainRecord) -> JsonObject:
    return {
        "chosen": train.chosen,
        "estimator": train.estimator,
        "seconds": round(train.seconds, 1),
        "trials": len(train.trials),
        "given_up": sum(not trial.finished for trial in train.trials),
        "families": train.validation,
    }


def _measured(sources: CardSources, trait: Trait) -> JsonObject | None:
    """A trait with what was tried for it; None where no gate asked for it."""
    found = sources.traits.get(trait)
    return None if found is None else asdict(found)


def _limits(sources: CardSources) -> Iterator[str]:
    """Where the model ends, in sentences."""
    case, moment = sources.use_case, sources.moment
    later = _later(case, moment)
    yield f"It scores at one moment: {moment.name}. {moment.meaning}"
    if later:
        yield (
            f"It reads nothing that is known later ({', '.join(later)}): once that is known, a "
            "model of a later moment scores better."
        )
    yield (
        "It says what went together in the rows that it learnt from, not what causes what: to "
        "change a column changes nothing about a person."
    )
    yield (
        "Intervals tell the luck of these test rows. They do not tell what another year, market "
        "or campaign would show: compare new rows with `leadwise watch`."
    )
    if not sources.period:
        yield "Its rows carry no days, so nothing shows how fast it grows old."
    yield from (f"Known and accepted: {one.column}. {one.reason}" for one in case.known_leaks)
    for wish in case.contact_wishes:
        yield f"A high score is no permission to {wish.action} a person who asked not to be."
    yield (
        "It sorts work. It decides about nobody: no offer, price or refusal may rest on a score "
        "alone."
    )


def _later(case: UseCase, moment: Moment) -> Sequence[str]:
    return [
        column.label
        for column in case.schema.columns
        if column.role is Role.FEATURE and moment < column.known_from
    ]
