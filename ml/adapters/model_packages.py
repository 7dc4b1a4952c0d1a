"""SageMaker's registry: one model package per champion, in a group per use case and moment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ml.adapters.aws_faults import aws_faults
from ml.contract.names import Approval

_KINDS = ["text/csv", "application/json", "application/jsonlines"]
#: All else is refused by the registry, in names and in values.
_REFUSED = re.compile(r"[^\w\s.:/=+\-@]")
_LONGEST = 256


@dataclass(frozen=True, kw_only=True)
class Report:
    """A file of figures beside a model package.

    Parameters
    ----------
    uri : str
        ``s3://`` address.
    sha256 : str
        Of its bytes.
    """

    uri: str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class ModelPackage:
    """What is registered.

    Parameters
    ----------
    group : str
        Model package group.
    description : str
        For people.
    image_uri, model_uri : str
        What serves, and the archive that it serves.
    approval : Approval
        Whether a person is still to approve it.
    quality, explanation : Report
        Model quality statistics, and SHAP values.
    statistics, constraints : Report
        What its training rows were like, for Model Monitor to compare with.
    facts : mapping of str to str
        Where it comes from and what was asked of it.
    """

    group: str
    description: str
    image_uri: str
    model_uri: str
    approval: Approval
    quality: Report
    explanation: Report
    statistics: Report
    constraints: Report
    facts: Mapping[str, str]


def register(package: ModelPackage) -> str:
    """Add a model package to its group; its ARN.

    Raises
    ------
    DependencyUnavailable
        If the registry is away, or has no such group.
    """
    import boto3

    with aws_faults(f"model package group {package.group!r}"):
        created = boto3.client("sagemaker").create_model_package(
            ModelPackageGroupName=package.group,
            ModelPackageDescription=package.description,
            ModelApprovalStatus=package.approval.status,
            CustomerMetadataProperties=_plain(package.facts),
            InferenceSpecification={
                "Containers": [{"Image": package.image_uri, "ModelDataUrl": package.model_uri}],
                "SupportedContentTypes": _KINDS,
                "SupportedResponseMIMETypes": _KINDS,
            },
            ModelMetrics={
                "ModelQuality": {"Statistics": _source(package.quality)},
                "ModelDataQuality": {
                    "Statistics": _source(package.statistics),
                    "Constraints": _source(package.constraints),
                },
                "Explainability": {"Report": _source(package.explanation)},
            },
        )
    return str(created["ModelPackageArn"])


def _plain(facts: Mapping[str, str]) -> dict[str, str]:
    """Facts that have a value, without what the registry refuses."""
    given = {_REFUSED.sub(" ", name): _REFUSED.sub(" ", text) for name, text in facts.items()}
    return {name: text[:_LONGEST] for name, text in given.items() if text}


def _source(report: Report) -> dict[str, str]:
    digest = f"sha256:{report.sha256}"
    return {"ContentType": "application/json", "S3Uri": report.uri, "ContentDigest": digest}
