"""What was planted, for tests that compare an alarm with the truth."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from ml.core.generator.block import Block, blocks_of
from ml.core.generator.columns import CONVERTED, FOLLOW_UP_CODE, LEAD_NUMBER
from ml.core.generator.concept import TURNED_COLUMNS
from ml.core.generator.drift import DRIFTED_COLUMNS
from ml.core.generator.ids import lead_numbers
from ml.core.generator.process import simulate
from ml.core.generator.repeats import originals_of
from ml.core.generator.scenario import Scenario
from ml.core.generator.tables import Tables, load_tables


@dataclass(frozen=True, kw_only=True)
class KnownTruth:
    """What a scenario planted.

    Parameters
    ----------
    drift_week, drift_date : int, date or None
        First week and day of the drift.
    drifted_columns : tuple of str
        Columns that drift directly.
    turned_columns : tuple of str
        Columns that say another thing of conversion, with concept drift.
    leak_column, broken_field : str or None
        Column that leaks the outcome, and column that becomes unusable.
    base_rate_shift : float
        Shift of the log-odds of conversion.
    leads : DataFrame of shape (rows, 5)
        `Lead Number`, `probability` of conversion given arrival columns and period, `Converted`,
        `affected` by what the scenario changes over time, and `repeats`: the number of the lead
        that this one repeats, or its own.
    """

    drift_week: int | None
    drift_date: date | None
    drifted_columns: tuple[str, ...]
    turned_columns: tuple[str, ...]
    leak_column: str | None
    broken_field: str | None
    base_rate_shift: float
    leads: pd.DataFrame


def known_truth(
    *,
    rows: int,
    seed: int = 0,
    scenario: Scenario = Scenario(),  # noqa: B008 - frozen
) -> KnownTruth:
    """Truth behind the leads that `generate_leads` gives for the same arguments.

    Parameters
    ----------
    rows, seed, scenario
        As given to `generate_leads`. Holds about 40 bytes for each lead.

    Returns
    -------
    KnownTruth
        What was planted, and the probability behind each outcome.

    Examples
    --------
    >>> known_truth(rows=10, scenario=Scenario(planted_leak=True)).leak_column
    'Follow Up Code'
    """
    week = scenario.drift_week
    drifts = week is not None and scenario.drift_strength > 0
    return KnownTruth(
        drift_week=week,
        drift_date=None if week is None else scenario.start + timedelta(weeks=week),
        drifted_columns=DRIFTED_COLUMNS if drifts else (),
        turned_columns=TURNED_COLUMNS if scenario.concept_strength else (),
        leak_column=FOLLOW_UP_CODE if scenario.planted_leak else None,
        broken_field=scenario.broken_field,
        base_rate_shift=scenario.base_rate_shift,
        leads=_lead_truth(blocks_of(rows=rows, seed=seed, scenario=scenario)),
    )


def _lead_truth(blocks: Iterator[Block]) -> pd.DataFrame:
    tables = load_tables()
    parts = [_block_truth(block, tables) for block in blocks]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _block_truth(block: Block, tables: Tables) -> pd.DataFrame:
    simulated = simulate(block, tables)
    numbers = lead_numbers(block)
    shown = originals_of(block)
    return pd.DataFrame(
        {
            LEAD_NUMBER: numbers,
            "probability": simulated.probability[shown],
            CONVERTED: simulated.values[CONVERTED][shown],
            "affected": block.affected,
            "repeats": numbers[shown],
        }
    )
