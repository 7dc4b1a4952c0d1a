"""What our code asks of AWS while it runs is what the scan says that it can ask."""

import pytest

from lambdas.arriving.order import is_newest
from lambdas.clients import client
from ml.adapters.s3_folder import S3Folder
from ml.contract.messages import NewFile
from tests.support.lambdas import REGION, fake_aws, table
from tests.support.permissions.recording import Recorded, recording, unproven


@pytest.fixture
def aws(monkeypatch):
    with fake_aws(monkeypatch, {}):
        yield


@pytest.mark.usefixtures("aws")
def test_a_call_is_recorded_with_file_and_line_and_the_scan_knows_it():
    table("seen")
    file = NewFile(bucket="b", key="k", version="v", sequencer="0A", size=1)
    with recording() as calls:
        assert is_newest(file, "seen")
    (call,) = calls
    assert str(call).startswith("lambdas/arriving/order.py:")
    assert (call.service, call.operation, call.library) == ("dynamodb", "update_item", "")
    assert unproven(calls) == []


@pytest.mark.usefixtures("aws")
def test_a_file_that_boto3_moves_in_threads_is_recorded_as_the_move(tmp_path):
    client("s3").create_bucket(
        Bucket="home", CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    (tmp_path / "a.txt").write_text("a")
    with recording() as calls:
        S3Folder("s3://home/x/", tmp_path).push()
    assert {call.operation for call in calls} == {"upload_file"}
    assert unproven(calls) == []


@pytest.mark.usefixtures("aws")
def test_calls_of_tests_are_not_ours():
    with recording() as calls:
        client("s3").list_buckets()
    assert calls == []


@pytest.mark.parametrize(
    "call",
    [
        Recorded("s3", "delete_bucket", "lambdas/arriving/order.py", 1),
        Recorded("dynamodb", "update_item", "lambdas/arriving/source.py", 1),
        Recorded("dynamodb", "delete_table", "lambdas/intake.py", 1, "aws_lambda_powertools"),
        Recorded("dynamodb", "put_item", "lambdas/intake.py", 1, "some_library"),
    ],
    ids=str,
)
def test_a_call_that_the_scan_does_not_see_is_named(call):
    (line,) = unproven([call])
    assert line.startswith(str(call))


def test_what_powertools_does_is_implied():
    call = Recorded("dynamodb", "put_item", "lambdas/intake.py", 1, "aws_lambda_powertools")
    assert unproven([call]) == []
