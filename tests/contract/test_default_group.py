"""The Lambda that closes a VPC's default group, against a stand-in of EC2 and of CloudFormation."""

import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import boto3
import pytest
from moto import mock_aws

from lambdas.cloudformation import custom_resource
from lambdas.default_group import close, handler


@pytest.fixture
def group(monkeypatch):
    """Id of the default group of a new VPC."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws(config={"core": {"passthrough": {"urls": [r"http://localhost:.*"]}}}):
        ec2 = boto3.client("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        filters = [{"Name": "vpc-id", "Values": [vpc]}]
        (found,) = ec2.describe_security_groups(Filters=filters)["SecurityGroups"]
        yield found["GroupId"]


@pytest.fixture
def cloudformation():
    """Where CloudFormation waits for answers, and the answers that it got."""
    answers = []

    class Waiting(BaseHTTPRequestHandler):
        def do_PUT(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answers.append((self.headers["Content-Type"], json.loads(body)))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("localhost", 0), Waiting)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}/", answers
    server.shutdown()
    server.server_close()


def _event(group, url="", request="Create"):
    return {
        "RequestType": request,
        "ResponseURL": url,
        "StackId": "stack",
        "RequestId": "request",
        "LogicalResourceId": "Closed",
        "ResourceProperties": {"GroupId": group, "Account": "123456789012"},
    }


def _rules(group):
    (found,) = boto3.client("ec2").describe_security_groups(GroupIds=[group])["SecurityGroups"]
    return found["IpPermissions"], found["IpPermissionsEgress"]


def _open_as_aws_does(group):
    """A stand-in makes no rule from the group to itself; AWS does."""
    itself = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group}]}
    boto3.client("ec2").authorize_security_group_ingress(GroupId=group, IpPermissions=[itself])


def test_both_rules_go(group):
    _open_as_aws_does(group)
    assert all(_rules(group))
    close(_event(group))
    assert _rules(group) == ([], [])


def test_a_closed_group_stays_closed(group):
    close(_event(group))
    close(_event(group, request="Update"))
    assert _rules(group) == ([], [])


def test_a_deleted_resource_changes_nothing(group):
    before = _rules(group)
    close(_event(group, request="Delete"))
    assert _rules(group) == before


def test_cloudformation_is_told_of_success(group, cloudformation):
    url, answers = cloudformation
    handler(_event(group, url), None)
    (content_type, answer) = answers[0]
    assert content_type == ""
    assert answer == {
        "StackId": "stack",
        "RequestId": "request",
        "LogicalResourceId": "Closed",
        "Status": "SUCCESS",
        "PhysicalResourceId": "closed-default-group",
    }


def test_cloudformation_is_told_why_it_failed(cloudformation):
    url, answers = cloudformation

    def work(_event):
        raise ValueError("no such group")

    custom_resource(work)(_event("sg-1", url), None)
    assert answers[0][1]["Status"] == "FAILED"
    assert answers[0][1]["Reason"] == "ValueError: no such group"
    assert answers[0][1]["PhysicalResourceId"] == "Closed"
