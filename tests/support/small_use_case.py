"""A small use case with a column of every kind, and rows of it; binary or ordinal."""

from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from ml.contract.candidates import Candidate
from ml.contract.levels import Grouping
from ml.contract.modelling import Band, BinaryTask, OrdinalTask, Task
from ml.contract.moments import ARRIVAL, ENGAGED
from ml.contract.names import NOT_CHOSEN, Estimator, Kind, Role, Score
from ml.contract.schema import Column, Schema
from ml.contract.splits import StratifiedSplit
from ml.contract.use_case import UseCase
from ml.core.columns import table_of

REGIONS = ("North", "South", "East", NOT_CHOSEN)
_GROUPS = Grouping(groups=(("Cold", ("North",)), ("Warm", ("South", "East"))))


def small_use_case(task: Task, *, name: str = "small", note_high: float = 1000.0) -> UseCase:
    """Orders with one column of each kind; `late_note` is known only when engaged."""
    top = 1 if isinstance(task, BinaryTask) else 5
    columns = (
        Column(name="order_id", source="Order", kind=Kind.TEXT, role=Role.ID),
        Column(
            name="rating", source="Rating", kind=Kind.INTEGER, role=Role.TARGET, low=0, high=top,
        ),
        Column(
            name="price", source="Price", kind=Kind.NUMBER, low=-50, high=note_high, unit="EUR",
            concept="Money",
        ),
        Column(
            name="items", source="Items", kind=Kind.INTEGER, low=0, high=10_000, concept="Money",
        ),
        Column(name="gift", source="Gift", kind=Kind.YES_NO, label="Gift wrapped"),
        Column(
            name="region", source="Region", kind=Kind.CATEGORY, levels=REGIONS, grouping=_GROUPS,
        ),
        Column(name="size", source="Size", kind=Kind.ORDINAL, levels=("small", "middle", "large")),
        Column(name="shop", source="Shop", kind=Kind.CATEGORY),
        Column(name="ordered", source="Ordered", kind=Kind.DATE),
        Column(
            name="empty", source="Empty", kind=Kind.NUMBER, low=0, high=10, label="Never filled in",
        ),
        Column(name="late_note", source="Note", kind=Kind.NUMBER, known_from=ENGAGED),
    )  # fmt: skip
    return UseCase(
        name=name,
        title="Small",
        entity="order",
        task=task,
        schema=Schema(columns=columns),
        moments=(ARRIVAL, ENGAGED),
        default_moment=ARRIVAL,
        split=StratifiedSplit(),
        candidates=(Candidate(estimator=Estimator.LIGHTGBM),),
        select_by=Score.ROC_AUC if isinstance(task, BinaryTask) else Score.SPEARMAN,
        bands=(Band(name="Good", at_least=60), Band(name="Poor", at_least=0)),
    )


BINARY = small_use_case(BinaryTask(event="returns"))
ORDINAL = small_use_case(OrdinalTask(low=1, high=5))


def small_rows(use_case: UseCase, count: int = 600, seed: int = 0) -> pa.Table:
    """Clean rows with holes in every column, and an outcome that follows some of them."""
    draw = np.random.default_rng(seed)
    price = np.round(draw.lognormal(3, 1, count), 2)
    items = draw.integers(0, 9, count)
    gift, region = draw.random(count) < 0.3, draw.choice(REGIONS, count)
    size, shop = draw.choice(["small", "middle", "large"], count), draw.integers(0, 6, count)
    known = {
        "price": [min(float(p), 900.0) - 8 for p in price],  # some below 0: returned goods
        "items": [int(i) for i in items],
        "gift": [bool(g) for g in gift],
        "region": [str(r) for r in region],
        "size": [str(s) for s in size],
        "shop": [f"Shop {s}" for s in shop],
        "ordered": [
            date(2025, 1, 1) + timedelta(days=int(d)) for d in draw.integers(0, 300, count)
        ],
        "late_note": [float(n) for n in draw.normal(size=count)],
    }
    pull = np.log1p(price) - 3 + (region == "North") + 0.8 * (size == "large") - 1.2 * gift
    pull += draw.normal(scale=0.7, size=count)
    holes = {name: draw.random(count) < 0.15 for name in known}
    binary = isinstance(use_case.task, BinaryTask)
    rating = (pull > 0).astype(int) if binary else np.clip(np.round(3 + pull), 1, 5).astype(int)
    rows = [
        {name: None if holes[name][i] else values[i] for name, values in known.items()}
        | {"order_id": f"o{i}", "rating": int(rating[i]), "empty": None}
        for i in range(count)
    ]
    for row in rows:
        row["region_group"] = _GROUPS.apply(row["region"])
    return table_of(rows, (*use_case.schema.columns, *use_case.schema.derived))
