"""Investigate: gather what a home and a file tell, and say what is wrong and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from ml.contract.errors import LeadwiseError, UntrustedPackage
from ml.contract.investigation import Investigation
from ml.contract.ledger import Action
from ml.contract.moments import Moment
from ml.contract.names import Step
from ml.contract.records import SPLIT_PARTS
from ml.contract.use_case import UseCase
from ml.core.drift.importance import score_importance
from ml.core.features import model_columns
from ml.core.features.frame import LEVEL_KINDS
from ml.core.investigating import Answered, Current, Evidence, Scored, Serving
from ml.core.investigating import investigate as judged
from ml.core.scoring import Scorer
from ml.core.scoring.manifest import package_sha256
from ml.ports import Deployment, Receipts, Runtime
from ml.steps.late_leads import LateLeads
from ml.steps.late_receipts import late_receipts
from ml.steps.reconcile import known_standing

_T = TypeVar("_T")


def investigate(
    use_case: UseCase,
    runtime: Runtime,
    aside: Runtime,
    *,
    current: Path,
    moment: Moment,
    outcomes: Path | None = None,
    receipts: Receipts | None = None,
) -> Investigation:
    """Look at leads of late beside a home, layer by layer; the home stays as it is.

    Parameters
    ----------
    runtime : Runtime
        The home that is looked at.
    aside : Runtime
        A home for the files only.
    current : Path
        Leads of late: CSV, Parquet or JSON lines. Columns may be absent, and more may be there.
    moment : Moment
        Which of the use case's models is meant.
    outcomes : Path or None, default=None
        A file with the leads' ids and outcomes, empty where none is known yet, and `Outcome Date`
        or `known_at` if there is such. Without it the outcomes are those of `current`, if it has
        any.
    receipts : Receipts or None, default=None
        What the server of the home remembers of its scores.

    Raises
    ------
    InputRefused
        If a file cannot be read at all, or holds no ids.
    """
    runtime.progress.start("investigate")
    gathering = _Gathering(use_case=use_case, runtime=runtime, aside=aside, moment=moment)
    evidence = gathering.evidence(current, outcomes, receipts)
    told = "" if evidence.outcomes is None else (outcomes or current).name
    found = judged(evidence, current=current.name, outcomes=told)
    runtime.progress.done(found.root_cause)
    return found


@dataclass(frozen=True, kw_only=True)
class _Gathering:
    """Reads what there is; what cannot be had leaves a word in `troubles`."""

    use_case: UseCase
    runtime: Runtime
    aside: Runtime
    moment: Moment
    troubles: dict[str, str] = field(default_factory=dict)

    def evidence(self, source: Path, outcomes: Path | None, receipts: Receipts | None) -> Evidence:
        deployed, scorer, fault = self._in_force()
        parts = self._parts(scorer)
        learnt, unlearnt = (self._had("learnt", partial(self._rows, k)) for k in parts[::2])
        known = self._had("known", lambda: self._known_leads(parts)) or frozenset()
        now = self.runtime.now()
        files = LateLeads(
            use_case=self.use_case, aside=self.aside, moment=self.moment, today=now.date()
        )
        current = files.read(source)
        return Evidence(
            use_case=self.use_case,
            moment=self.moment,
            now=now,
            current=current,
            learnt=learnt,
            unlearnt=unlearnt,
            known_leads=known,
            outcomes=files.outcomes(outcomes, source, current, known),
            scored=self._had("scored", lambda: self._scored(scorer, unlearnt, current)),
            serving=self._serving(deployed, fault),
            answered=self._had("answered", lambda: self._answered(receipts, deployed, scorer)),
            troubles=self.troubles,
        )

    def _had(self, name: str, work: Callable[[], _T | None]) -> _T | None:
        """What work gives; nothing, and why, where it fails: the other evidence still counts."""
        try:
            return work()
        except Exception as fault:  # whatever it is, it is said beside the check that lacks it
            ours = isinstance(fault, LeadwiseError)
            self.troubles.setdefault(name, f"{'' if ours else f'{type(fault).__name__}: '}{fault}")
            return None

    def _in_force(self) -> tuple[Deployment | None, Scorer | None, str]:
        try:
            deployed = self.runtime.endpoint.current(self._model)
            if deployed is None:
                return None, None, ""
            return deployed, Scorer.of(deployed, use_case=self.use_case), ""
        except UntrustedPackage as refused:
            self.troubles["scored"] = f"the package in force must not be used ({refused})"
            return None, None, str(refused)

    @property
    def _model(self) -> str:
        return self.use_case.model_name(self.moment)

    def _serving(self, deployed: Deployment | None, fault: str) -> Serving:
        seen = self._had("serving", lambda: known_standing(self.runtime, self._model))
        if seen is None:
            away = self.troubles.get("serving", "")
            return Serving(version=deployed.version if deployed else None, registry_away=away)
        version = deployed.version if deployed else seen.served
        made = [
            one.at for one in seen.entries if one.action == Action.TRAIN and one.version == version
        ]
        # Where the package cannot be read nothing serves: that is one fault, not two.
        crossed = () if fault else (*seen.crossed, *seen.waiting)
        return Serving(
            version=version,
            trained_at=made[-1] if made else None,
            disagreements=crossed,
            ledger_faults=tuple(seen.faults),
            entries=len(seen.entries),
            registry_away=seen.away,
            package_fault=fault,
        )

    def _parts(self, scorer: Scorer | None) -> tuple[str, ...]:
        """Keys of the rows that the model in force was made of; of the last split without one."""
        if scorer is not None:
            return tuple(scorer.manifest.facts.get(part, "") for part in SPLIT_PARTS)
        stored = self.runtime.journal.latest(self.use_case.scope(self.moment), Step.SPLIT) or {}
        return tuple(str(stored.get(part, "")) for part in SPLIT_PARTS)

    def _rows(self, key: str) -> pa.Table | None:
        if not key or not self.runtime.lake.exists(key):
            return None
        file = self.runtime.lake.fetch(key)
        present = set(pq.read_schema(file).names)
        columns = [one for one in model_columns(self.use_case, self.moment) if one.name in present]
        levels = [column.name for column in columns if column.kind in LEVEL_KINDS]
        names = [*(column.name for column in columns), self.use_case.schema.target.name]
        return pq.read_table(file, columns=names, read_dictionary=levels)

    def _known_leads(self, parts: Iterable[str]) -> frozenset[str]:
        name, found = self.use_case.schema.id.name, set()
        for key in parts:
            if key and self.runtime.lake.exists(key):
                rows = pq.read_table(self.runtime.lake.fetch(key), columns=[name])
                found.update(rows[name].to_pylist())
        return frozenset(found)

    def _scored(
        self, scorer: Scorer | None, unlearnt: pa.Table | None, current: Current
    ) -> Scored | None:
        if scorer is None or unlearnt is None or not unlearnt.num_rows:
            return None
        columns = self.use_case.schema.features(self.moment)
        return Scored(
            before=scorer.predict(unlearnt),
            now=scorer.predict(current.table),
            importance=score_importance(scorer.predict, unlearnt, columns),
        )

    def _answered(
        self, receipts: Receipts | None, deployed: Deployment | None, scorer: Scorer | None
    ) -> Answered | None:
        if receipts is None:
            return None
        stamp = package_sha256(deployed.files) if deployed else ""
        return late_receipts(
            receipts, model=self._model, scorer=scorer, stamp=stamp, now=self.runtime.now()
        )
