"""What follows a promotion on AWS: the champion in S3, and in SageMaker's registry."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ml.adapters.model_packages import ModelPackage, Report, register
from ml.adapters.package_archive import archive
from ml.adapters.s3_folder import S3Folder
from ml.contract.cloud_settings import JobSettings
from ml.contract.names import Approval, Step
from ml.contract.records import JsonObject, SplitRecord, Verdict
from ml.core.dataset_parts import fetch_part
from ml.core.model_reports import explanation, quality_statistics
from ml.core.scoring import Scorer
from ml.core.watching.model_monitor import baseline_constraints, baseline_statistics
from ml.pipeline import Pipeline
from ml.ports import Deployment

#: What Model Monitor calls its baseline.
STATISTICS_FILE, CONSTRAINTS_FILE = "statistics.json", "constraints.json"
#: Test rows that tell how far each column moves the scores; more tell the same.
_EXPLAINED_ROWS = 500


def release(pipeline: Pipeline, settings: JobSettings, home: Path) -> JsonObject:
    """Write the package in force to S3 under its hash, and register it.

    Parameters
    ----------
    pipeline : Pipeline
        Whose champion.
    settings : JobSettings
        Where packages lie, and the group.
    home : Path
        In which it is in force.

    Returns
    -------
    dict
        Address, hash and facts of the package, and the registry's ARN.

    Raises
    ------
    DependencyUnavailable
        If S3 or the registry is away.
    """
    model = pipeline.use_case.model_name(pipeline.moment)
    deployed = pipeline.runtime.endpoint.current(model)
    content = archive(home, model, deployed)
    assert deployed is not None, "the archive would have refused"
    sha256 = hashlib.sha256(content).hexdigest()
    place = S3Folder(f"{settings.packages_uri}{sha256}/", home)
    uri = place.put("model.tar.gz", content)
    place.put("model.tar.gz.sha256", f"{sha256}  model.tar.gz\n".encode())
    verdict = pipeline.latest(Step.EVALUATE, Verdict, asked_by=Step.DEPLOY)
    facts = _facts(pipeline, settings, deployed, verdict) | {"sha256": sha256}
    columns, taught = pipeline.use_case.schema.features(pipeline.moment), _part(pipeline, "train")
    package = ModelPackage(
        group=settings.package_group,
        description=f"{model} version {deployed.version}",
        image_uri=settings.image_uri,
        model_uri=uri,
        approval=approval_of(settings, deployed, verdict),
        quality=_put(place, "quality.json", quality_statistics(pipeline.use_case.task, verdict)),
        explanation=_put(place, "explanation.json", _explained(pipeline, deployed)),
        statistics=_put(place, STATISTICS_FILE, baseline_statistics(taught, columns)),
        constraints=_put(place, CONSTRAINTS_FILE, baseline_constraints(taught, columns)),
        facts=facts,
    )
    return {"uri": uri, **facts, "approval": package.approval.status, "arn": register(package)}


def approval_of(settings: JobSettings, deployed: Deployment, verdict: Verdict) -> Approval:
    """A champion that was promoted against its verdict always waits for a person."""
    judged_well = verdict.approved and verdict.version == deployed.version
    return Approval(settings.approval) if judged_well else Approval.MANUAL


def _facts(
    pipeline: Pipeline, settings: JobSettings, deployed: Deployment, verdict: Verdict
) -> dict[str, str]:
    """Where the champion comes from, and each gate with its figure."""
    taught = Scorer.of(deployed, use_case=pipeline.use_case).manifest.facts
    gates = {
        f"gate {_spoken(gate.gate)}": f"{gate.figure:.4f} {'yes' if gate.passed else 'no'}"
        for gate in verdict.gates
    }
    return {
        "model": deployed.model,
        "version": deployed.version,
        "moment": pipeline.moment.name,
        "reason": settings.reason,
        "code_version": pipeline.runtime.code_version(),
        "snapshot_hash": taught["snapshot_hash"],
        **gates,
    }


def _spoken(gate: str) -> str:
    """The registry refuses signs."""
    return gate.replace(">=", "at least").replace("<=", "at most")


def _explained(pipeline: Pipeline, deployed: Deployment) -> JsonObject:
    rows = _part(pipeline, "test")
    scorer = Scorer.of(deployed, use_case=pipeline.use_case)
    contributions, base = scorer.contributions(rows.slice(0, _EXPLAINED_ROWS))
    return explanation(contributions, base)


def _part(pipeline: Pipeline, name: str) -> pa.Table:
    """Training or test rows of the champion."""
    parts = pipeline.latest(Step.SPLIT, SplitRecord, asked_by=Step.DEPLOY)
    return pq.read_table(fetch_part(parts.data, getattr(parts, name), pipeline.runtime.lake))


def _put(place: S3Folder, name: str, figures: Mapping[str, object]) -> Report:
    content = json.dumps(figures, indent=1, sort_keys=True).encode()
    return Report(uri=place.put(name, content), sha256=hashlib.sha256(content).hexdigest())
