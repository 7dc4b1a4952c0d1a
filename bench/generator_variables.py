"""The generator's variables, hidden ones included, as the real file shows them."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from ml.core.generator import columns as c
from ml.core.generator import variables as v

CUTS: Mapping[str, Sequence[int]] = {
    c.VISITS: (*range(-1, 15), 17, 19, 22, 26, 31, 252),
    v.SESSIONS: (*range(10), 12, 16, 252),
    c.WEB_TIME: (
        *(0, 1, 4, 8, 12, 16, 22, 30, 40, 50, 60, 72, 84, 96, 110, 125, 140, 155, 170, 190),
        *(210, 230, 250, 275, 300, 330, 360, 400, 450, 500, 560, 620, 700, 780, 850, 920, 980),
        *(1030, 1080, 1140, 1200, 1260, 1320, 1370, 1420, 1480, 1540, 1620, 1720, 1850, 2000),
        2281,
    ),
    c.ACTIVITY_SCORE: range(-1, 20),
    c.PROFILE_SCORE: range(-1, 22),
}
LONGEST_TAIL = 251
FORM_FIELDS = ("Specialization", "City")


def describe(leads: pd.DataFrame) -> dict[str, pd.Series]:
    """Every variable of the generator, hidden ones included, in drawing order."""
    text = {n: leads[n].fillna(v.MISSING) for n in leads.columns if leads[n].dtype == "str"}
    hidden = {
        v.FORM: form_of(text),
        v.SESSIONS: sessions_of(leads),
        v.STAGE: stage_of(leads),
        v.VENDOR: leads[c.ACTIVITY_SCORE].notna().map({True: "scored", False: v.MISSING}),
        v.MODIFIED: (
            (leads[c.LAST_NOTABLE_ACTIVITY] == "Modified") & (leads[c.LAST_ACTIVITY] != "Modified")
        ).map({True: "yes", False: "no"}),
    }
    rank = leads[c.LEAD_NUMBER].rank() - 1
    values: dict[str, pd.Series] = {v.PERIOD: (rank * v.PERIODS // len(leads)).astype(int)}
    for name in (*v.ARRIVAL, c.CONVERTED, *v.ENGAGEMENT, *v.AGENT):
        if name == c.CONVERTED:
            values[name] = leads[name].map({0: "no", 1: "yes"})
        elif name in v.NUMBERS:
            number = hidden[name] if name in hidden else leads[name]
            values[name] = number.fillna(v.MISSING_NUMBER).astype(int)
        else:
            values[name] = hidden[name] if name in hidden else text[name]
    return values


def form_of(text: Mapping[str, pd.Series]) -> pd.Series:
    """Which form fields were hidden, skipped or filled."""
    states = [
        text[name].map({v.MISSING: "hidden", "Select": "skipped"}).fillna("filled")
        for name in FORM_FIELDS
    ]
    return states[0] + ", " + states[1]


def sessions_of(leads: pd.DataFrame) -> pd.Series:
    """Visits per page views per visit: the file's third web column, made whole."""
    ratio = (leads[c.VISITS] / leads[c.PAGE_VIEWS]).round()
    return ratio.where(leads[c.VISITS] > 0, 0)


def stage_of(leads: pd.DataFrame) -> pd.Series:
    """How far the agents got with the lead: the process behind the missing blocks."""
    stage = pd.Series("untouched", index=leads.index)
    stage[leads[c.WHAT_MATTERS].notna()] = "surveyed"
    stage[leads["Tags"].notna()] = "tagged"
    stage[leads["Lead Quality"].notna()] = "graded"
    return stage


def list_levels(name: str, values: pd.Series) -> list[str]:
    """Levels of a variable: ranges for numbers, most frequent first for text."""
    if name not in v.NUMBERS:
        return [str(level) for level in values.value_counts().index]
    cuts = CUTS[name]
    return [_range_name(low, high - 1) for low, high in pairwise(cuts)]


def _range_name(low: int, high: int) -> str:
    if low == v.MISSING_NUMBER:
        return v.MISSING
    if low == high:
        return str(low)
    # The last range of the heavy tails is long: numbers thin out along it.
    return f"{low}..{high}" if high == LONGEST_TAIL else f"{low}-{high}"


def to_codes(name: str, values: pd.Series, levels: list[str]) -> np.ndarray:
    """Position of each lead's level in the list of levels."""
    if name in v.NUMBERS:
        return np.digitize(values, CUTS[name]) - 1
    return values.map({level: i for i, level in enumerate(levels)}).to_numpy()
