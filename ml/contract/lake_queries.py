"""What people ask the lake first, as Athena's SQL over the tables that the crawler makes.

Each zone is a table; `use_case` and `version`, the file that rows came from, are its partitions.
Rows are counted by file: the same lead may have come in several.
"""

from __future__ import annotations

from dataclasses import dataclass

from ml.contract.moments import ARRIVAL
from ml.contract.names import LINE, LOADED_VERSION, Kind, Role, Table, Zone
from ml.contract.schema import Column
from ml.contract.spelling import identifier, quote
from ml.contract.table_columns import table_columns
from ml.contract.use_case import UseCase

_LEVELS = {Kind.CATEGORY, Kind.ORDINAL, Kind.YES_NO}

#: Zones that the queries read, each in the layout of `ml.contract.places.partition`.
QUERIED = (Zone.CLEAN, Zone.QUARANTINE, Zone.SCORES, Zone.DRIFT)


@dataclass(frozen=True, kw_only=True)
class LakeQuery:
    """A question, and the SQL that answers it.

    Parameters
    ----------
    title : str
        A few words, unlike those of any other.
    description : str
        What a row of the answer is.
    sql : str
    """

    title: str
    description: str
    sql: str


def lake_queries(use_case: UseCase) -> tuple[LakeQuery, ...]:
    """The queries of a use case.

    Parameters
    ----------
    use_case : UseCase
        Its name is the partition that is read; its schema gives ids, levels, outcome and day.

    Examples
    --------
    >>> from ml.use_cases.lead_conversion import LEAD_CONVERSION
    >>> [query.title for query in lake_queries(LEAD_CONVERSION)][:2]
    ['leads per file', 'outcome by level']
    """
    return (
        *_of_leads(use_case),
        *_of_quarantine(use_case),
        *_of_scores(use_case),
        *_of_drift(use_case),
    )


def _of_leads(use_case: UseCase) -> tuple[LakeQuery, ...]:
    target, days = identifier(use_case.schema.target.name), use_case.schema.with_role(Role.TIME)
    leads = _rows(use_case, Zone.CLEAN)
    outcome = f"COUNT({target}) AS with_outcome, AVG(CAST({target} AS DOUBLE)) AS mean_outcome"
    per_file = LakeQuery(
        title="leads per file",
        description="Clean leads of each file, and the mean outcome of those that have one",
        sql=f"SELECT version, COUNT(*) AS leads, {outcome} {leads} "
        "GROUP BY version ORDER BY leads DESC, version",
    )
    levels = [column for column in use_case.schema.features(ARRIVAL) if column.kind in _LEVELS]
    by_level = LakeQuery(
        title="outcome by level",
        description="Leads and mean outcome of each level known at arrival, such as lead source",
        sql=" UNION ALL ".join(_by_level(column, outcome, leads) for column in levels)
        + " ORDER BY version, column_name, leads DESC, level",
    )
    per_week = tuple(_per_week(day, outcome, leads) for day in days)
    return (per_file, by_level, *per_week)


def _by_level(column: Column, outcome: str, leads: str) -> str:
    name = identifier(column.name)
    return (
        f"SELECT version, {quote(column.name)} AS column_name, CAST({name} AS VARCHAR) AS level, "
        f"COUNT(*) AS leads, {outcome} {leads} GROUP BY version, {name}"
    )


def _per_week(day: Column, outcome: str, leads: str) -> LakeQuery:
    week = f"CAST(DATE_TRUNC('week', {identifier(day.name)}) AS DATE)"
    return LakeQuery(
        title=f"leads per week of {day.name.replace('_', ' ')}",
        description="Clean leads by week, which begins on Monday",
        sql=f"SELECT version, {week} AS week, COUNT(*) AS leads, {outcome} {leads} "
        f"GROUP BY version, {week} ORDER BY version, week",
    )


