"""F6, F18, F31: a challenger that is not clearly better, or not what it should be, stays out."""

import re
import threading
from dataclasses import replace

import pytest

from ml.contract.errors import UntrustedPackage
from ml.contract.gates import Gate
from ml.contract.ledger import Action
from ml.contract.moments import ARRIVAL, CONTACTED
from ml.contract.names import Alias, Score
from ml.core.scoring import Scorer
from ml.steps.evaluate import evaluate
from ml.steps.promote import STALE_CHAMPION, promote
from ml.steps.rollback import rollback
from tests.support.training import (
    LINEAR,
    TREES,
    VISITS,
    home_with_visits,
    mislabelled,
    packaged,
    registered,
    visits,
)

MODEL = VISITS.model_name(ARRIVAL)
ROWS = visits(seed=8)
OPEN = replace(VISITS, gates=())


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setattr("ml.steps.evaluate.judging_plots", lambda *_, **__: {})  # shown elsewhere
    return home_with_visits(tmp_path)


def judged(home, record, use_case=OPEN):
    return evaluate(use_case, home.runtime, train=record, split=home.parts, moment=ARRIVAL)


def crowned(home, made):
    """The made model as champion."""
    record = registered(home, made)
    promote(OPEN, home.runtime, verdict=judged(home, record), moment=ARRIVAL)
    return record


def promoted(home):
    """Versions that became champion, in their order."""
    entries = home.runtime.ledger.entries(MODEL)
    return [entry.version for entry in entries if entry.action == Action.PROMOTE]


def champion(home):
    return home.runtime.registry.aliased(MODEL, Alias.CHAMPION).version


@pytest.mark.parametrize(
    ("challenger", "reason"),
    [
        (lambda: packaged(mislabelled(ROWS, 0.95)), "worse than the champion: AUC -"),
        (lambda: packaged(ROWS), "equal to the champion"),
        # The same rows but a few: as good, give or take luck.
        (lambda: packaged(ROWS.slice(0, 1450)), "luck|not better than the champion"),
    ],
    ids=["worse", "equal", "luck"],
)
def test_a_challenger_that_is_not_clearly_better_stays_out(home, challenger, reason):
    crowned(home, packaged(ROWS))
    verdict = judged(home, registered(home, challenger()))
    assert not verdict.approved
    assert re.search(reason, verdict.reason)
    assert verdict.against_champion.low <= 0
    kept = promote(OPEN, home.runtime, verdict=verdict, moment=ARRIVAL)
    assert not kept.promoted
    assert champion(home) == "1"
    assert promoted(home) == ["1"]


def test_a_challenger_that_is_clearly_better_is_promoted(home):
    crowned(home, packaged(mislabelled(ROWS, 0.95)))
    verdict = judged(home, registered(home, packaged(ROWS)))
    assert verdict.approved
    assert verdict.against_champion.low > 0
    assert promote(OPEN, home.runtime, verdict=verdict, moment=ARRIVAL).promoted
    assert champion(home) == "2"


def test_better_order_but_a_gate_on_calibration_fails(home):
    crowned(home, packaged(mislabelled(ROWS, 0.95)))
    # Trained where everybody wins, it ranks well and promises far too much.
    won = ROWS["won"].to_numpy()
    lucky = ROWS.take([i for i in range(len(won)) if won[i] or i % 8 == 0])
    case = replace(VISITS, gates=((ARRIVAL, Gate(score=Score.ECE, at_most=0.05)),))
    verdict = judged(home, registered(home, packaged(lucky)), case)
    assert verdict.against_champion.low > 0
    assert not verdict.approved
    assert verdict.reason.startswith("the calibration error is 0.")


def test_a_leaking_column_keeps_the_best_of_challengers_out(home):
    """F31: declared as known at arrival, the answer nearly is the outcome."""
    crowned(home, packaged(ROWS))
    columns = (
        replace(column, known_from=ARRIVAL) if column.name == "answer" else column
        for column in VISITS.schema.columns
    )
    careless = replace(OPEN, schema=replace(VISITS.schema, columns=tuple(columns)))
    verdict = judged(home, registered(home, packaged(ROWS, use_case=careless)), careless)
    assert verdict.metrics["roc_auc"] > 0.9
    assert not verdict.approved
    (failed,) = [gate for gate in verdict.gates if not gate.passed]
    assert (failed.gate, failed.figure) == ("leaks <= 0", 1.0)
    assert failed.reason.startswith(
        "the number of columns that give the outcome away is 1, and 0 is"
    )
    assert failed.reason in verdict.reason
    kept = promote(careless, home.runtime, verdict=verdict, moment=ARRIVAL)
    assert not kept.promoted
    assert champion(home) == "1"


def test_a_margin_below_zero_lets_an_equal_challenger_in(home):
    crowned(home, packaged(ROWS))
    equal = registered(home, packaged(ROWS.slice(0, 1450)))
    assert judged(home, equal, replace(OPEN, champion_margin=-0.02)).approved


def test_a_package_that_reads_a_later_column_is_refused(home):
    leaky = registered(home, packaged(ROWS, moment=CONTACTED))
    with pytest.raises(UntrustedPackage, match="was made for contacted, not for arrival"):
        judged(home, leaky)


