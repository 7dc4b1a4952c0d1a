"""Deploy: put the champion's package in force, after it has proven what it is."""

from __future__ import annotations

from ml.contract.alerts import AlertRule, AlertSeverity
from ml.contract.errors import (
    DeploymentFailed,
    LeadwiseError,
    StaleEndpoint,
    StepMissing,
    UntrustedPackage,
)
from ml.contract.ledger import Action
from ml.contract.messages import Alert
from ml.contract.moments import Moment
from ml.contract.names import Step
from ml.contract.records import DeployRecord
from ml.contract.standing import champion_of
from ml.contract.use_case import UseCase
from ml.core.scoring import Scorer, package_sha256
from ml.ports import Deployment, Runtime
from ml.steps.reconcile import follow, in_force, reconcile
from ml.steps.registered_scorer import registered_package
from ml.steps.remember import remember


def deploy(
    use_case: UseCase, runtime: Runtime, *, moment: Moment, urgent: bool = False
) -> DeployRecord:
    """Serve the version that is champion by the ledger.

    The package is loaded first: hashes and golden rows decide before anything that serves
    is touched, and once more on what serves then. Deploying what already serves changes nothing,
    so a deployment that was killed is repeated to make it good.

    Parameters
    ----------
    moment : Moment
        Which of the use case's models is meant.
    urgent : bool, default=False
        Of a rollback: a broken ledger does not stop it, and if the champion cannot be put in
        force, what served before does not become champion again.

    Raises
    ------
    StepMissing
        If no version was promoted yet.
    BrokenLedger
        If the ledger is not what was written.
    UntrustedPackage
        If the package is not what was registered.
    StaleEndpoint
        If another package came into force meanwhile.
    DeploymentFailed
        If the package could not be put in force; what served before does.
    """
    runtime.progress.start(Step.DEPLOY)
    model = use_case.model_name(moment)
    # Read first: what comes into force from here on is not overwritten.
    stamp = runtime.endpoint.stamp(model)
    champion = champion_of(reconcile(runtime, model, deploying=True, urgent=urgent))
    if champion is None:
        raise StepMissing(Step.DEPLOY, Step.PROMOTE)
    deployment = registered_package(use_case, runtime, model, champion, moment)
    before = in_force(runtime.endpoint, model)
    if before != deployment:
        _put_in_force(use_case, runtime, deployment, before, stamp=stamp, undo=not urgent)
    serves = f"Version {champion} of {model} is in force."
    runtime.alerts.send(Alert.ended(AlertRule.DEPLOYMENT_FAILED, model, serves))
    changed = before != deployment
    runtime.progress.done(f"version {champion}" + ("" if changed else ", already in force"))
    sha256 = package_sha256(deployment.files)
    return DeployRecord(model=model, version=champion, package_sha256=sha256, changed=changed)


def _put_in_force(
    use_case: UseCase,
    runtime: Runtime,
    deployment: Deployment,
    before: Deployment | None,
    *,
    stamp: str | None,
    undo: bool,
) -> None:
    try:
        runtime.endpoint.deploy(deployment, expected=stamp)
        _check_served(use_case, runtime, deployment)
    except StaleEndpoint:
        raise
    except (LeadwiseError, OSError) as error:
        state = _give_up(runtime, deployment, before, str(error), undo=undo)
        raise DeploymentFailed(deployment.model, deployment.version, str(error), state) from error
    remember(
        runtime, Action.DEPLOY, model=deployment.model, version=deployment.version,
        before=before.version if before else None, why="champion",
    )  # fmt: skip


def _check_served(use_case: UseCase, runtime: Runtime, deployment: Deployment) -> None:
    """Load what is in force as a server does: its hashes and golden rows must hold."""
    served = runtime.endpoint.current(deployment.model)
    if served != deployment:
        raise UntrustedPackage("what is in force is not what was put there")
    Scorer.of(served, use_case=use_case)


def _give_up(
    runtime: Runtime, failed: Deployment, before: Deployment | None, cause: str, *, undo: bool
) -> str:
    """Tell people, and let what served before serve on; what is in force then, as a sentence."""
    says = (
        f"Version {failed.version} could not be put in force: {cause}. Next: `leadwise doctor` "
        "says what serves; mend that and deploy again."
    )
    alert = Alert.began(AlertRule.DEPLOYMENT_FAILED, failed.model, AlertSeverity.CRITICAL, says)
    runtime.alerts.send(alert)
    if before is None:
        return "nothing else was in force: mend that and deploy again"
    if in_force(runtime.endpoint, before.model) != before:
        runtime.endpoint.deploy(before)
    if not undo or before.version == failed.version:
        return f"version {before.version} serves on: mend that and repeat the command"
    why = f"version {failed.version} could not be put in force: {cause}"
    remember(
        runtime, Action.ROLLBACK, model=failed.model, version=before.version,
        before=failed.version, why=why,
    )  # fmt: skip
    follow(runtime, failed.model)
    return f"version {before.version} serves on and is champion again"
