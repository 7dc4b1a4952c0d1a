"""Layer by layer, then the causes, then what to do."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from datetime import UTC

from ml.contract.investigation import Cause, Finding, Investigation, Layer, Look
from ml.core.investigating import business_layer, data_layer, integration_layer, model_layer
from ml.core.investigating.evidence import Evidence
from ml.core.investigating.looking import Check, look
from ml.core.investigating.moves import next_moves
from ml.core.investigating.ranking import ranked_causes

LAYERS: Mapping[Layer, Mapping[Look, Check]] = {
    Layer.DATA: data_layer.CHECKS,
    Layer.MODEL: model_layer.CHECKS,
    Layer.INTEGRATION: integration_layer.CHECKS,
    Layer.BUSINESS: business_layer.CHECKS,
}
"""In the order in which they are looked at."""


def investigate(evidence: Evidence, *, current: str = "", outcomes: str = "") -> Investigation:
    """Every check of every layer, the causes that they speak for, and the next moves.

    Parameters
    ----------
    evidence : Evidence
        All that could be had.
    current, outcomes : str, default=''
        Names of the files, for people and for commands.
    """
    findings: tuple[Finding, ...] = tuple(
        finding for layer, checks in LAYERS.items() for finding in look(layer, checks, evidence)
    )
    causes = ranked_causes(findings)
    return Investigation(
        use_case=evidence.use_case.name,
        moment=evidence.moment.name,
        version=evidence.serving.version or "",
        at=evidence.now.astimezone(UTC).isoformat(timespec="seconds"),
        current=current,
        outcomes=outcomes,
        rows=evidence.current.table.num_rows,
        findings=findings,
        causes=causes,
        moves=next_moves(
            [Cause(one.cause) for one in causes],
            use_case=evidence.use_case.name,
            moment=evidence.moment.name,
            current=shlex.quote(current) if current else "FILE",
        ),
    )
