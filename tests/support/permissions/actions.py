"""Which IAM actions an AWS call needs."""

from __future__ import annotations

import botocore.session
from botocore import xform_name

from tests.support.permissions.scan import Call

# IAM's name of a service, where it is not boto3's.
_PREFIX = {
    "mwaa": "airflow",
    "sagemaker-runtime": "sagemaker",
    "elbv2": "elasticloadbalancing",
    "stepfunctions": "states",
}
# Calls whose action has another name. Source: the service authorization reference.
_OTHER = {
    ("s3", "head_object"): ("s3:GetObject",),
    ("s3", "list_objects_v2"): ("s3:ListBucket",),
    ("s3", "upload_file"): ("s3:PutObject",),
    ("s3", "download_file"): ("s3:GetObject",),
    ("mwaa", "invoke_rest_api"): ("airflow:InvokeRestApi",),
    ("redshift-data", "batch_execute_statement"): ("redshift-data:BatchExecuteStatement",),
}
_VERSIONED = {"s3:GetObject": "s3:GetObjectVersion"}


def actions_of(call: Call) -> tuple[str, ...]:
    """IAM actions that the call needs."""
    if (call.service, call.operation) in _OTHER:
        found = _OTHER[call.service, call.operation]
    else:
        prefix = _PREFIX.get(call.service, call.service)
        found = (f"{prefix}:{_camel(call.service, call.operation)}",)
    return tuple(_VERSIONED.get(each, each) for each in found) if call.versioned else found


def _camel(service: str, operation: str) -> str:
    model = botocore.session.get_session().get_service_model(service)
    return {xform_name(name): name for name in model.operation_names}[operation]
