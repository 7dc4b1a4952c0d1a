"""The Glue job on a local Spark, from the package that Glue receives: equal to the laptop."""

import csv
import json
import shutil
import subprocess
from datetime import UTC, datetime
from io import BytesIO, StringIO
from types import SimpleNamespace

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from infra.source_assets import assemble_glue
from ml.contract.alerts import NAMESPACE
from ml.contract.jobs import CleaningOptions, CleanRequest
from ml.contract.moments import CONTACTED
from ml.contract.names import LINE, LOADED_VERSION, CheckState, Purpose, Zone
from ml.contract.places import partition
from ml.core.generator import Scenario
from ml.core.sample import write_csv
from ml.steps.check import check
from ml.steps.clean import clean
from ml.steps.ingest import ingest
from ml.use_cases.lead_conversion import LEAD_CONVERSION
from tests.support import ROOT
from tests.support.cleaning import runtime
from tests.support.cloud import moto_server
from tests.support.spark import SPARK_PYTHON, spark_environment


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


def _broken() -> bytes:
    """Leads whose source says the same of all."""
    made = BytesIO()
    scenario = Scenario(broken_field="Lead Source", breakage="constant")
    write_csv(LEAD_CONVERSION, made, rows=600, seed=3, scenario=scenario)
    return made.getvalue()


KEY = "raw/lead_conversion/leads.csv"
SUPPORT = ROOT / "tests" / "support"


def _documents(text):
    """Lines that are JSON, among those of Spark."""
    return [json.loads(line) for line in text.splitlines() if line[:1] == "{"]


