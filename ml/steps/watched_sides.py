"""Both sides of a watch: the rows of now, those that the model was made of, and its scores."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from ml.contract.errors import LeadwiseError
from ml.contract.moments import Moment
from ml.contract.names import LINE, Role
from ml.contract.records import CleanRecord, IngestRecord, SplitRecord
from ml.contract.use_case import UseCase
from ml.core.drift import Judgement, ModelView, judge, view
from ml.core.features import model_columns
from ml.core.features.frame import LEVEL_KINDS
from ml.core.lead_days import day_column
from ml.core.scoring import Scorer
from ml.ports import Runtime
from ml.steps.arrived import with_arrivals


@dataclass(frozen=True, kw_only=True)
class Sides:
    """What is compared, and what it says together.

    Parameters
    ----------
    before, unlearned : Table or None
        Training rows, and the test rows that the model did not learn from; None where the lake
        holds none.
    now : Table
        The current rows.
    day_column : str or None
        Column of `now` with the day or time at which each row came; None where nothing says it.
    scorer : Scorer or None
        The model in force.
    model : ModelView or None
        Its scores of samples of both sides; None where there are too few rows.
    judgement : Judgement
        Whether the data has drifted.
    """

    before: pa.Table | None
    unlearned: pa.Table | None
    now: pa.Table
    day_column: str | None
    scorer: Scorer | None
    model: ModelView | None
    judgement: Judgement

    @property
    def version(self) -> str | None:
        """Version of the model in force."""
        return self.scorer.version if self.scorer else None


def both_sides(
    use_case: UseCase,
    runtime: Runtime,
    moment: Moment,
    current: CleanRecord,
    reference: SplitRecord | None,
    admitted: IngestRecord | None = None,
) -> Sides:
    """Read both sides, score them, and judge whether the rows drifted.

    Parameters
    ----------
    admitted : IngestRecord or None, default=None
        The file that the current rows came from: it may say when they came though the use case
        declares no column of role TIME.

    Raises
    ------
    LeadwiseError
        If the cleaned file does not hold the rows that its record counts.
    UntrustedPackage
        If the model in force is not what was registered.
    """
    now = _current(use_case, runtime, moment, current)
    now = with_arrivals(use_case, runtime, now, admitted)
    before = _rows(use_case, runtime, moment, reference.train) if reference else None
    unlearned = _rows(use_case, runtime, moment, reference.test) if reference else None
    columns, policy = use_case.schema.features(moment), use_case.drift
    deployed = runtime.endpoint.current(use_case.model_name(moment))
    scorer = Scorer.of(deployed, use_case=use_case) if deployed is not None else None
    model = None
    if scorer is not None:
        model = view(scorer.predict, unlearned, now, columns=columns, policy=policy)
    return Sides(
        before=before,
        unlearned=unlearned,
        now=now,
        day_column=_day_column(use_case, now),
        scorer=scorer,
        model=model,
        judgement=judge(before, now, columns=columns, policy=policy, model=model),
    )


def _day_column(use_case: UseCase, now: pa.Table) -> str | None:
    """Where days are; a declared column that the rows lack is still the one that is missing."""
    name = day_column(use_case).name
    declared = use_case.schema.with_role(Role.TIME)
    return name if declared or name in now.column_names else None


def _current(use_case: UseCase, runtime: Runtime, moment: Moment, current: CleanRecord) -> pa.Table:
    now = _rows(use_case, runtime, moment, current.clean)
    if now is None or now.num_rows != current.rows.accepted:
        held = "no" if now is None else now.num_rows
        raise LeadwiseError(
            f"{current.clean} holds {held} rows but its record counts {current.rows.accepted}; "
            "run clean again, and report this as a bug if it stays"
        )
    return now


def _rows(use_case: UseCase, runtime: Runtime, moment: Moment, key: str) -> pa.Table | None:
    """What is looked at of a clean file, its levels as dictionaries to save memory."""
    if not runtime.lake.exists(key):
        return None
    file = runtime.lake.fetch(key)
    present = set(pq.read_schema(file).names)
    columns = [column for column in model_columns(use_case, moment) if column.name in present]
    levels = [column.name for column in columns if column.kind in LEVEL_KINDS]
    beside = use_case.schema.with_role(Role.ID, Role.TIME, Role.TARGET)
    names = [column.name for column in columns]
    names += [column.name for column in beside if column.name in present - set(names)]
    names += [LINE] if LINE in present else []
    return pq.read_table(file, columns=names, read_dictionary=levels)
