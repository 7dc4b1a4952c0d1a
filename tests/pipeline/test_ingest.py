"""Ingest on a real lake: three files under their keys, once."""

from dataclasses import dataclass, field
from typing import Any

import pyarrow.parquet as pq
import pytest

from ml.adapters.local_lake import LocalLake
from ml.contract.errors import InputRefused, UsageError
from ml.contract.moments import ARRIVAL, ENGAGED
from ml.contract.names import LINE, Purpose, Zone
from ml.core.intake import QUARANTINE_SCHEMA, Limits, text_schema
from ml.steps.ingest import ingest
from ml.use_cases.lead_conversion import LEAD_CONVERSION
from tests.support.bad_files import csv_file, lead


@dataclass
class Told:
    """Progress that remembers what it was told."""

    rows: int = 0
    notes: list[str] = field(default_factory=list)

    def start(self, step: str, total: int | None = None) -> None:
        self.notes.append(step)

    def advance(self, units: int = 1, note: str = "") -> None:
        self.rows += units

    def done(self, note: str = "") -> None:
        self.notes.append(note)


@dataclass
class Home:
    """The two ports that ingest uses."""

    lake: LocalLake
    progress: Told = field(default_factory=Told)


@pytest.fixture
def home(tmp_path):
    return Home(LocalLake(tmp_path / "lake"))


def run(home: Any, content: bytes, tmp_path: Any, **how: Any) -> Any:
    source = tmp_path / "leads.csv"
    source.write_bytes(content)
    return ingest(
        LEAD_CONVERSION,
        home,
        source=source,
        **({"purpose": Purpose.SCORE, "moment": ENGAGED} | how),
    )


def test_a_file_becomes_raw_bytes_text_and_quarantine(home, tmp_path):
    content = (
        csv_file(lead(1), lead(2), lead(3)) + b"short,row\n" + csv_file(lead(4)).split(b"\n", 1)[1]
    )
    record = run(home, content, tmp_path)
    assert record.rows.to_dict() == {"in": 5, "accepted": 4, "quarantined": 1, "deduplicated": 0}
    assert record.source == "leads.csv"
    assert home.lake.fetch(record.raw).read_bytes() == content
    text = pq.read_table(home.lake.fetch(record.text))
    assert text.schema.names == text_schema(LEAD_CONVERSION).names
    assert text.column(LINE).to_pylist() == [2, 3, 4, 6]
    held = pq.read_table(home.lake.fetch(record.quarantine))
    assert held.schema.equals(QUARANTINE_SCHEMA)
    (row,) = held.to_pylist()
    assert (row[LINE], row["rule"], row["raw"]) == (5, "FIELD_COUNT", "short,row")
    assert any("TARGET_IGNORED" in sentence for sentence in record.warnings)
    assert home.progress.rows == 4
    assert home.progress.notes == ["ingest", "4 of 5 rows"]


def test_the_same_file_is_read_once(home, tmp_path):
    first = run(home, csv_file(), tmp_path)
    again = run(home, csv_file(), tmp_path)
    assert again == first
    assert home.progress.rows == 3
    other = run(home, csv_file(), tmp_path, moment=ARRIVAL)
    assert (other.raw, other.file_sha256) == (first.raw, first.file_sha256)
    assert other.text != first.text


def test_a_refused_file_lies_in_quarantine_only(home, tmp_path):
    content = csv_file(lead(1, converted="maybe"))
    with pytest.raises(InputRefused, match="TARGET_VALUES"):
        run(home, content, tmp_path, purpose=Purpose.TRAIN)
    (key,) = home.lake.keys("")
    assert key.startswith(Zone.QUARANTINE)
    assert home.lake.fetch(key).read_bytes() == content


def test_limits_reach_intake(home, tmp_path):
    with pytest.raises(InputRefused, match="more than 2 rows"):
        run(home, csv_file(), tmp_path, limits=Limits(rows=2))


def test_a_missing_file_is_named(home, tmp_path):
    with pytest.raises(UsageError, match=r"gone\.csv"):
        ingest(
            LEAD_CONVERSION,
            home,
            source=tmp_path / "gone.csv",
            purpose=Purpose.TRAIN,
            moment=ENGAGED,
        )
