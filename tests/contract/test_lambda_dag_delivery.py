"""Airflow reads what the package holds; requirements are new only where their text is."""

import io
import zipfile

import boto3
import pytest

from lambdas import dag_delivery
from ml.contract.cloud_settings import DagDeliverySettings
from tests.support.lambdas import REGION, fake_aws, listener

SETTINGS = DagDeliverySettings(bucket="airflow")


@pytest.fixture(autouse=True)
def s3(monkeypatch):
    with fake_aws(monkeypatch, SETTINGS.to_env()):
        s3 = boto3.client("s3", region_name=REGION)
        where = {"LocationConstraint": REGION}
        for bucket in ("airflow", "assets"):
            s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=where)
        s3.put_bucket_versioning(Bucket="airflow", VersioningConfiguration={"Status": "Enabled"})
        yield s3


def _package(s3, **files):
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as package:
        package.writestr("dags/", "")
        for name, text in files.items():
            package.writestr(name, text)
    s3.put_object(Bucket="assets", Key="package.zip", Body=body.getvalue())


def _event(kind="Create", **more):
    return {
        "RequestType": kind,
        "LogicalResourceId": "Delivery",
        "StackId": "stack",
        "RequestId": "request",
        "ResourceProperties": {"PackageBucket": "assets", "PackageKey": "package.zip"},
        **more,
    }


def _keys(s3):
    return {each["Key"] for each in s3.list_objects_v2(Bucket="airflow").get("Contents", ())}


FILES = {
    "requirements.txt": "boto3==1",
    "dags/dags/lead_scoring.py": "a",
    "dags/ml/contract/x.py": "b",
}


def test_the_bucket_holds_what_the_package_holds(s3):
    _package(s3, **FILES)
    version = dag_delivery.deliver(_event())
    assert _keys(s3) == set(FILES)
    got = s3.get_object(Bucket="airflow", Key="requirements.txt", VersionId=version)
    assert got["Body"].read() == b"boto3==1"


def test_a_dag_that_is_gone_from_the_package_goes_and_nothing_beside_dags_does(s3):
    _package(s3, **FILES, **{"dags/old.py": "c"})
    dag_delivery.deliver(_event())
    s3.put_object(Bucket="airflow", Key="plugins.zip", Body=b"somebody's")
    _package(s3, **FILES)
    dag_delivery.deliver(_event("Update"))
    assert _keys(s3) == {*FILES, "plugins.zip"}


def test_equal_requirements_keep_their_version_and_others_get_a_new_one(s3):
    _package(s3, **FILES)
    first = dag_delivery.deliver(_event())
    _package(s3, **FILES | {"dags/dags/lead_scoring.py": "changed"})
    assert dag_delivery.deliver(_event("Update")) == first
    _package(s3, **FILES | {"requirements.txt": "boto3==2"})
    assert dag_delivery.deliver(_event("Update")) != first


def test_a_deletion_leaves_the_bucket_to_its_own_rules(s3):
    _package(s3, **FILES)
    version = dag_delivery.deliver(_event())
    assert dag_delivery.deliver(_event("Delete", PhysicalResourceId=version)) == version
    assert _keys(s3) == set(FILES)


def test_cloudformation_is_told_the_version_or_why_there_is_none(s3):
    with listener() as server:
        _package(s3, **FILES)
        dag_delivery.handler(_event(ResponseURL=f"{server.url}/ok"), None)
        s3.delete_object(Bucket="assets", Key="package.zip")
        dag_delivery.handler(
            _event("Update", PhysicalResourceId="v1", ResponseURL=f"{server.url}/no"), None
        )
    (_, good), (_, bad) = server.got
    assert good["Status"] == "SUCCESS"
    assert good["PhysicalResourceId"]
    assert (bad["Status"], bad["PhysicalResourceId"]) == ("FAILED", "v1")
    assert "NoSuchKey" in bad["Reason"]