def test_a_package_that_was_changed_is_refused(home, monkeypatch):
    made = packaged(ROWS, TREES)
    record = registered(home, made)
    verdict = judged(home, record)
    text = made[2]["model.txt"].replace(b"leaf_value=", b"leaf_value=9", 1)
    changed = {**made[2], "model.txt": text}
    monkeypatch.setattr(type(home.runtime.registry), "package", lambda *_: changed)
    with pytest.raises(UntrustedPackage, match="has SHA-256"):
        judged(home, record)
    (alert,) = home.told.alerts
    assert (alert.rule, alert.severity) == ("package-refused", "critical")
    assert len(re.findall(r"[0-9a-f]{64}", alert.says)) == 2  # what was found, and expected
    with pytest.raises(UntrustedPackage, match="has SHA-256"):
        promote(OPEN, home.runtime, verdict=verdict, moment=ARRIVAL)
    assert home.runtime.registry.aliased(MODEL, Alias.CHAMPION) is None


def test_f22_a_challenger_that_fails_while_it_is_judged_is_not_approved_and_changes_nothing(
    home, monkeypatch
):
    crowned(home, packaged(ROWS))
    record, before = registered(home, packaged(ROWS)), home.runtime.ledger.entries(MODEL)
    answer = Scorer.predict

    def fails(scorer, rows):
        if scorer.version == "2":
            raise RuntimeError("no answer")
        return answer(scorer, rows)

    monkeypatch.setattr(Scorer, "predict", fails)
    with pytest.raises(RuntimeError, match="no answer"):
        judged(home, record)
    assert home.runtime.ledger.entries(MODEL) == before
    assert champion(home) == "1"


def test_a_champion_that_cannot_be_used_any_more_keeps_nobody_out(home):
    crowned(home, packaged(ROWS))
    columns = (
        replace(column, high=500) if column.name == "minutes" else column
        for column in VISITS.schema.columns
    )
    today = replace(OPEN, schema=replace(VISITS.schema, columns=tuple(columns)))
    verdict = judged(home, registered(home, packaged(ROWS, use_case=today)), today)
    assert verdict.approved
    assert verdict.reason.endswith("champion version 1 can no longer be used")
    (alert,) = home.told.alerts
    assert (alert.rule, alert.severity) == ("champion-cannot-be-used", "warning")
    assert "cleaned differently" in alert.says


def test_a_promotion_judged_by_an_older_champion_is_stale(home):
    first = registered(home, packaged(mislabelled(ROWS, 0.95)))
    rivals = [registered(home, packaged(ROWS, candidate)) for candidate in (LINEAR, TREES)]
    promote(OPEN, home.runtime, verdict=judged(home, first), moment=ARRIVAL)
    verdicts = [judged(home, rival) for rival in rivals]
    assert all(verdict.approved for verdict in verdicts)
    won, lost = (
        promote(OPEN, home.runtime, verdict=verdict, moment=ARRIVAL) for verdict in verdicts
    )
    assert won.promoted
    assert not lost.promoted
    assert lost.reason.startswith(f"{STALE_CHAMPION}: version 3 was judged beside version 1, but")
    assert champion(home) == "2"
    assert promoted(home) == ["1", "2"]


def test_of_two_racing_promotions_one_wins_and_there_is_always_a_champion(home, monkeypatch):
    first = registered(home, packaged(mislabelled(ROWS, 0.95)))
    rivals = [registered(home, packaged(ROWS, candidate)) for candidate in (LINEAR, TREES)]
    promote(OPEN, home.runtime, verdict=judged(home, first), moment=ARRIVAL)
    verdicts = [judged(home, rival) for rival in rivals]

    # Both have seen the same champion before either writes.
    together, append = threading.Barrier(2), type(home.runtime.ledger).append

    def appended(ledger, entry):
        together.wait(timeout=60)
        return append(ledger, entry)

    monkeypatch.setattr(type(home.runtime.ledger), "append", appended)
    records = []

    def race(verdict):
        records.append(promote(OPEN, home.runtime, verdict=verdict, moment=ARRIVAL))

    threads = [threading.Thread(target=race, args=(verdict,)) for verdict in verdicts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    monkeypatch.undo()
    (won,) = [record for record in records if record.promoted]
    (lost,) = [record for record in records if not record.promoted]
    assert lost.reason.startswith(STALE_CHAMPION)
    assert lost.champion == won.champion == champion(home)
    assert home.runtime.registry.aliased(MODEL, Alias.PREVIOUS).version == "1"
    assert promoted(home) == ["1", won.champion]


def test_a_version_that_was_rolled_back_is_not_promoted_again_by_itself(home):
    crowned(home, packaged(mislabelled(ROWS, 0.95)))
    verdict = judged(home, registered(home, packaged(ROWS)))
    promote(OPEN, home.runtime, verdict=verdict, moment=ARRIVAL)
    rollback(OPEN, home.runtime, moment=ARRIVAL, reason="complaints")
    kept = promote(OPEN, home.runtime, verdict=verdict, moment=ARRIVAL)
    assert not kept.promoted
    assert "was rolled back; train another, or promote it with --force" in kept.reason
    assert champion(home) == "1"
    assert promote(OPEN, home.runtime, verdict=verdict, moment=ARRIVAL, force="mended").promoted
