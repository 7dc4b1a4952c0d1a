"""The Glue job on a local Spark, from the package that Glue receives: equal to the laptop."""

import json
import os
import shutil
import subprocess
import sys
from io import BytesIO
from types import SimpleNamespace

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from infra.source_assets import assemble_glue
from ml.contract.jobs import CleanRequest
from ml.contract.moments import CONTACTED
from ml.contract.names import LINE, Purpose, Zone
from ml.contract.places import partition
from ml.core.sample import write_csv
from ml.steps.clean import clean
from ml.steps.ingest import ingest
from ml.use_cases.lead_conversion import LEAD_CONVERSION
from tests.support import ROOT
from tests.support.cleaning import runtime
from tests.support.cloud import moto_server
from tests.support.programs import find_java


def _file() -> bytes:
    """Leads, and among them a repeat, an id with two meanings, and rows that break rules."""
    made = BytesIO()
    write_csv(LEAD_CONVERSION, made, rows=300, seed=2)
    header, *rows = made.getvalue().decode().splitlines()
    names = header.split(",")
    visits, unlike = rows[5].split(","), rows[9].split(",")
    visits[names.index("TotalVisits")] = "-3"
    unlike[names.index("TotalVisits")] = "77"
    more = [rows[0], rows[0], ",".join(unlike), "one,two"]
    return "\n".join([header, *rows[:5], ",".join(visits), *rows[6:], *more, ""]).encode()


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """The zip that Glue puts on the path."""
    folder = assemble_glue(tmp_path_factory.mktemp("package"))
    return shutil.make_archive(str(folder), "zip", folder)


@pytest.fixture(scope="module")
def bucket():
    with moto_server() as url, pytest.MonkeyPatch.context() as patched:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patched.setenv(name, "test")
        patched.setenv("AWS_DEFAULT_REGION", "us-east-1")
        patched.setenv("AWS_ENDPOINT_URL", url)
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="raw")
        s3.put_bucket_versioning(Bucket="raw", VersioningConfiguration={"Status": "Enabled"})
        yield s3


@pytest.fixture(scope="module")
def ran(bucket, package, tmp_path_factory):
    """Run the job twice, after someone has overwritten the file."""
    folder = tmp_path_factory.mktemp("job")
    key = "raw/lead_conversion/leads.csv"
    version = bucket.put_object(Bucket="raw", Key=key, Body=_file())["VersionId"]
    bucket.put_object(Bucket="raw", Key=key, Body=b"something else")
    request = CleanRequest(bucket="raw", key=key, version_id=version).to_arguments()
    given = {"--JOB_NAME": "clean", "--use_case": "lead_conversion", "--target": f"file://{folder}"}
    words = [word for pair in (given | request).items() for word in pair]
    env = os.environ | {
        "PYTHONPATH": package,
        "PYSPARK_PYTHON": sys.executable,
        "JAVA_HOME": str(find_java().resolve().parent.parent),
        "SPARK_LOCAL_IP": "127.0.0.1",
        # Glue's defaults are for many machines.
        "PYSPARK_SUBMIT_ARGS": "--master local[2] --conf spark.sql.shuffle.partitions=2 "
        "--conf spark.ui.enabled=false pyspark-shell",
    }
    script = shutil.copy(ROOT / "glue_jobs" / "clean_leads.py", folder)
    said = []
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, script, *words],
            check=False, capture_output=True, text=True, timeout=280, cwd=folder, env=env,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-4000:]
        said.append(json.loads(next(x for x in done.stderr.splitlines() if x[:1] == "{")))
    return SimpleNamespace(folder=folder, said=said)


@pytest.fixture(scope="module")
def laptop(tmp_path_factory):
    """What the laptop makes of the same file."""
    folder = tmp_path_factory.mktemp("laptop")
    (folder / "leads.csv").write_bytes(_file())
    here = runtime(folder)
    admitted = ingest(
        LEAD_CONVERSION, here, source=folder / "leads.csv", purpose=Purpose.TRAIN, moment=CONTACTED
    )
    record = clean(LEAD_CONVERSION, here, ingest=admitted)
    return SimpleNamespace(
        record=record,
        sha256=admitted.file_sha256,
        clean=pq.read_table(here.lake.fetch(record.clean)),
        quarantine=pq.read_table(here.lake.fetch(record.quarantine)),
    )


def _table(ran, zone, version) -> pa.Table:
    return pq.ParquetDataset(
        ran.folder / partition(zone, "lead_conversion", version), partitioning=None
    ).read()


def test_every_row_is_accounted_for_as_on_the_laptop(ran, laptop):
    assert ran.said[0]["version"] == laptop.sha256
    assert ran.said[0]["rows"] == laptop.record.rows.to_dict()
    assert min(ran.said[0]["rows"].values()) > 0


def test_clean_rows_equal_the_laptops(ran, laptop):
    spark = _table(ran, Zone.CLEAN, laptop.sha256).sort_by(LINE)
    assert spark.column_names == laptop.clean.column_names
    assert spark.to_pylist() == laptop.clean.sort_by(LINE).to_pylist()


def test_the_quarantine_equals_the_laptops(ran, laptop):
    spark = _table(ran, Zone.QUARANTINE, laptop.sha256)
    assert spark.to_pylist() == laptop.quarantine.to_pylist()


def test_a_repeated_run_replaces_what_it_wrote(ran, laptop):
    assert ran.said[1] == ran.said[0]
    assert _table(ran, Zone.CLEAN, laptop.sha256).num_rows == laptop.record.rows.accepted
    versions = list((ran.folder / "clean" / "use_case=lead_conversion").iterdir())
    assert [folder.name for folder in versions] == [f"version={laptop.sha256}"]
