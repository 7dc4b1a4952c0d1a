"""S3's events come twice, late, in batches, or for files that are gone: each is handled once."""

import time

import boto3
import pytest
from botocore.exceptions import ClientError

from lambdas import intake
from lambdas.arriving import admission
from ml.contract.cloud_settings import IntakeSettings
from ml.use_cases import find
from tests.support.lambdas import (
    REGION,
    Context,
    fake_aws,
    file_event,
    metrics,
    queue_event,
    table,
)

BUCKET, JOB, TABLE = "leadwise-raw", "clean-leads", "seen"
SETTINGS = IntakeSettings(use_case="lead_conversion", glue_job=JOB, idempotency_table=TABLE)
HEADER = ",".join(column.source for column in find("lead_conversion").schema.columns)
GOOD = (HEADER + "\n" + "1," * HEADER.count(",") + "1\n").encode()
SECRET = "ann.lee@example.com"


@pytest.fixture(autouse=True)
def aws(monkeypatch):
    with fake_aws(monkeypatch, SETTINGS.to_env()):
        intake._admit_once.cache_clear()
        table(TABLE)
        s3 = boto3.client("s3", region_name=REGION)
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        yield s3
        intake._admit_once.cache_clear()


@pytest.fixture
def runs(monkeypatch):
    """Arguments of every job that was started; `runs.failing` names keys that Glue refuses."""
    started = Runs()
    monkeypatch.setattr(admission, "client", lambda service: started)
    return started


class Runs(list):
    failing: frozenset[str] = frozenset()

    def start_job_run(self, *, JobName, Arguments):
        assert JobName == JOB
        if Arguments["--key"] in self.failing:
            error = {"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}
            raise ClientError(error, "StartJobRun")
        self.append(Arguments)
        return {"JobRunId": f"jr_{len(self)}"}


def _put(s3, key, text=GOOD):
    return s3.put_object(Bucket=BUCKET, Key=key, Body=text)["VersionId"]


def _handle(*bodies, context=None):
    return intake.handler(queue_event(*bodies), context or Context())


def _failed(answer):
    return [item["itemIdentifier"] for item in answer["batchItemFailures"]]


def test_a_file_starts_the_job_for_its_very_version(aws, runs, capsys):
    version = _put(aws, "raw/leads.csv")
    assert _failed(_handle(file_event(BUCKET, "raw/leads.csv", version))) == []
    assert runs == [{"--bucket": BUCKET, "--key": "raw/leads.csv", "--version_id": version}]
    assert metrics(capsys.readouterr().out) == {"FilesAdmitted": 1}


def test_five_deliveries_of_one_event_start_one_job(aws, runs, capsys):
    event = file_event(BUCKET, "leads.csv", _put(aws, "leads.csv"))
    for _ in range(5):
        assert _failed(_handle(event)) == []
    assert len(runs) == 1
    assert capsys.readouterr().out.count('"message":"DUPLICATE"') == 4


def test_an_event_that_comes_after_a_newer_one_is_passed_over(aws, runs, capsys):
    old, new = (_put(aws, "leads.csv", GOOD + str(i).encode()) for i in range(2))
    _handle(file_event(BUCKET, "leads.csv", new, sequencer="00A2"))
    _handle(file_event(BUCKET, "leads.csv", old, sequencer="00A1F"))
    assert [run["--version_id"] for run in runs] == [new]
    assert '"message":"OUTDATED"' in capsys.readouterr().out


def test_events_in_order_each_start_a_job(aws, runs):
    versions = [_put(aws, "leads.csv", GOOD + str(i).encode()) for i in range(2)]
    for version, sequencer in zip(versions, ("00A1F", "00A2"), strict=True):
        _handle(file_event(BUCKET, "leads.csv", version, sequencer=sequencer))
    assert [run["--version_id"] for run in runs] == versions


def test_an_overwritten_file_is_read_as_it_was(aws, runs):
    version = _put(aws, "leads.csv")
    _put(aws, "leads.csv", b"no leads at all")
    _handle(file_event(BUCKET, "leads.csv", version))
    assert [run["--version_id"] for run in runs] == [version]


def test_a_file_that_is_gone_is_no_failure(aws, runs, capsys):
    version = _put(aws, "leads.csv")
    aws.delete_object(Bucket=BUCKET, Key="leads.csv", VersionId=version)
    assert _failed(_handle(file_event(BUCKET, "leads.csv", version))) == []
    printed = capsys.readouterr().out
    assert runs == []
    assert '"message":"SOURCE_GONE"' in printed
    assert metrics(printed) == {"SourcesGone": 1}


def test_of_ten_events_only_those_that_fail_go_back(aws, runs):
    keys = [f"leads-{i}.csv" for i in range(10)]
    runs.failing = frozenset({keys[3], keys[7]})
    events = [file_event(BUCKET, key, _put(aws, key)) for key in keys]
    assert _failed(_handle(*events)) == ["m3", "m7"]
    runs.failing = frozenset()
    assert _failed(_handle(events[3], events[7])) == []
    assert sorted(run["--key"] for run in runs) == sorted(keys)


def test_a_run_that_was_cut_off_blocks_the_next_only_until_its_time_is_over(aws, runs, monkeypatch):
    event = file_event(BUCKET, "leads.csv", _put(aws, "leads.csv"))
    with monkeypatch.context() as cut:
        cut.setattr(admission, "read_head", _cut_off)
        with pytest.raises(KeyboardInterrupt):
            _handle(event, context=Context(milliseconds=1000))
    assert _failed(_handle(event)) == ["m0"]
    time.sleep(1.1)
    assert _failed(_handle(event)) == []
    assert _failed(_handle(event)) == []
    assert len(runs) == 1


def _cut_off(_file):
    raise KeyboardInterrupt  # as with Lambda's own kill, nothing cleans up after it


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (b"", "EMPTY_FILE"),
        (f"{SECRET},Ann Lee\n".encode(), "HEADER_NOT_RECOGNISED"),
        (HEADER.partition(",")[2].encode() + f"\n{SECRET}\n".encode(), "MISSING_COLUMN"),
        (b"PK\x03\x04" + SECRET.encode(), "NOT_CSV_XLSX"),
    ],
)
def test_a_bad_file_is_refused_by_its_rule_and_quoted_nowhere(aws, runs, capsys, text, rule):
    version = _put(aws, "leads.csv", text)
    assert _failed(_handle(file_event(BUCKET, "leads.csv", version))) == []
    printed = capsys.readouterr()
    assert runs == []
    assert rule in printed.out
    assert metrics(printed.out) == {"FilesRefused": 1}
    assert SECRET not in printed.out + printed.err
    assert "Ann" not in printed.out + printed.err


