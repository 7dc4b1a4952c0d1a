"""What a person asks of a model by hand: the version that was judged, or one of before."""

from __future__ import annotations

from pydantic import TypeAdapter

from ml.contract.errors import GateRefused, StaleAlias, StepMissing, UsageError
from ml.contract.moments import Moment
from ml.contract.names import Alias, Step
from ml.contract.records import Verdict
from ml.contract.standing import champion_of
from ml.contract.use_case import UseCase
from ml.ports import Runtime
from ml.steps.deploy import deploy
from ml.steps.promote import promote
from ml.steps.rollback import rollback


def promote_judged(use_case: UseCase, runtime: Runtime, *, moment: Moment, version: str) -> None:
    """Let a version that a person has looked at become champion, and serve it.

    Parameters
    ----------
    version : str
        What the person saw; it must be the version that was judged last.

    Raises
    ------
    StepMissing
        If none was judged.
    UsageError
        If another was judged since.
    GateRefused
        If the champion stays, with the reason.
    """
    stored = runtime.journal.latest(use_case.scope(moment), Step.EVALUATE)
    if stored is None:
        raise StepMissing(Step.PROMOTE, Step.EVALUATE)
    verdict = TypeAdapter(Verdict).validate_python(stored)
    if verdict.version != version:
        raise UsageError(
            f"version {verdict.version} was judged after version {version}; look at it first"
        )
    promotion = promote(use_case, runtime, verdict=verdict, moment=moment)
    if not promotion.promoted:
        raise GateRefused(promotion.reason)
    deploy(use_case, runtime, moment=moment)


def roll_back(
    use_case: UseCase,
    runtime: Runtime,
    *,
    moment: Moment,
    to: str,
    champion: str,
    reason: str,
) -> None:
    """Let a version of before serve again.

    Parameters
    ----------
    to : str
        Version to serve.
    champion : str
        What the person saw as champion.
    reason : str
        For the ledger.

    Raises
    ------
    StaleAlias
        If another version became champion since the person looked.
    """
    model = use_case.model_name(moment)
    now = champion_of(runtime.ledger.entries(model))
    if now != champion:
        raise StaleAlias(model, Alias.CHAMPION, champion, now)
    rollback(use_case, runtime, moment=moment, to=to, reason=reason)
