"""Leads in chunks of any size, from blocks of a fixed one."""

from collections.abc import Iterator

import pandas as pd

from ml.contract.errors import UsageError
from ml.core.generator.block import Block, blocks_of
from ml.core.generator.breakage import break_field
from ml.core.generator.columns import CONVERTED
from ml.core.generator.extras import dates_of, leak_of
from ml.core.generator.frame import fields_of
from ml.core.generator.ids import ids_of
from ml.core.generator.lost import lose_outcomes
from ml.core.generator.process import simulate
from ml.core.generator.repeats import with_repeats
from ml.core.generator.scenario import Scenario
from ml.core.generator.tables import Tables, load_tables

CHUNK_ROWS = 100_000


def generate_leads(
    *,
    rows: int,
    seed: int = 0,
    scenario: Scenario = Scenario(),  # noqa: B008 - frozen
    chunk_rows: int = CHUNK_ROWS,
) -> Iterator[pd.DataFrame]:
    """Synthetic leads like those of X Education, in order of arrival.

    Parameters
    ----------
    rows : int
        Leads in all, 1 or more. Memory does not grow with it.
    seed : int, default=0
        Same seed, same leads, on every machine. Other switches of the scenario leave the draws
        that they do not concern as they were.
    scenario : Scenario, default=Scenario()
        What is planted; nothing by default.
    chunk_rows : int, default=100_000
        Rows of each frame but the last. The leads do not depend on it.

    Yields
    ------
    DataFrame of shape (n, 37 or more)
        Columns as the source spells them, missing values as None or NA.

    Raises
    ------
    UsageError
        If `rows`, `seed` or `chunk_rows` is out of range.

    Examples
    --------
    >>> [len(chunk) for chunk in generate_leads(rows=5, chunk_rows=3)]
    [3, 2]
    """
    for name, value, least in (("rows", rows, 1), ("seed", seed, 0), ("chunk_rows", chunk_rows, 1)):
        if value < least:
            raise UsageError(f"{name}={value} is out of range: expected {least} or more")
    tables = load_tables()
    frames = (_block_frame(b, tables) for b in blocks_of(rows=rows, seed=seed, scenario=scenario))
    return _rechunk(frames, chunk_rows)


def _block_frame(block: Block, tables: Tables) -> pd.DataFrame:
    values = simulate(block, tables).values
    fields = fields_of(values, block, tables).assign(**leak_of(values[CONVERTED], block))
    shown = break_field(with_repeats(fields, block), block)
    return lose_outcomes(pd.DataFrame({**ids_of(block), **shown, **dates_of(block)}), block)


def _rechunk(frames: Iterator[pd.DataFrame], chunk_rows: int) -> Iterator[pd.DataFrame]:
    waiting: list[pd.DataFrame] = []
    held = 0
    for frame in frames:
        waiting.append(frame)
        held += len(frame)
        if held < chunk_rows:
            continue
        joined = pd.concat(waiting, ignore_index=True)
        whole = held - held % chunk_rows
        for at in range(0, whole, chunk_rows):
            yield joined.iloc[at : at + chunk_rows].reset_index(drop=True)
        waiting, held = [joined.iloc[whole:]], held - whole
    if held:
        yield pd.concat(waiting, ignore_index=True)
