"""Deploy: put the champion's package in force, after it has proven what it is."""

from __future__ import annotations

from ml.contract.errors import StepMissing
from ml.contract.moments import Moment
from ml.contract.names import Alias, Step
from ml.contract.records import DeployRecord
from ml.contract.use_case import UseCase
from ml.core.scoring import Scorer, package_sha256
from ml.ports import Deployment, LedgerEntry, Runtime


def deploy(use_case: UseCase, runtime: Runtime, *, moment: Moment) -> DeployRecord:
    """Serve the version that the alias `champion` points to.

    The package is loaded first: hashes and golden rows decide before anything that serves
    is touched. Deploying what already serves changes nothing.

    Raises
    ------
    StepMissing
        If no version was promoted yet.
    UntrustedPackage
        If the package is not what was registered.
    """
    runtime.progress.start(Step.DEPLOY)
    model = use_case.model_name(moment)
    champion = runtime.registry.aliased(model, Alias.CHAMPION)
    if champion is None:
        raise StepMissing(Step.DEPLOY, Step.PROMOTE)
    files = runtime.registry.package(champion)
    Scorer.load(
        files,
        version=champion.version,
        use_case=use_case,
        expected_sha256=champion.tags.get("package_sha256"),
    )
    sha256 = package_sha256(files)
    deployment = Deployment(
        model=model, version=champion.version, files=files, package_sha256=sha256
    )
    changed = _put_in_force(runtime, deployment)
    runtime.progress.done(f"version {champion.version}" + ("" if changed else ", already in force"))
    return DeployRecord(
        model=model, version=champion.version, package_sha256=sha256, changed=changed
    )


def _put_in_force(runtime: Runtime, deployment: Deployment) -> bool:
    before = runtime.endpoint.current(deployment.model)
    if before == deployment:
        return False
    runtime.endpoint.deploy(deployment)
    previous = before.version if before else None
    runtime.ledger.append(
        LedgerEntry(
            at=runtime.now(),
            action=Step.DEPLOY,
            model=deployment.model,
            version=deployment.version,
            previous=previous,
            reason="champion",
        )
    )
    return True
