"""What a run tells: its steps, how long each took, and what it came to."""

from __future__ import annotations

from dataclasses import dataclass

from ml.contract.names import Step
from ml.contract.records import (
    CheckRecord,
    CleanRecord,
    JsonObject,
    PromoteRecord,
    Record,
    Verdict,
    plain,
)


@dataclass(frozen=True, kw_only=True)
class StepResult:
    """One step of a run: its record, how long it took, and whether it was already done."""

    step: Step
    seconds: float
    repeated: bool
    record: Record

    def to_dict(self) -> JsonObject:
        """The result as JSON-ready values."""
        return {
            "step": str(self.step),
            "seconds": round(self.seconds, 3),
            "repeated": self.repeated,
            "record": plain(self.record),
        }


@dataclass(frozen=True, kw_only=True)
class RunResult:
    """A run from a file to a served model."""

    use_case: str
    moment: str
    cleaned: CleanRecord
    checked: CheckRecord
    verdict: Verdict
    promotion: PromoteRecord
    steps: tuple[StepResult, ...]

    def to_dict(self) -> JsonObject:
        """What `leadwise run --json` prints."""
        return {
            "use_case": self.use_case,
            "moment": self.moment,
            "model": self.verdict.model,
            "model_version": self.verdict.version,
            "approved": self.verdict.approved,
            "promoted": self.promotion.promoted,
            "metrics": self.verdict.metrics,
            "rows": self.cleaned.rows.to_dict(),
            "data": self.checked.state,
            "steps": [result.to_dict() for result in self.steps],
        }
