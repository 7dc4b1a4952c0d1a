"""From codes and numbers to the columns of the file."""

import numpy as np
import pandas as pd

from ml.core.generator import columns as c
from ml.core.generator.block import Block
from ml.core.generator.objects import Column, object_column, objects
from ml.core.generator.rules import Ints
from ml.core.generator.tables import Tables
from ml.core.generator.variables import MISSING, MISSING_NUMBER, MODIFIED, SESSIONS

LEVELS = ("03.Low", "02.Medium", "01.High")
ACTIVITY_BANDS = (12, 15)
PROFILE_BANDS = (12, 16)
"""Highest scores that the vendor calls low and medium."""


def fields_of(values: dict[str, Ints], block: Block, tables: Tables) -> pd.DataFrame:
    """The file's columns but the ids, in its order and its spelling."""
    names = c.SOURCE_COLUMNS[len(c.ID_COLUMNS) :]
    return pd.DataFrame({name: _values(name, values, block, tables) for name in names})


def _values(name: str, values: dict[str, Ints], block: Block, tables: Tables) -> object:
    match name:
        case c.CONVERTED | c.WEB_TIME:
            return values[name].astype(np.int64)
        case c.VISITS | c.ACTIVITY_SCORE | c.PROFILE_SCORE:
            return _whole(values[name])
        case c.PAGE_VIEWS:
            return _page_views(values[c.VISITS], values[SESSIONS])
        case c.ACTIVITY_INDEX:
            return _band(values[c.ACTIVITY_SCORE], ACTIVITY_BANDS)
        case c.PROFILE_INDEX:
            return _band(values[c.PROFILE_SCORE], PROFILE_BANDS)
        case c.LAST_NOTABLE_ACTIVITY:
            return _notable(values, tables)
        case _ if name in values:
            return _text(values[name], tables.levels[name])
        case _:
            return _flag(name, block, tables)


def _text(codes: Ints, levels: list[str]) -> Column:
    spelled = objects([None if level == MISSING else level for level in levels])
    return object_column(spelled[codes])


def _whole(numbers: Ints) -> Column:
    missing = numbers == MISSING_NUMBER
    return pd.Series(pd.arrays.IntegerArray(numbers.astype(np.int64), missing))


def _page_views(visits: Ints, sessions: Ints) -> Column:
    """Visits spread over sessions; whole numbers print without a point, as in the file."""
    views = np.round(visits / np.clip(sessions, 1, np.maximum(visits, 1)), 2)
    found, place = np.unique(views, return_inverse=True)
    printed = [int(x) if x == int(x) else float(x) for x in found.tolist()]
    spelled = objects([None if x == MISSING_NUMBER else x for x in printed])
    return object_column(spelled[place])


def _band(scores: Ints, bands: tuple[int, int]) -> Column:
    spelled = objects([None, *LEVELS])
    return object_column(spelled[np.searchsorted((MISSING_NUMBER, *bands), scores, side="left")])


def _notable(values: dict[str, Ints], tables: Tables) -> Column:
    activity = objects(tables.levels[c.LAST_ACTIVITY])
    modified = values[MODIFIED] == tables.levels[MODIFIED].index("yes")
    return object_column(np.where(modified, "Modified", activity[values[c.LAST_ACTIVITY]]))


def _flag(name: str, block: Block, tables: Tables) -> Column:
    checked = block.streams.uniform(name, block.size) < tables.flags.get(name, 0.0)
    return object_column(objects(["No", "Yes"])[checked.astype(np.intp)])
