"""Intake on the real file, and its memory on files far larger."""

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ml.contract.moments import CONTACTED
from ml.contract.names import LINE, Purpose
from ml.core.intake import text_schema
from ml.use_cases.lead_conversion import LEAD_CONVERSION
from tests.support.bad_files import take

ROOT = Path(__file__).parents[2]
_FLAT = """
import sys
from pathlib import Path
from ml.contract.moments import CONTACTED
from ml.contract.names import Purpose
from ml.core.intake import admit
from tests.support.narrow import NARROW
with open(sys.argv[1], "rb") as stream:
    admission = admit(stream, use_case=NARROW, purpose=Purpose.TRAIN, moment=CONTACTED)
    faulty = sum(len(part.faults) for part in admission.parts())
# Not getrusage: its peak is inherited from the process that started this one.
status = Path("/proc/self/status").read_text()
peak = status.partition("VmHWM:")[2].split()[0]
print(admission.accepted, faulty, peak)
"""


def test_the_real_file_is_read_whole_by_the_fast_reader(real_leads_csv):
    outcome = take(real_leads_csv.read_bytes(), purpose=Purpose.TRAIN, moment=CONTACTED)
    admission = outcome.admission
    assert admission is not None
    assert (admission.received, admission.quarantined, admission.fast_rows) == (9240, 0, 9240)
    assert admission.warnings == []
    names = {column.source: column.name for column in LEAD_CONVERSION.schema.columns}
    with real_leads_csv.open(encoding="utf-8", newline="") as file:
        expected = [
            {LINE: line, **{names[header]: cell for header, cell in row.items()}}
            for line, row in enumerate(csv.DictReader(file), start=2)
        ]
    assert outcome.rows == expected
    assert list(outcome.rows[0]) == text_schema(LEAD_CONVERSION).names


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from /proc")
def test_memory_does_not_grow_with_the_file(tmp_path):
    small, large = (peak(tmp_path, millions) for millions in (1, 5))
    assert large <= 1.15 * small


def peak(folder: Path, millions: int) -> int:
    """Peak memory of reading so many million rows, one of each million faulty."""
    half = b"".join(b"lead-%d,%d,%d\n" % (i, i % 7, i % 2) for i in range(500_000))
    rows = half + b"short,1\n" + half[half.index(b"\n") + 1 :]
    file = folder / f"{millions}.csv"
    with file.open("wb") as stream:
        stream.write(b"id,visits,won\n")
        for _ in range(millions):
            stream.write(rows)
    command = [sys.executable, "-c", _FLAT, str(file)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, env=environment, cwd=ROOT
    )
    file.unlink()
    accepted, faulty, memory = map(int, done.stdout.split())
    assert (accepted, faulty) == (millions * 999_999, millions)
    return memory
