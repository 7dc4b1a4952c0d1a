"""What a registered version is made of, after it has proven what it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from ml.contract.alerts import AlertRule, AlertSeverity
from ml.contract.errors import DependencyUnavailable, UntrustedPackage
from ml.contract.messages import Alert
from ml.contract.moments import Moment
from ml.contract.use_case import UseCase
from ml.core.scoring import Scorer, package_sha256
from ml.ports import Deployment, ModelVersion, Runtime


def registered_scorer(
    use_case: UseCase, runtime: Runtime, version: ModelVersion, moment: Moment
) -> Scorer:
    """Load a version's package as a server would.

    Raises
    ------
    UntrustedPackage
        If the package is not what was registered, does not reproduce its golden rows, or was
        made for another moment and so may read columns that `moment` does not know.
    """
    return opened_scorer(use_case, runtime.registry.package(version), version, moment)


def registered_package(
    use_case: UseCase, runtime: Runtime, model: str, version: str, moment: Moment
) -> Deployment:
    """A version's package, ready to be put in force.

    Raises
    ------
    DependencyUnavailable
        If the version is no longer registered, or the registry is away.
    UntrustedPackage
        As of `registered_scorer`.
    """
    found = runtime.registry.get(model, version)
    if found is None:
        raise DependencyUnavailable(
            f"the registry holds no version {version} of {model}; train again"
        )
    files = runtime.registry.package(found)
    with alarmed(runtime, found):
        opened_scorer(use_case, files, found, moment)
    sha256 = package_sha256(files)
    return Deployment(model=model, version=version, files=files, package_sha256=sha256)


def opened_scorer(
    use_case: UseCase, files: Mapping[str, bytes], version: ModelVersion, moment: Moment
) -> Scorer:
    """As `registered_scorer`, of a package that was fetched already."""
    scorer = Scorer.load(
        files,
        version=version.version,
        use_case=use_case,
        expected_sha256=version.tags.get("package_sha256"),
    )
    if scorer.moment != moment:
        raise UntrustedPackage(
            f"version {version.version} of {version.model} was made for {scorer.moment}, not for "
            f"{moment}: it may read what is not known yet; train for {moment}"
        )
    return scorer


@contextmanager
def alarmed(runtime: Runtime, version: ModelVersion) -> Iterator[None]:
    """Tell people when a version's package is not what was registered; the refusal goes on."""
    subject = f"{version.model} version {version.version}"
    try:
        yield
    except UntrustedPackage as error:
        says = f"Its package was refused: {error}. Next: train again, and never deploy this one."
        alert = Alert.began(AlertRule.PACKAGE_REFUSED, subject, AlertSeverity.CRITICAL, says)
        runtime.alerts.send(alert)
        raise
    runtime.alerts.send(Alert.ended(AlertRule.PACKAGE_REFUSED, subject, "Its package is sound."))
