"""Makes a score again from its receipt, with the very package that made it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from ml.contract.errors import DependencyUnavailable, UntrustedPackage
from ml.contract.receipts import Receipt
from ml.contract.records import JsonObject
from ml.core.scoring.inputs import inputs_sha256
from ml.ports import Deployment
from ml.serving.lead_scorer import LeadScorer, LoadScorer
from ml.serving.live_model import LiveScorer

#: (model, version) -> files of the registered package; raises DependencyUnavailable without it.
FetchPackage = Callable[[str, str], Mapping[str, bytes]]
#: What the number may differ by on a machine with another processor.
TOLERANCE = 1e-12
_MOST_REASONS = 10
_SCORERS_KEPT = 4


class Replayer:
    """Scores receipts again.

    Parameters
    ----------
    fetch : callable
        Finds packages by model and version.
    load : callable
        Builds the scorer of a package.
    live : callable, optional
        The scorer in force, which needs not be loaded anew.
    """

    def __init__(
        self,
        fetch: FetchPackage,
        load: LoadScorer,
        live: Callable[[], LiveScorer | None] = lambda: None,
    ) -> None:
        self._fetch, self._load, self._live = fetch, load, live
        self._loaded = lru_cache(maxsize=_SCORERS_KEPT)(self._load_package)

    def why(self, receipt: Receipt) -> JsonObject:
        """A receipt, its reasons, and whether the score comes out as it was.

        Returns
        -------
        dict
            The receipt's values; `reasons_for`, `reasons_against`, and `replay` with `same` (None
            where the package is gone), `difference` and `problem`.
        """
        told = {"at": receipt.at.isoformat(), **receipt.to_dict()}
        try:
            again = self._scorer(receipt).score_record(receipt.cells, reasons=_MOST_REASONS)
        except (DependencyUnavailable, UntrustedPackage) as error:
            replay = {"same": None, "difference": None, "problem": str(error)}
            return told | {"reasons_for": None, "reasons_against": None, "replay": replay}
        values = again.to_dict()
        reasons = {name: values[name] for name in ("reasons_for", "reasons_against")}
        return told | reasons | {"replay": _compared(receipt, values)}

    def _scorer(self, receipt: Receipt) -> LeadScorer:
        live = self._live()
        if live is not None and live.sha256 == receipt.package_sha256:
            return live.scorer
        return self._loaded(receipt.model, receipt.version, receipt.package_sha256)

    def _load_package(self, model: str, version: str, sha256: str) -> LeadScorer:
        """The scorer of the package with this hash; refused where the version has another."""
        files = self._fetch(model, version)
        return self._load(
            Deployment(model=model, version=version, files=files, package_sha256=sha256)
        )


def _compared(receipt: Receipt, values: Mapping[str, Any]) -> JsonObject:
    if inputs_sha256(receipt.cells) != receipt.inputs_sha256:
        changed = "the inputs are not those that were hashed: the receipt was changed"
        return {"same": False, "difference": None, "problem": changed}
    if values["prediction"] is None:
        refused = "the lead cannot be scored any more: this release refuses one of its cells"
        return {"same": False, "difference": None, "problem": refused}
    difference = abs(values["prediction"] - receipt.prediction)
    same = difference <= TOLERANCE and values["score"] == receipt.score
    problem = None if same else f"made again, the score is {values['score']}, not {receipt.score}"
    return {"same": same, "difference": difference, "problem": problem}
