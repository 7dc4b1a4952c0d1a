"""GET /v1/models: the version that serves, and the story of every other."""

from datetime import UTC, datetime

import httpx

from ml.contract.ledger import Action, LedgerEvent, entry_after
from ml.core.model_story import ModelStory, model_story
from tests.support import web

FIGURE = {"score": "roc_auc", "value": 0.9, "low": 0.88, "high": 0.92, "words": "AUC"}


class Told:
    def story(self) -> ModelStory:
        entries, last = [], None
        for day, (action, version) in enumerate(
            [(Action.TRAIN, "1"), (Action.PROMOTE, "1"), (Action.DEPLOY, "1"), (Action.TRAIN, "2")]
        ):
            event = LedgerEvent(
                at=datetime(2026, 1, day + 1, tzinfo=UTC), who="ana", action=action,
                model=web.MODEL, before=None, version=version, why="because",
            )  # fmt: skip
            last = entry_after(event, last)
            entries.append(last)
        return model_story(web.MODEL, entries, {"1": {"figures": [FIGURE]}})


def test_what_serves_with_its_metrics_and_what_waits(home):
    with web.server(home, models=Told()) as url:  # type: ignore[arg-type]
        said = httpx.get(f"{url}/v1/models", trust_env=False).json()
    assert (said["model"], said["moment"]) == (web.MODEL, web.MOMENT.name)
    assert said["serving"]["version"] == "1"
    assert len(said["serving"]["sha256"]) == 64
    by = {one["version"]: one for one in said["versions"]}
    assert (by["1"]["alias"], by["2"]["alias"]) == ("champion", "challenger")
    assert by["1"]["deployed_at"].startswith("2026-01-03")
    assert by["2"]["deployed_at"] is None
    assert by["1"]["metrics"] == [{"score": "roc_auc", "value": 0.9, "low": 0.88, "high": 0.92}]
