"""Whatever file comes: it is refused in words, or every row of it is accounted for."""

import os
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ml.bootstrap import laptop_runtime
from ml.contract.errors import InputRefused
from ml.contract.moments import ARRIVAL
from ml.contract.records import RowCount
from ml.core.intake import Limits
from ml.core.scored_table import DUPLICATE, NEEDS_ATTENTION, SCORED
from ml.ports import Deployment, Runtime
from ml.steps.score import score
from tests.support.training import VISITS, packaged, visits
from tests.support.watching import Silent

FILES = int(os.environ.get("LEADWISE_FILES", "120"))
LIMITS = Limits(bytes=1_000_000, rows=5_000)

HEADER = st.sampled_from(
    ["Visit,Minutes,Pages,Origin", "visit;minutes;pages;origin", "Visit\tMinutes\tPages\tOrigin",
     "Origin,Pages,Minutes,Visit,Won", "Visit,Minutes,Pages", "Visit,Minutes,Pages,Origin,Origin",
     "\ufeffVisit,Minutes,Pages,Origin,", "", "1,2,3,4", "Visit,Minutes,Pages,Origin,Shoe size"]
)  # fmt: skip
CELL = st.one_of(
    st.sampled_from(
        ["", "v1", "v2", "3", "-1", "2.5", "1e400", "NaN", "inf", "Select", "Web", "fair ", "1,5",
         '"a,b"', '"a\nb"', '"', '""""', "=1+1", "9" * 30, "\x00", "\u0663", "<script>", "\u202e",
         "x" * 40_000]
    ),
    st.text(max_size=6),
)  # fmt: skip
ROW = st.lists(CELL, max_size=6).map(",".join) | st.builds(
    "v{},{},{},Web".format, st.integers(0, 30), st.integers(0, 99), st.integers(0, 9)
)
TEXT = st.builds(
    lambda header, rows, end: end.join([header, *rows]),
    HEADER,
    st.lists(ROW, max_size=12),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
ENCODED = st.builds(
    lambda text, encoding: text.encode(encoding, errors="replace"),
    TEXT,
    st.sampled_from(["utf-8", "utf-16", "utf-16-le", "cp1252", "shift-jis"]),
)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A file with some of its bytes changed, or cut short."""
    content = bytearray(draw(ENCODED))
    for _ in range(draw(st.integers(0, 3))):
        if content:
            content[draw(st.integers(0, len(content) - 1))] = draw(st.integers(0, 255))
    return bytes(content[: draw(st.integers(0, len(content)))])


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Runtime:
    """A home with a model in force."""
    runtime = laptop_runtime(tmp_path_factory.mktemp("home"), Silent())
    _, _, files = packaged(visits())
    model = VISITS.model_name(ARRIVAL)
    runtime.endpoint.deploy(Deployment(model=model, version="1", files=files))
    return runtime


@given(
    content=st.one_of(TEXT.map(str.encode), ENCODED, damaged(), st.binary(max_size=200)),
    ending=st.sampled_from([".csv", ".csv", ".csv", ".parquet", ".jsonl"]),
)
@example(content=b"Visit,Minutes,Pages,Origin\nv1,1,1,Web\nv1,1,1,Web\nv1,2,1,Web\n", ending=".csv")
@settings(max_examples=FILES, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_file_is_refused_in_words_or_accounted_for(
    runtime: Runtime, tmp_path: Path, content: bytes, ending: str
):
    source, output = tmp_path / f"leads{ending}", tmp_path / "scores.parquet"
    source.write_bytes(content)
    try:
        record = score(VISITS, runtime, source=source, output=output, moment=ARRIVAL, limits=LIMITS)
    except InputRefused as error:
        faults = error.faults
    else:
        _all_accounted_for(record.rows, output)
        return
    assert faults
    assert all(fault.message and fault.hint for fault in faults)


def _all_accounted_for(rows: RowCount, output: Path) -> None:
    statuses = pq.read_table(output, columns=["status"])["status"].to_pylist()
    counts = [statuses.count(status) for status in (SCORED, NEEDS_ATTENTION, DUPLICATE)]
    assert counts == [rows.accepted, rows.quarantined, rows.deduplicated]
    assert sum(counts) == rows.received
