"""A home whose loop turns by a clock that a test moves."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd

from ml.adapters.sqlite_leases import SqliteLeases
from ml.contract.gates import Gate
from ml.contract.messages import Alert
from ml.contract.names import Score
from ml.contract.shadowing import Answer, Answered
from ml.contract.watch_policy import RetrainPolicy
from ml.core.generator import Scenario, generate_leads
from ml.core.generator.columns import ARRIVAL_DATE
from ml.core.shadowing import read_answer
from ml.loop import Loop
from ml.pipeline import Pipeline
from ml.retrain import Means
from tests.pipeline.conftest import QUICK
from tests.support.watching import home_of

#: Whatever serves may be replaced by its equal, and only what is seen asks.
CASE = replace(
    QUICK,
    candidates=QUICK.candidates[1:],
    search=replace(QUICK.search, trials=1),
    gates=(),
    champion_margin=-0.05,
    retrain=RetrainPolicy(every_days=400, new_rows=10**9, most_rows=3_000),
)
NEVER_GOOD_ENOUGH = replace(
    CASE, gates=((CASE.default_moment, Gate(score=Score.ROC_AUC, at_least=0.9999)),)
)
DRIFTING = Scenario(arrival_weeks=10, drift_week=0)


@dataclass
class Told:
    """Alerts that were sent."""

    alerts: list[Alert] = field(default_factory=list)

    def send(self, alert: Alert) -> None:
        self.alerts.append(alert)

    def began(self) -> list[str]:
        return [alert.rule for alert in self.alerts if not alert.over]


class InProcess:
    """Shadow scoring without a process, for tests of what comes after it."""

    def __init__(self, broken: bool = False) -> None:
        self.broken, self.asked = broken, []

    def answers(self, deployment, leads, *, seconds):
        from ml.core.scoring import Scorer

        self.asked.append((deployment.version, len(leads)))
        if self.broken:
            return [Answer(state=Answered.LATE)] * len(leads)
        scorer = Scorer.of(deployment, use_case=CASE)
        return [read_answer(scorer.score_record(cells).to_dict(), CASE) for cells in leads]


def made(*, rows: int, seed: int, scenario=Scenario(arrival_weeks=10)) -> pd.DataFrame:  # noqa: B008 - a frozen value
    """Leads as a CRM exports them that does not say when they came."""
    chunks = generate_leads(rows=rows, seed=seed, scenario=scenario)
    return pd.concat(chunks, ignore_index=True).drop(columns=ARRIVAL_DATE)


class LoopHome:
    """A home, the exports that it reads, and the time."""

    def __init__(self, folder: Path, use_case=CASE) -> None:
        self.folder, self.case = folder, use_case
        self.now = datetime(2026, 3, 2, 6, tzinfo=UTC)
        self.exports = folder / "exports"
        self.exports.mkdir(parents=True, exist_ok=True)
        self.told, self.scoring, self.receipts = Told(), InProcess(), None
        self.outcomes: Path | None = None
        self.runtime = replace(home_of(folder / "home", self.told), now=lambda: self.now)
        self.leases = SqliteLeases(
            folder / "leases.db", use_case.scope(use_case.default_moment), use_case.retrain
        )

    @property
    def pipeline(self) -> Pipeline:
        return Pipeline(self.case, self.runtime, self.case.default_moment)

    @property
    def loop(self) -> Loop:
        means = Means(
            leases=self.leases, scoring=self.scoring, receipts=self.receipts, shadow_leads=50
        )
        return Loop(self.pipeline, means, self.exports, outcomes=self.outcomes, report=False)

    def export(self, name: str, *, rows: int, seed: int, scenario=Scenario(arrival_weeks=10)):  # noqa: B008 - a frozen value
        """Add an export to the folder."""
        frame = made(rows=rows, seed=seed, scenario=scenario)
        frame.to_csv(self.exports / name, index=False)
        return frame

    def turn(self, *, because: str = "", days: float = 0):
        """A turn, some days later."""
        self.now += timedelta(days=days)
        return self.loop.turn(because)

    def served(self) -> str | None:
        found = self.runtime.endpoint.current(self.case.model_name(self.case.default_moment))
        return found.version if found else None
