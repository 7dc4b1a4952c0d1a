"""What the columns of each moment tell together, and what is left without one of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ml.contract.moments import Moment
from ml.contract.records import Interval
from ml.contract.schema import Column
from ml.contract.use_case import UseCase
from ml.core.coding import Coded
from ml.core.leakage.alone import auc
from ml.core.leakage.event import Event
from ml.core.leakage.finding import ColumnFinding, MomentSkill, Without
from ml.core.leakage.learned import learned

#: Columns under suspicion that are left out in turn; each costs a model.
_LEFT_OUT = 5


def by_moment(
    use_case: UseCase, coded: Mapping[str, Coded], event: Event, upto: Moment, *, seed: int
) -> tuple[MomentSkill, ...]:
    """The AUC of a quick model per moment, up to one."""
    return tuple(
        MomentSkill(
            moment=moment.name,
            columns=len(use_case.schema.features(moment)),
            auc=_auc(use_case.schema.features(moment), coded, event, seed),
        )
        for moment in use_case.moments
        if moment <= upto
    )


def without_each(
    suspicious: Iterable[ColumnFinding],
    use_case: UseCase,
    coded: Mapping[str, Coded],
    event: Event,
    whole: MomentSkill,
    *,
    seed: int,
) -> tuple[Without, ...]:
    """The last moment's model without each suspicious column in turn."""
    features = use_case.schema.features(use_case.moment(whole.moment))
    found = []
    for name in [finding.column for finding in suspicious][:_LEFT_OUT]:
        kept = [column for column in features if column.name != name]
        left = _auc(kept, coded, event, seed)
        lost = whole.auc.value - left.value
        found.append(Without(column=name, moment=whole.moment, auc=left, lost=lost))
    return tuple(found)


def _auc(
    columns: Iterable[Column], coded: Mapping[str, Coded], event: Event, seed: int
) -> Interval:
    codes = [coded[column.name] for column in columns]
    return auc(event.happened, learned(codes, event.happened, seed=seed))
