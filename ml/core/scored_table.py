"""The table of a scored file: every row of the input in its order, with a status."""

from __future__ import annotations

from ml.contract.names import LINE
from ml.contract.schema import Schema
from ml.contract.spelling import quote

SCORED, NEEDS_ATTENTION, DUPLICATE = "scored", "needs_attention", "duplicate"

#: Rows whose cells could not be told apart.
UNREAD = "unread_row"

#: Between two sentences of one cell.
JOINER = " · "


def scored_table_sql(schema: Schema, dropped: frozenset[str]) -> str:
    """SQL that joins what was read, what was scored and what was held back.

    Parameters
    ----------
    schema : Schema
        Names the original columns.
    dropped : frozenset of str
        Columns that the model must not see; they are left out.

    Returns
    -------
    str
        A query, to be rendered for an engine, over the tables `text`, `scores` and `quarantine`.
        A row whose cells could not be told apart stands whole in the last column.
    """
    cells = ", ".join(
        f'text."{column.name}" AS "{column.source}"'
        for column in schema.columns
        if column.name not in dropped
    )
    return f"""
WITH held AS (
    SELECT {LINE}, {_sentences()} AS attention, any_value(raw) AS raw
    FROM quarantine GROUP BY {LINE}
)
SELECT
    COALESCE(text.{LINE}, held.{LINE}) AS {LINE},
    CASE WHEN scores.{LINE} IS NOT NULL THEN {quote(SCORED)}
         WHEN held.{LINE} IS NOT NULL THEN {quote(NEEDS_ATTENTION)}
         ELSE {quote(DUPLICATE)} END AS status,
    scores.score, scores.score_low, scores.score_high, scores.probability, scores.band,
    scores.certainty, scores.low_confidence,
    scores.reasons_for, scores.reasons_against, held.attention, {cells},
    CASE WHEN text.{LINE} IS NULL THEN held.raw END AS {UNREAD}
FROM text
FULL OUTER JOIN held ON held.{LINE} = text.{LINE}
LEFT JOIN scores ON scores.{LINE} = text.{LINE}
ORDER BY 1"""


def _sentences() -> str:
    """SQL of all sentences about a line, by column and rule, those about no column last."""
    keys = f"""{{'last': "column" IS NULL, 'of': "column", 'rule': rule, 'said': {_sentence()}}}"""
    said = f"list_transform(list_sort(list({keys})), lambda one: one.said)"
    return f"array_to_string({said}, {quote(JOINER)})"


def _sentence() -> str:
    """SQL twin of `Fault.sentence`, without the line."""
    place = """CASE WHEN "column" IS NULL THEN '' ELSE 'column ''' || "column" || ''': ' END"""
    return f"{place} || rule || ': ' || message || ' (' || hint || ')'"
