"""`leadwise investigate` as a person or a script meets it, beside a home that was trained."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from rich.console import Console

from ml.adapters.local_lake import LocalLake
from ml.bootstrap import laptop
from ml.contract.receipts import Receipt, new_receipt_id
from ml.contract.settings import LaptopSettings
from ml.core.generator import Scenario, generate_leads
from ml.core.scoring.inputs import inputs_sha256
from ml.pipeline import Pipeline
from ml.steps.kept_investigations import newest_investigation
from tests.pipeline.conftest import QUICK
from tests.support.command_line import leadwise
from tests.support.hostile import WORDS

WEEKS, TAUGHT, ROWS = 30, 4_000, 6_500
FIRST_LATE = 20
TODAY = datetime.now(UTC).date()
DATED = {
    "arrival_weeks": WEEKS,
    "label_delay": True,
    "start": TODAY - timedelta(weeks=WEEKS),
    "drift_strength": 0.0,
}
HOSTILE = "<script>alert(1)</script>"


def stream(**planted):
    scenario = Scenario(**(DATED | planted))
    return pd.concat(generate_leads(rows=ROWS, seed=7, scenario=scenario), ignore_index=True)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("investigated")
    taught = stream()[:TAUGHT].drop(columns=["Arrival Date", "Outcome Date"])
    taught.to_csv(folder / "taught.csv", index=False)
    settings = LaptopSettings(home=str(folder / "home"))
    with laptop(settings, Console(quiet=True)) as runtime:
        pipeline = Pipeline(QUICK, runtime, QUICK.default_moment)
        result = pipeline.run(folder / "taught.csv")
        if not result.promotion.promoted:
            pipeline.promote(result.verdict, force="a small home for tests")
            pipeline.deploy()
    return folder / "home"


def late(folder, leads):
    """Files of late leads and of what is known of them by today."""
    shown, told = folder / "late.csv", folder / "outcomes.csv"
    leads.drop(columns=["Converted", "Outcome Date"]).to_csv(shown, index=False)
    told_leads = leads[["Prospect ID", "Converted", "Outcome Date"]].astype(object)
    unknown = ~(told_leads["Outcome Date"] <= TODAY.isoformat())
    told_leads.loc[unknown, ["Converted", "Outcome Date"]] = None
    told_leads.to_csv(told, index=False)
    return shown, told


def asked(home, shown, told=None, *words):
    outcomes = ("--outcomes", told) if told else ()
    return leadwise(
        "investigate", "lead_conversion", "--home", home, "--current", shown, *outcomes, *words
    )


def told_of(home, shown, told=None):
    done = asked(home, shown, told, "--json")
    assert done.code == 0, done.err
    return json.loads(done.out)


def states(found):
    return {one["check"]: one["state"] for one in found["findings"]}


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory):
    return late(tmp_path_factory.mktemp("unchanged"), stream()[TAUGHT:])


def test_unchanged_leads_leave_nothing_to_find_and_the_home_only_keeps_that(home, unchanged):
    def content():
        files = sorted(file for file in home.rglob("*") if file.is_file())
        kept = (file for file in files if file.suffix in {".parquet", ".json", ".txt", ".duckdb"})
        return {file: hashlib.sha256(file.read_bytes()).hexdigest() for file in kept}

    before = content()
    found = told_of(home, *unchanged)
    assert found["root_cause"] == "NOTHING_FOUND", found["causes"]
    assert (found["version"], found["rows"]) == ("1", ROWS - TAUGHT)
    assert [one for one in found["findings"] if one["state"] == "FAILED"] == []
    after = content()
    assert before.items() <= after.items()
    (kept,) = after.keys() - before.keys()
    assert kept.parent == home / "lake" / "investigations" / "lead_conversion" / found["moment"]
    newest = newest_investigation(LocalLake(home / "lake"), "lead_conversion", found["moment"])
    assert json.loads(json.dumps(newest.to_dict())) == found


PLANTED = {
    "STALE_DATA": {"stale_weeks": 4},
    "BROKEN_FIELD": {"drift_week": FIRST_LATE - 2, "broken_field": "Last Activity"},
    "DATA_DRIFT": {"drift_week": FIRST_LATE - 2, "drift_strength": 1.5},
    "BASE_RATE_SHIFT": {"drift_week": FIRST_LATE - 2, "base_rate_shift": 1.2},
    "LEAK": {"planted_leak": True},
    "CALIBRATION_LOSS": {"drift_week": FIRST_LATE - 2, "odds_power": 0.3},
    "CONCEPT_CHANGE": {"drift_week": FIRST_LATE - 2, "concept_strength": 1.0},
    "BROKEN_SYNC": {"drift_week": FIRST_LATE - 2, "lost_outcomes": 0.7},
}


@pytest.mark.parametrize("cause", PLANTED)
def test_what_is_planted_is_named_first(home, tmp_path, cause):
    found = told_of(home, *late(tmp_path, stream(**PLANTED[cause])[TAUGHT:]))
    assert found["root_cause"] == cause, found["causes"]
    assert found["causes"][0]["why"]
    assert any(move["command"].startswith("leadwise ") for move in found["moves"])


def test_a_person_reads_causes_checks_and_moves_and_gets_a_page(home, unchanged, tmp_path):
    page = tmp_path / "page.html"
    done = asked(home, *unchanged, "--page", page)
    assert done.code == 0, done.err
    for words in ("NOTHING_FOUND", "NOT_KEPT", "Next: ", "leadwise why RECEIPT"):
        assert words in done.out, words
    html = page.read_text("utf-8")
    assert "Nothing was found" in html
    assert "<script" not in html


def test_outcomes_in_the_leads_own_file_count(home, tmp_path):
    file = tmp_path / "both.csv"
    stream()[TAUGHT:].to_csv(file, index=False)
    found = told_of(home, file)
    assert found["outcomes"] == "both.csv"
    assert states(found)["performance"] == "OK"


def test_the_training_file_itself_is_no_news(home):
    found = told_of(home, home.parent / "taught.csv")
    assert found["root_cause"] == "STALE_DATA"
    assert "are ones that the model was made with" in found["causes"][0]["why"][0]


def test_without_outcomes_nothing_is_called_fine(home, unchanged):
    found = told_of(home, unchanged[0])
    assert found["root_cause"] == "INSUFFICIENT_DATA"
    assert states(found)["base_rate"] == "NO_OUTCOMES"
    assert "--outcomes FILE" in found["moves"][1]["command"]


def test_a_home_that_never_learnt_has_no_reference(unchanged, tmp_path):
    found = told_of(tmp_path / "new", *unchanged)
    assert found["root_cause"] == "INSUFFICIENT_DATA"
    seen = states(found)
    assert (seen["drift"], seen["served"], seen["registry"]) == (
        "NO_REFERENCE",
        "NO_MODEL",
        "NOT_KEPT",
    )


@pytest.mark.parametrize("rows", [1, 30])
def test_few_leads_are_insufficient(home, tmp_path, rows):
    found = told_of(home, *late(tmp_path, stream()[-rows:]))
    assert found["root_cause"] == "INSUFFICIENT_DATA"
    assert states(found)["arrives"] == "INSUFFICIENT_DATA"


@pytest.mark.parametrize("content", ["", "Lead Origin,City\nAPI,Mumbai\n"])
def test_a_file_that_holds_no_leads_is_refused(home, tmp_path, content):
    file = tmp_path / "odd.csv"
    file.write_text(content)
    done = asked(home, file, None, "--json")
    assert done.code == 2
    assert json.loads(done.out)["error"]["type"] == "InputRefused"
    assert "Traceback" not in done.err


def test_a_header_without_rows_is_no_traceback(home, tmp_path):
    file = tmp_path / "header.csv"
    stream()[:0].to_csv(file, index=False)
    done = asked(home, file, None, "--json")
    assert done.code in (0, 2)
    told = json.loads(done.out)
    assert told.get("root_cause") == "INSUFFICIENT_DATA" or "error" in told


def test_a_page_needs_a_folder(home, unchanged, tmp_path):
    done = asked(home, *unchanged, "--page", tmp_path / "none" / "page.html")
    assert done.code == 2
    assert "there is no folder" in done.err


def test_outcomes_of_strangers_and_contradictions_are_told(home, unchanged, tmp_path):
    shown, told = unchanged
    known = pd.read_csv(told, dtype=str)
    strangers = known.assign(**{"Prospect ID": "x-" + known["Prospect ID"]})
    opposite = known.assign(Converted=known["Converted"].map({"0": "1", "1": "0"}))
    odd = tmp_path / "odd.csv"
    pd.concat([strangers, known, opposite[:300]]).to_csv(odd, index=False)
    found = told_of(home, shown, odd)
    by_check = {one["check"]: one for one in found["findings"]}
    assert by_check["strange_ids"]["value"] == pytest.approx(0.5)
    assert by_check["contradictions"]["state"] == "RAISED"
    assert found["root_cause"] == "BROKEN_SYNC"


def test_words_that_are_no_outcome_and_no_day_count_for_nothing(home, unchanged, tmp_path):
    shown, told = unchanged
    known = pd.read_csv(told, dtype=str)
    known.loc[:99, "Converted"] = [WORDS[n % len(WORDS)] + "!" for n in range(100)]
    known.loc[100:199, "Outcome Date"] = "soon"
    odd = tmp_path / "odd.csv"
    known.to_csv(odd, index=False)
    found = told_of(home, shown, odd)
    contradictions = next(o for o in found["findings"] if o["check"] == "contradictions")
    assert "lines hold no outcome that we know" in contradictions["says"]
    assert contradictions["value"] > 0


def test_hostile_headers_and_cells_stay_text(home, unchanged, tmp_path):
    leads = pd.read_csv(unchanged[0], dtype=str, keep_default_na=False)
    leads[HOSTILE] = "{{ 7 * 7 }}"
    leads.loc[:50, "Arrival Date"] = HOSTILE
    leads.loc[:50, "City"] = HOSTILE
    file, page = tmp_path / f"{'&'}late'.csv", tmp_path / "page.html"
    leads.to_csv(file, index=False)
    done = asked(home, file, unchanged[1], "--page", page)
    assert done.code == 0, done.err
    html = page.read_text("utf-8")
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_a_column_that_the_file_lacks_is_a_finding_and_no_refusal(home, unchanged, tmp_path):
    file = tmp_path / "narrow.csv"
    pd.read_csv(unchanged[0], dtype=str).drop(columns=["Lead Source"]).to_csv(file, index=False)
    found = told_of(home, file, unchanged[1])
    assert found["root_cause"] == "BROKEN_FIELD"
    assert "The file has no column Lead Source" in found["causes"][0]["why"][0]


def test_a_package_that_was_changed_is_the_wrong_model(home, unchanged):
    model = QUICK.model_name(QUICK.default_moment)
    (file,) = (home / "serving" / model / "1").glob("model.txt")
    content = file.read_bytes()
    try:
        file.write_bytes(content + b" ")
        found = told_of(home, *unchanged)
    finally:
        file.write_bytes(content)
    assert found["root_cause"] == "WRONG_MODEL"
    assert "UNTRUSTED_ARTEFACT" in found["causes"][0]["why"][0]
    assert states(found)["drift"] == "OK"  # the rows of the last split stand in


def receipt(scorer, deployed, cells, *, moved=0.0):
    scored = scorer.score_record(cells)
    return Receipt(
        id=new_receipt_id(), lead=scored.lead, use_case=QUICK.name,
        moment=QUICK.default_moment.name, model=deployed.model, version=deployed.version,
        package_sha256=deployed.package_sha256, cells=cells, inputs_sha256=inputs_sha256(cells),
        prediction=scored.prediction + moved, score=scored.score, band=scored.band,
    )  # fmt: skip


@pytest.mark.parametrize(("moved", "state"), [(0.0, "OK"), (0.01, "RAISED")])
def test_scores_of_the_server_are_made_again(home, unchanged, tmp_path, moved, state):
    from ml.adapters.silent_progress import SilentProgress
    from ml.adapters.sqlite_receipts import SqliteReceipts
    from ml.bootstrap import laptop_runtime
    from ml.core.investigating import Answered
    from ml.core.scoring import Scorer
    from ml.ports import Receipts
    from ml.steps.late_receipts import late_receipts

    runtime = laptop_runtime(Path(home), SilentProgress())
    deployed = runtime.endpoint.current(QUICK.model_name(QUICK.default_moment))
    scorer = Scorer.of(deployed, use_case=QUICK)
    leads = pd.read_csv(unchanged[0], dtype=str, keep_default_na=False)[:5].to_dict("records")
    store: Receipts = SqliteReceipts(tmp_path / "receipts.db")
    names = {column.source: column.name for column in QUICK.schema.columns}
    cells = [{names[k]: v for k, v in lead.items() if k in names} for lead in leads]
    store.add([receipt(scorer, deployed, each, moved=moved) for each in cells])
    seen = late_receipts(
        store, model=deployed.model, scorer=scorer, stamp=deployed.package_sha256,
        now=datetime.now(UTC),
    )  # fmt: skip
    assert seen == Answered(
        by_day=(0, 0, 0, 0, 0, 0, 0, 5), replayed=5, other_score=5 if state == "RAISED" else 0
    )
    elsewhere = late_receipts(
        store, model="another", scorer=scorer, stamp="", now=datetime.now(UTC)
    )
    assert elsewhere == Answered(by_day=(0,) * 8)
