"""Use cases with leaks: columns declared too early, and the one that the generator plants."""

import csv
from dataclasses import replace
from functools import cache
from io import BytesIO, TextIOWrapper

import pyarrow as pa

from ml.contract.moments import ARRIVAL, Moment
from ml.contract.names import Kind
from ml.contract.schema import Column, header_key
from ml.contract.use_case import UseCase
from ml.core.generator import Scenario
from ml.core.sample import write_csv
from ml.use_cases.lead_conversion import LEAD_CONVERSION
from tests.support.clean_leads import clean_table

#: What an agent types after the call.
AGENTS = ("tags", "lead_quality", "lead_profile")

PLANTED = Column(name="follow_up_code", source="Follow Up Code", kind=Kind.CATEGORY)

#: The use case with the column that `Scenario(planted_leak=True)` adds, taken at its word.
WITH_PLANTED = replace(
    LEAD_CONVERSION,
    schema=replace(LEAD_CONVERSION.schema, columns=(*LEAD_CONVERSION.schema.columns, PLANTED)),
)


def declared(case: UseCase, names: tuple[str, ...], known_from: Moment = ARRIVAL) -> UseCase:
    """The use case with some columns declared for another moment."""
    columns = tuple(
        replace(column, known_from=known_from) if column.name in names else column
        for column in case.schema.columns
    )
    return replace(case, schema=replace(case.schema, columns=columns))


@cache
def synthetic(rows: int, seed: int) -> pa.Table:
    """Clean synthetic leads and, beside their columns, the planted leak."""
    stream = BytesIO()
    scenario = Scenario(planted_leak=True)
    write_csv(LEAD_CONVERSION, stream, rows=rows, seed=seed, scenario=scenario)
    stream.seek(0)
    reader = csv.reader(TextIOWrapper(stream, encoding="utf-8", newline=""))
    headers = [header_key(header) for header in next(reader)]
    leads = [dict(zip(headers, row, strict=True)) for row in reader]
    return clean_table(WITH_PLANTED.schema, leads)
