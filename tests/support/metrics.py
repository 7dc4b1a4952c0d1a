"""Who writes a CloudWatch metric: our own code, or an AWS service about a resource of ours."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ml.contract.alerts import CLEANING, NAMESPACE, WATCH, Metric, part_name
from tests.support import ROOT
from tests.support.event_bridge import plain

Templates = Mapping[str, dict[str, Any]]
#: Where metrics are named: in Lambdas and the Glue job, and where a watch says what it measures.
_OURS = ("lambdas.", "glue_jobs.", "ml.core.watching.")
#: Where jobs begin; Lambdas do in the file of their name.
_JOBS = {WATCH: "ml/cloud_job.py", CLEANING: "glue_jobs/clean_leads.py"}

#: What each service writes for which dimension, and the type of resource that this names.
#: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/aws-services-cloudwatch-metrics.html
SERVICES: dict[str, tuple[dict[str, str], set[str]]] = {
    "AWS/SQS": ({"QueueName": "AWS::SQS::Queue"}, {"ApproximateNumberOfMessagesVisible"}),
    "AWS/Lambda": (
        {"FunctionName": "AWS::Lambda::Function"},
        {"Invocations", "Errors", "Throttles", "Duration"},
    ),
    "AWS/ApiGateway": (
        {"ApiId": "AWS::ApiGatewayV2::Api"},
        {"Count", "4xx", "5xx", "Latency", "IntegrationLatency"},
    ),
    "AWS/RDS": (
        {"DBInstanceIdentifier": "AWS::RDS::DBInstance"},
        {"CPUUtilization", "DatabaseConnections", "FreeStorageSpace"},
    ),
    "AWS/AutoScaling": (
        {"AutoScalingGroupName": "AWS::AutoScaling::AutoScalingGroup"},
        {"GroupInServiceInstances"},
    ),
    "AWS/Redshift-Serverless": (
        {"Workgroup": "AWS::RedshiftServerless::Workgroup"},
        {"ComputeSeconds", "ComputeCapacity"},
    ),
    "AWS/SageMaker": (
        {
            "EndpointName": "AWS::SageMaker::Endpoint",
            "VariantName": "AWS::SageMaker::EndpointConfig",
        },
        {
            "Invocations",
            "Invocation5XXErrors",
            "InvocationModelErrors",
            "ModelLatency",
            "ServerlessConcurrentExecutionsUtilization",
        },
    ),
    "/aws/sagemaker/Endpoints": (
        {
            "EndpointName": "AWS::SageMaker::Endpoint",
            "VariantName": "AWS::SageMaker::EndpointConfig",
        },
        {"MemoryUtilization"},
    ),
    "AWS/ApplicationELB": (
        {
            # The CDK cuts the balancer's name out of its listener's ARN.
            "LoadBalancer": "AWS::ElasticLoadBalancingV2::Listener",
            "TargetGroup": "AWS::ElasticLoadBalancingV2::TargetGroup",
        },
        {"HealthyHostCount", "HTTPCode_Target_5XX_Count"},
    ),
    "AmazonMWAA": (
        {"Environment": "AWS::MWAA::Environment", "Function": "AWS::MWAA::Environment"},
        {"SchedulerHeartbeat"},
    ),
}


def unwritten(
    namespace: str, name: str, dimensions: Mapping[str, str], stacks: Templates, environment: str
) -> str:
    """Why nothing in an environment writes a metric; empty where something does."""
    if namespace == NAMESPACE:
        return _unwritten_by_us(name, dimensions, stacks, environment)
    if namespace not in SERVICES:
        return f"no service writes to {namespace}"
    kinds, names = SERVICES[namespace]
    if name not in names or set(dimensions) != set(kinds):
        return f"{namespace} does not write {name} by {', '.join(dimensions)}"
    for dimension, value in dimensions.items():
        if not _is_about(value, kinds[dimension], stacks):
            return f"{dimension} {value} is no {kinds[dimension]} of {environment}"
    return ""


def _is_about(value: str, kind: str, stacks: Templates) -> bool:
    """Whether a text refers to a resource of a type, or is a name that one is given."""
    for template in stacks.values():
        for id, resource in template["Resources"].items():
            if resource["Type"] == kind and (id in value or value in _texts(resource)):
                return True
    return kind == "AWS::MWAA::Environment" and value == "Scheduler"


def _texts(value: Any) -> Iterator[str]:
    value = plain(value)
    if isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
    else:
        yield str(value)


def _unwritten_by_us(
    name: str, dimensions: Mapping[str, str], stacks: Templates, environment: str
) -> str:
    if set(dimensions) != {"service"}:
        return f"our metrics have the dimension service, not {', '.join(dimensions)}"
    parts = {part_name(environment, part): part for part in writers(stacks)}
    part = parts.get(dimensions["service"])
    if part is None:
        return f"nothing in {environment} writes as {dimensions['service']}"
    return "" if name in written_by(part) else f"{part} does not write {name}"


def writers(stacks: Templates) -> Iterator[str]:
    """Parts of an environment that write metrics: Lambdas, jobs of the pipeline and of Glue."""
    for template in stacks.values():
        for resource in template["Resources"].values():
            handler = str(resource.get("Properties", {}).get("Handler", ""))
            if handler.startswith("lambdas."):
                yield handler.split(".")[1]
            if resource["Type"] == "AWS::SageMaker::Pipeline":
                yield WATCH
            if resource["Type"] == "AWS::Glue::Job":
                yield CLEANING


def written_by(part: str) -> set[str]:
    """Metrics that a part's code names, in its own file and in those of ours that it imports."""
    start = ROOT / _JOBS.get(part, f"lambdas/{part}.py")
    files = [start, *_imported(start)]
    return {metric for file in files for metric in _named(file)}


def _imported(file: Path) -> Iterator[Path]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(_OURS):
            found = ROOT / f"{str(node.module).replace('.', '/')}.py"
            if found.is_file() and found != file:
                yield found
                yield from _imported(found)


def _named(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        match node:
            case ast.Attribute(value=ast.Name(id="Metric"), attr=name):
                yield Metric[name].value
