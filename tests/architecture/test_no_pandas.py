"""Processes that only score live without pandas, and pandas still works where somebody wants it."""

import subprocess
import sys

_PROOF = """
import sys
import numpy as np, pyarrow as pa
from ml.core.lean_arrow import leave_pandas_out
leave_pandas_out()
assert pa.array(np.arange(3)).to_pylist() == [0, 1, 2]
assert "pandas" not in sys.modules
import pandas as pd
assert pa.table({"a": [1, None]}).to_pandas()["a"].isna().tolist() == [False, True]
assert pa.Table.from_pandas(pd.DataFrame({"x": [1.0, None]}))["x"].null_count == 1
leave_pandas_out()
import pandas
"""


def test_pandas_is_left_out_until_somebody_imports_it():
    subprocess.run([sys.executable, "-c", _PROOF], check=True, timeout=60)
