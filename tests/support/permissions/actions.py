"""Which IAM actions an AWS call needs."""

from __future__ import annotations

from functools import cache

import botocore.session
from botocore import xform_name

from tests.support.permissions.scan import Call

# IAM's name of a service, where it is not boto3's.
_PREFIX = {
    "elbv2": "elasticloadbalancing",
    "mwaa": "airflow",
    "sagemaker-featurestore-runtime": "sagemaker",
    "sagemaker-runtime": "sagemaker",
    "stepfunctions": "states",
}
# Calls whose action has another name. Source: the service authorization reference.
_OTHER = {
    ("s3", "complete_multipart_upload"): ("s3:PutObject",),
    ("s3", "create_multipart_upload"): ("s3:PutObject",),
    ("s3", "delete_objects"): ("s3:DeleteObject",),
    ("s3", "download_file"): ("s3:GetObject",),
    ("s3", "head_object"): ("s3:GetObject",),
    ("s3", "list_object_versions"): ("s3:ListBucketVersions",),
    ("s3", "list_objects_v2"): ("s3:ListBucket",),
    # Large files go in parts, which are taken away again where one fails.
    ("s3", "upload_file"): ("s3:PutObject", "s3:AbortMultipartUpload"),
    ("s3", "upload_part"): ("s3:PutObject",),
}
_VERSIONED: dict[str, dict[str, tuple[str, ...]]] = {
    "": {},
    "always": {"s3:GetObject": ("s3:GetObjectVersion",)},
    "sometimes": {"s3:GetObject": ("s3:GetObject", "s3:GetObjectVersion")},
}


def actions_of(call: Call) -> tuple[str, ...]:
    """IAM actions that the call needs."""
    found = action_names(call.service, call.operation)
    versions = _VERSIONED[call.versioned]
    return tuple(action for each in found for action in versions.get(each, (each,)))


@cache
def action_names(service: str, operation: str) -> tuple[str, ...]:
    """IAM actions of an operation, whatever its arguments."""
    if (service, operation) in _OTHER:
        return _OTHER[service, operation]
    return (f"{_PREFIX.get(service, service)}:{_camel(service, operation)}",)


def _camel(service: str, operation: str) -> str:
    model = botocore.session.get_session().get_service_model(service)
    names = {xform_name(name): str(name) for name in model.operation_names}
    return names[operation]