@pytest.mark.parametrize("body", ["", "[]", '{"detail": {}}', '{"detail": {"bucket": 3}}'])
def test_a_message_that_is_no_event_fails_alone(aws, runs, body):
    good = file_event(BUCKET, "leads.csv", _put(aws, "leads.csv"))
    assert _failed(_handle(body, good)) == ["m0"]
    assert len(runs) == 1


def test_a_folder_made_in_the_console_is_no_file(aws, runs):
    version = _put(aws, "raw/", b"")
    assert _failed(_handle(file_event(BUCKET, "raw/", version, size=0))) == []
    assert runs == []


def test_denied_access_names_the_action_that_is_missing(aws, monkeypatch, capsys):
    error = {"Error": {"Code": "AccessDenied", "Message": "not authorized to perform kms:Decrypt"}}

    def denied(_file):
        raise ClientError(error, "GetObject")

    event = file_event(BUCKET, "leads.csv", _put(aws, "leads.csv"))
    monkeypatch.setattr(admission, "read_head", denied)
    assert _failed(_handle(event)) == ["m0"]
    assert "AccessDenied: not authorized to perform kms:Decrypt" in capsys.readouterr().out


def test_parts_start_nothing_until_a_manifest_names_them(aws, runs):
    part, manifest = "raw/lead_conversion/parts/a.csv", "raw/lead_conversion/1.manifest.json"
    for number, (key, text) in enumerate(
        [(part, GOOD), (manifest, b'{"files": [{"key": "%s"}]}' % part.encode())]
    ):
        version = _put(aws, key, text)
        assert _failed(_handle(file_event(BUCKET, key, version, sequencer=f"0{number}"))) == []
    assert [run["--key"] for run in runs] == [manifest]


@pytest.mark.parametrize(
    "text", [b"", b"[]", b'{"files": []}', b'{"files": [{"key": 5}]}', b'{"files": [5]}']
)
def test_a_manifest_that_names_no_files_starts_nothing(aws, runs, capsys, text):
    key = "raw/lead_conversion/1.manifest.json"
    version = _put(aws, key, text)
    assert _failed(_handle(file_event(BUCKET, key, version))) == []
    assert runs == []
    assert '"rules":["MANIFEST"]' in capsys.readouterr().out.replace(" ", "")