def _of_quarantine(use_case: UseCase) -> tuple[LakeQuery, ...]:
    held, leads = _rows(use_case, Zone.QUARANTINE), _rows(use_case, Zone.CLEAN)
    count = f"COUNT(DISTINCT {LINE}) AS held_rows"
    return (
        LakeQuery(
            title="faults in quarantine",
            description="Rows held back, by file, rule and column; a row may have several faults",
            sql=f'SELECT version, rule, "column", {count} {held} '
            'GROUP BY version, rule, "column" ORDER BY held_rows DESC, version, rule, "column"',
        ),
        LakeQuery(
            title="share in quarantine",
            description="Of the rows of each file that were judged, the share held back",
            sql=f"WITH held AS (SELECT version, {count} {held} GROUP BY version), "
            f"kept AS (SELECT version, COUNT(*) AS clean_rows {leads} GROUP BY version) "
            "SELECT COALESCE(held.version, kept.version) AS version, "
            "COALESCE(held_rows, 0) AS held_rows, COALESCE(clean_rows, 0) AS clean_rows, "
            "CAST(COALESCE(held_rows, 0) AS DOUBLE) "
            "/ (COALESCE(held_rows, 0) + COALESCE(clean_rows, 0)) AS held_share "
            "FROM held FULL JOIN kept ON held.version = kept.version "
            "ORDER BY held_share DESC, version",
        ),
    )


def _of_scores(use_case: UseCase) -> tuple[LakeQuery, ...]:
    lead, scores = identifier(use_case.schema.id.name), _rows(use_case, Zone.SCORES)
    names = [column.name for column in table_columns(use_case, Table.SCORES)]
    columns = ", ".join(identifier(name) for name in names if name != LOADED_VERSION)
    group = "moment, model_version, CAST(scored_at AS DATE)"
    shown = "moment, model_version, CAST(scored_at AS DATE) AS scored_on"
    doubt = "AVG(CASE WHEN low_confidence THEN 1.0 ELSE 0.0 END) AS low_confidence_share"
    return (
        LakeQuery(
            title="scores per day",
            description="Leads, mean score and share of doubtful ones, by model version and day",
            sql=f"SELECT {shown}, COUNT(*) AS leads, AVG(CAST(score AS DOUBLE)) AS mean_score, "
            f"{doubt} {scores} GROUP BY {group} ORDER BY scored_on DESC, moment, model_version",
        ),
        LakeQuery(
            title="bands per day",
            description="Share of leads in each band, by model version and day",
            sql=f"SELECT {shown}, band, COUNT(*) AS leads, CAST(COUNT(*) AS DOUBLE) / "
            f"SUM(COUNT(*)) OVER (PARTITION BY {group}) AS share, MIN(score) AS lowest_score "
            f"{scores} GROUP BY {group}, band "
            "ORDER BY scored_on DESC, moment, model_version, lowest_score DESC",
        ),
        LakeQuery(
            title="latest scores",
            description="The last score of each lead for each moment, best first",
            sql=f"SELECT {columns} FROM (SELECT *, ROW_NUMBER() OVER "
            f"(PARTITION BY {lead}, moment ORDER BY scored_at DESC, version DESC) AS newest "
            f"{scores}) WHERE newest = 1 ORDER BY score DESC, {lead}, moment",
        ),
    )


def _of_drift(use_case: UseCase) -> tuple[LakeQuery, ...]:
    watched = _rows(use_case, Zone.DRIFT)
    run = "watched_at, moment, version, state, rows_watched, drifted_share, prediction_psi, retrain"
    return (
        LakeQuery(
            title="drift over time",
            description="What each watch found: its state, and how many columns had drifted",
            sql=f"SELECT {run}, COUNT(column_name) AS judged_columns, "
            f"SUM(CASE WHEN drifted THEN 1 ELSE 0 END) AS drifted_columns {watched} "
            f"GROUP BY {run} ORDER BY watched_at DESC, moment, version",
        ),
        LakeQuery(
            title="drifted columns",
            description="Columns that had drifted, by watch, with their PSI; the strongest first",
            sql="SELECT watched_at, moment, version, column_name, psi, test, statistic, p_value, "
            f"missing_change {watched} AND drifted "
            "ORDER BY watched_at DESC, moment, version, psi DESC, column_name",
        ),
    )


def _rows(use_case: UseCase, zone: Zone) -> str:
    return f"FROM {identifier(zone)} WHERE use_case = {quote(use_case.name)}"