@pytest.fixture(scope="module")
def job(package, tmp_path_factory):
    """Where the job writes, and how it is started."""
    folder, first = tmp_path_factory.mktemp("job"), tmp_path_factory.mktemp("kept") / "first"
    options = CleaningOptions(
        use_case="lead_conversion", target=f"file://{folder}", service="leadwise-dev-cleaning"
    )

    def arguments(key, version=""):
        request = CleanRequest(bucket="raw", key=key, version_id=version).to_arguments()
        pairs = {"--JOB_NAME": "clean", **options.to_arguments(), **request}
        return [word for pair in pairs.items() for word in pair]

    def runs(*entries):
        """Glue's script by arguments, a statement by its text, one after the other in one Spark."""
        scripts = [ROOT / "glue_jobs" / "clean_leads.py"]
        scripts += [SUPPORT / name for name in ("glue_runs.py", "lake_table_runs.py")]
        _, script, _ = (shutil.copy(each, folder) for each in scripts)
        done = subprocess.run(
            [SPARK_PYTHON, script], input=json.dumps(entries),
            check=False, capture_output=True, text=True, timeout=280, cwd=folder,
            env=spark_environment() | {"PYTHONPATH": package},
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
        return _documents(done.stdout), _documents(done.stderr)

    return SimpleNamespace(folder=folder, first=first, arguments=arguments, runs=runs)


def _encoded(rows, start, encoding, delimiter=","):
    """Some of the leads as another system would export them."""
    header, *lines = csv.reader(_file().decode().splitlines()[: start + rows + 1])
    text = StringIO()
    csv.writer(text, delimiter=delimiter).writerows([header, *lines[start:]])
    return text.getvalue().encode(encoding)


PARTS = {
    "parts/a.csv": _encoded(20, 20, "utf-16"),
    "parts/b.csv": _encoded(20, 40, "cp1252", ";"),
    "parts/half.csv": _encoded(20, 60, "utf-8")[:-40],
}


@pytest.fixture(scope="module")
def all_runs(bucket, job, laptop):
    """The job as Glue runs it, after someone has overwritten the file, and further runs.

    All in one Spark: again, after a crash, by manifest, of unreadable manifests. Last comes what
    the lake's table does to rows.
    """
    version = bucket.put_object(Bucket="raw", Key=KEY, Body=_file())["VersionId"]
    bucket.put_object(Bucket="raw", Key=KEY, Body=b"something else")
    prefix = "raw/lead_conversion/"
    for name, content in PARTS.items():
        bucket.put_object(Bucket="raw", Key=prefix + name, Body=content)
    bucket.put_object(Bucket="raw", Key=f"{prefix}broken.csv", Body=_broken())
    whole = [{"key": f"{prefix}{name}", "bytes": len(PARTS[name])} for name in list(PARTS)[:2]]
    manifests = {
        "today": {"files": whole},
        "gone": {"files": [*whole, {"key": f"{prefix}parts/gone.csv"}]},
        "cut": {"files": [{"key": f"{prefix}parts/half.csv", "bytes": 99_999}]},
        "none": {"leads": []},
        "mixed": {"files": [{"key": KEY}, whole[0]]},
    }
    for name, content in manifests.items():
        body = json.dumps(content).encode()
        bucket.put_object(Bucket="raw", Key=f"{prefix}{name}.manifest.json", Body=body)
    place = partition(Zone.LOADS, "lead_conversion", laptop.sha256)
    runs = {
        "first": job.arguments(KEY, version),
        "kept": f"import shutil; shutil.copytree({str(job.folder)!r}, {str(job.first)!r})",
        "again": job.arguments(KEY, version),
        "crashed": f"import os; os.remove({str(job.folder / place / 'finished.json')!r})",
        "after the crash": job.arguments(KEY, version),
        **{name: job.arguments(f"{prefix}{name}.manifest.json") for name in manifests},
        "broken": job.arguments(f"{prefix}broken.csv"),
        "deleted": job.arguments(f"{prefix}never.csv"),
        "table": "from lake_table_runs import main; main()",
    }
    answering = (name for name in runs if name not in ("kept", "crashed"))
    answers, logged = job.runs(*runs.values())
    return SimpleNamespace(answers=dict(zip(answering, answers, strict=True)), logged=logged)


@pytest.fixture(scope="module")
def ran(job, all_runs):
    """The first run, and its files as it left them."""
    assert all_runs.answers["first"]["ended"] is None
    return SimpleNamespace(folder=job.first, said=all_runs.logged[:1])


@pytest.fixture(scope="module")
def more(job, all_runs):
    """The other runs, and the files that they all left."""
    return SimpleNamespace(folder=job.folder, runs=all_runs.answers)


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
        here=SimpleNamespace(**vars(here), now=lambda: datetime.now(UTC)),
        admitted=admitted,
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


def test_fingerprint_and_warnings_equal_the_laptops(ran, laptop):
    assert ran.said[0]["canonical_hash"] == laptop.record.canonical_hash
    assert ran.said[0]["warnings"] == laptop.record.warnings


@pytest.mark.usefixtures("ran")
def test_its_accounting_becomes_metrics():
    found = boto3.client("cloudwatch").list_metrics(Namespace=NAMESPACE)["Metrics"]
    about = {(m["MetricName"], m["Dimensions"][0]["Value"]) for m in found}
    rows = ("Received", "Accepted", "Quarantined", "Deduplicated")
    assert about == {(f"Rows{name}", "leadwise-dev-cleaning") for name in rows}


def test_the_same_bytes_are_not_cleaned_again(ran, more):
    (said,) = more.runs["again"]["said"]
    assert said == ran.said[0] | {"repeated": True}


def test_a_run_that_died_is_done_anew_and_replaces_what_it_wrote(ran, more, laptop):
    (said,) = more.runs["after the crash"]["said"]
    assert said == ran.said[0] | {"parts": said["parts"], "checks": said["checks"]}
    assert _table(more, Zone.CLEAN, laptop.sha256).equals(_table(ran, Zone.CLEAN, laptop.sha256))


def test_a_manifest_names_the_files_that_count(ran, more):
    """Of three parts in three encodings, one is not named: somebody is still writing it."""
    assert more.runs["today"]["ended"] is None
    said = more.runs["today"]["said"]
    assert [entry["file"].rpartition("/")[2] for entry in said] == ["a.csv", "b.csv"]
    assert [entry["rows"]["accepted"] for entry in said] == [20, 20]
    clean = [_table(more, Zone.CLEAN, entry["version"]).to_pylist() for entry in said]
    whole = _table(ran, Zone.CLEAN, ran.said[0]["version"]).to_pylist()
    by_id = {row["prospect_id"]: row for row in whole}
    for row in (row for rows in clean for row in rows):
        assert row | {LINE: 0} == by_id[row["prospect_id"]] | {LINE: 0}


def test_checks_are_those_of_the_laptop(ran, laptop):
    checks = ran.said[0]["checks"]
    ours = check(LEAD_CONVERSION, laptop.here, ingest=laptop.admitted, clean=laptop.record)
    kept = [found for found in ours.findings if found.state == CheckState.WARN]
    assert kept
    assert {found.sentence() for found in kept} <= set(checks["findings"])
    assert checks["state"] == CheckState.WARN


def test_rows_that_the_checks_stop_are_not_loaded(more):
    """A column that had many values has one now."""
    assert "the data checks of lead_conversion say stop" in more.runs["broken"]["ended"]
    assert "Lead Source" in more.runs["broken"]["ended"]
    assert more.runs["broken"]["said"] == []
    loads = more.folder / "loads" / "use_case=lead_conversion"
    assert len(list(loads.iterdir())) == 3  # the file, and two by manifest


def test_a_refused_file_stops_no_other(more):
    assert more.runs["mixed"]["ended"].startswith(f"error: {KEY}: ")
    (said,) = more.runs["mixed"]["said"]
    assert said["file"].endswith("a.csv")


@pytest.mark.parametrize(
    ("run", "words"),
    [
        ("gone", "bucket 'raw' has no file 'raw/lead_conversion/parts/gone.csv'"),
        ("cut", "bytes where its manifest says 99,999"),
        ("none", "none.manifest.json is no manifest of files"),
        ("deleted", "has no file 'raw/lead_conversion/never.csv'"),
    ],
)
def test_what_cannot_be_read_is_one_line_and_nothing_is_done(more, run, words):
    assert more.runs[run]["said"] == []
    assert words in more.runs[run]["ended"]
    assert "\n" not in more.runs[run]["ended"]


def test_the_lakes_table_replaces_versions_and_only_gains_columns(more):
    said = more.runs["table"]
    v1, v2 = (
        {"line_number": n, "id": name, LOADED_VERSION: f"v{n}"} for n, name in ((1, "a"), (2, "b"))
    )
    assert said["two versions"] == [v1, v2]
    assert said["one replaced"] == [v1 | {"id": "c"}, v2]
    third = {"line_number": 3, "id": "d", "won": True, LOADED_VERSION: "v3"}
    assert said["one column more"] == [v1 | {"id": "c", "won": None}, v2 | {"won": None}, third]
    assert "column 'line_number' is bigint there and to be string" in said["another type"]
    assert "column 'won' is boolean there and no column" in said["one column less"]
    assert said["after refusals"] == said["one column more"]
