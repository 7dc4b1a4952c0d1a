"""The DAG on Airflow itself: what it starts, whom it tells, and that nothing is done twice."""

import ast
import hashlib
import json
import re
import sys
import time
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from infra.source_assets import assemble_dags
from lambdas.notifying.reading import read as read_alert
from lambdas.retraining.events import read
from ml.contract.alerts import RetrainReason
from ml.contract.jobs import OUTCOME_FILE, STEPS, Job, said_file
from ml.contract.messages import RetrainEnded
from ml.contract.run_outcome import ends_with, run_outcome
from ml.contract.training_need import DriftSeen, training_need
from tests.support import ROOT
from tests.support.airflow.account import ARTIFACTS, RAW, account, definition, job_settings
from tests.support.airflow.home import AirflowHome

# Runs of real Airflow, which share what processors there are.
pytestmark = pytest.mark.timeout(600)

DRIFTED = DriftSeen(state="DRIFTED", asks=True, drifted_share=0.6, says="6 of 10 columns.")
ALIKE = DriftSeen(state="OK", drifted_share=0.0)
WHOLE = ["find", "crawl", "clean", "check", "report_drift", "decide"]
TRAINING = ["train", "evaluate", "judge", "register", "deploy"]


class Jobs:
    """Leaves what jobs of the image leave; which steps they ran is seen from their words."""

    def __init__(self):
        self.seen, self.approved, self.asked, self.account = ALIKE, True, [], None
        self._said_before = {}

    def __call__(self, request):
        self.asked.append(request)
        words = request["AppSpecification"]["ContainerArguments"]
        (job,) = [each for each in Job if ["step", *STEPS[each]] == words]
        (output,) = request["ProcessingOutputConfig"]["Outputs"]
        folder = output["S3Output"]["S3Uri"].removeprefix(f"s3://{ARTIFACTS}/")
        said = self._said(job, request["Environment"]["LEADWISE_REASON"])
        told = self._said_before.setdefault(folder, [])
        told.append(said)
        files = {said_file(job): said}
        if job is Job.EVALUATE:
            files["verdict.json"] = {"approved": self.approved, "reason": "auc .81 < .9"}
        if ends_with(job, said):
            files[OUTCOME_FILE] = run_outcome(told)
        for name, words in files.items():
            self.account.client("s3").put_object(
                Bucket=ARTIFACTS, Key=f"{folder}/{name}", Body=json.dumps(words).encode()
            )

    def _said(self, job, reason):
        late = "MLflow is away; figures wait in the spool" if job is Job.TRAIN else ""
        said = {"steps": [{"step": STEPS[job][0], "record": {"degraded": late}}]}
        if job is Job.PROCESS:
            need = training_need(reason, self.seen).to_dict()
            said |= {"drift": {"state": self.seen.state}, "train": need}
        return said | ({"package": {"version": "2"}} if job is Job.REGISTER else {})


@pytest.fixture(scope="module")
def aws():
    jobs = Jobs()
    with account(definition(job_settings()), jobs) as found:
        jobs.account, found.jobs = found, jobs
        yield found


@pytest.fixture(scope="module")
def airflow(aws, tmp_path_factory):
    home = AirflowHome(tmp_path_factory.mktemp("airflow") / "home", aws.settings, aws.env)
    home.migrate()
    yield home
    home.stop()


@pytest.fixture(autouse=True)
def clean_slate(request):
    if "aws" in request.fixturenames:
        aws = request.getfixturevalue("aws")
        aws.jobs.seen, aws.jobs.approved = ALIKE, True
        aws.work.fails, aws.work.kills = {}, set()
        aws.work.started.clear()
        aws.jobs.asked.clear()
        aws.told()


def day():
    """Of a run that begins now: each test's own, as Airflow 2 names runs by the second."""
    while (now := datetime.now(UTC).replace(microsecond=0)) in _DAYS:
        time.sleep(0.1)
    _DAYS.add(now)
    # S3 tells the second in which a file came: the run begins at the end of this one.
    return now.replace(microsecond=999_999).isoformat()


_DAYS = set()


def states(ran):
    return {name: state for name, (state, _) in ran["tasks"].items()}


def jobs_of(aws):
    return [
        re.search(r"-retrain-(\w+)-", name)[1] for name in aws.work.started if "-retrain-" in name
    ]


def events_of(told):
    return [
        read({"detail-type": each["detail-type"], "detail": each["detail"]}, "lead_conversion", "")
        for each in told
        if "detail-type" in each
    ]


def alerts_of(told):
    return [read_alert(each) for each in told if "TopicArn" in each]


@pytest.fixture(scope="module")
def described(airflow):
    read = airflow.describe()
    assert read["errors"] == {}
    (dag,) = read["dags"]
    return read | dag


class TestStructure:
    def test_airflow_reads_it_without_errors_quickly_and_without_anything_heavy(self, described):
        assert described["heavy"] == []
        assert described["parse_seconds"] < 2

    def test_one_dag_that_only_the_lambda_starts_and_never_two_runs_of_it(self, described, aws):
        assert described["dag"] == aws.settings.dag == "leadwise_lead_conversion"
        assert (described["max_active_runs"], described["catchup"]) == (1, False)
        assert described["schedule"] in {"None", None}
        assert described["timeout"] == aws.settings.patience_minutes * 60

    def test_drift_is_looked_at_before_anything_is_trained(self, described):
        after = {name: task["after"] for name, task in described["tasks"].items()}
        for earlier, later in pairwise([*WHOLE, *TRAINING]):
            assert earlier in after[later], later
        assert "decide" in after["skip"]
        assert after["announce"] == ["deploy", "skip"]
        assert described["tasks"]["announce"]["rule"] == "all_done"

    def test_what_waits_holds_no_worker(self, described):
        waits = {name for name, task in described["tasks"].items() if task["waits"]}
        assert waits == {"crawl", "clean", "check", "train", "evaluate", "register"}
        assert {described["tasks"][name]["waits"] for name in waits} == {"reschedule"}

    def test_every_task_is_tried_again_and_tells_people_when_it_fails(self, described):
        for name, task in described["tasks"].items():
            assert (task["retries"], task["callback"]) == (2, True), name
        assert described["callback"]

    def test_a_run_takes_the_reasons_that_a_retrain_can_have(self, described):
        assert described["params"]["reason"]["enum"] == [each.value for each in RetrainReason]


def test_rows_that_drifted_are_trained_on_and_the_outcome_is_recorded(airflow, aws):
    aws.bring("2026-02-01.csv")
    version = aws.bring("2026-03-01.csv")
    aws.jobs.seen = DRIFTED
    ran = airflow.run(day(), reason="drift")
    assert ran["state"] == "success"
    assert states(ran) == {
        **dict.fromkeys([*WHOLE, *TRAINING, "announce"], "success"), "skip": "skipped"
    }  # fmt: skip
    assert jobs_of(aws) == ["process", "train", "evaluate", "register"]
    first = aws.jobs.asked[0]
    source = first["ProcessingInputs"][0]["S3Input"]["S3Uri"]
    assert source == f"s3://{RAW}/raw/lead_conversion/2026-03-01.csv"
    assert aws.work.runs[-1]["Arguments"]["--version_id"] == version
    outcome = outcomes(aws)[-1]
    assert (outcome["trained"], outcome["package"]) == (True, {"version": "2"})
    assert outcome["degraded"] == {"train": "MLflow is away; figures wait in the spool"}
    told = aws.told()
    assert alerts_of(told) == []
    assert events_of(told) == [
        RetrainEnded(use_case="lead_conversion", run=ran["run"], status="Succeeded")
    ]


def outcomes(aws):
    left = aws.left()
    return [json.loads(left[name]) for name in sorted(left) if name.endswith("outcome.json")]


def test_rows_that_did_not_drift_are_not_trained_on_and_that_is_recorded(airflow, aws):
    aws.bring("2026-04-01.csv")
    before = aws.left()
    ran = airflow.run(day(), reason="alarm")
    assert ran["state"] == "success"
    assert states(ran) == {
        **dict.fromkeys([*WHOLE, "skip", "announce"], "success"),
        **dict.fromkeys(TRAINING, "skipped"),
    }
    assert jobs_of(aws) == ["process"]
    (name,) = [n for n in aws.left() if n not in before and n.endswith("outcome.json")]
    outcome = json.loads(aws.left()[name])
    assert (outcome["trained"], outcome["drift"]) == (False, {"state": "OK"})
    assert outcome["train"]["says"].startswith("Nothing is trained")
    told = aws.told()
    assert alerts_of(told) == []
    assert [event.status for event in events_of(told)] == ["Skipped"]


def test_another_trigger_trains_whatever_the_rows_look_like(airflow, aws):
    aws.bring("2026-04-02.csv")
    ran = airflow.run(day(), reason="schedule")
    assert states(ran)["deploy"] == "success"
    assert {each["Environment"]["LEADWISE_REASON"] for each in aws.jobs.asked} == {"schedule"}


def test_a_refused_challenger_registers_nothing_and_people_are_told(airflow, aws):
    aws.bring("2026-05-01.csv")
    aws.jobs.approved = False
    ran = airflow.run(day(), reason="manual")
    found = states(ran)
    assert (ran["state"], found["judge"], found["register"]) == (
        "failed", "failed", "upstream_failed",
    )  # fmt: skip
    assert jobs_of(aws) == ["process", "train", "evaluate"]
    assert ran["tasks"]["judge"][1] == 1  # another try would say the same
    _people_were_told(aws, "judge")


def _people_were_told(aws, task):
    """In the notifier's words; however many tasks tell, it is one incident."""
    told = aws.told()
    alerts = alerts_of(told)
    assert task in alerts[0].says
    assert len({alert.incident for alert in alerts}) == 1
    assert (alerts[0].rule, alerts[0].subject, alerts[0].severity) == (
        "retrain-failed", "leadwise-dev-retrain", "warning",
    )  # fmt: skip
    assert alerts[0].runbook.endswith("runbook.md#retrain-failed")
    assert [event.status for event in events_of(told)] == ["Failed"]


def test_a_job_that_failed_for_want_of_a_machine_is_started_once_more(airflow, aws):
    aws.bring("2026-06-01.csv")
    aws.work.fails = {"process": ["CapacityError: no machine"], "StartJobRun": ["no workers"]}
    ran = airflow.run(day(), reason="drift")
    assert ran["state"] == "success"
    assert jobs_of(aws) == ["process", "process"]
    assert aws.work.started.count("StartJobRun") == 2
    assert (ran["tasks"]["clean"][1], ran["tasks"]["check"][1]) == (2, 2)
    assert alerts_of(aws.told()) == []


def test_a_job_that_failed_for_another_reason_is_not_and_its_words_reach_nobody(airflow, aws):
    aws.bring("2026-07-01.csv")
    aws.work.fails = {"process": ["AlgorithmError: row 7 is anna@example.com"]}
    ran = airflow.run(day(), reason="schedule")
    assert (ran["state"], states(ran)["check"]) == ("failed", "failed")
    assert jobs_of(aws) == ["process"]
    assert "anna@example.com" not in json.dumps(aws.told())


def test_workers_that_are_killed_in_the_middle_leave_nothing_that_is_done_twice(airflow, aws):
    """F39: AWS has done what it was asked, and the worker dies before it hears so."""
    aws.bring("2026-08-01.csv")
    aws.jobs.seen, when = DRIFTED, day()
    for moment in ("StartCrawler", "StartJobRun", "process"):
        aws.work.kills = {moment}
        airflow.run_until_killed(when, reason="drift")
        assert aws.work.kills == set(), moment
    ran = airflow.run(when, reason="drift")
    assert ran["state"] == "success"
    once = [*aws.work.started]
    assert len(once) == len(set(once)) == 6  # crawl, clean and four jobs
    hashes = hashes_of(aws)
    again = airflow.run(when, reason="drift")
    assert (again["state"], aws.work.started) == ("success", once)
    assert hashes_of(aws) == hashes


def hashes_of(aws):
    return {name: hashlib.sha256(content).hexdigest() for name, content in aws.left().items()}


def test_a_backfill_reads_the_file_of_its_time_and_refuses_one_that_was_replaced(airflow, aws):
    aws.bring("2026-09-01.csv")
    time.sleep(1)  # S3 tells the second in which a file came
    then = day()
    time.sleep(1)
    aws.bring("2026-09-02.csv")
    ran = airflow.run(then, reason="drift")
    asked = aws.jobs.asked[0]["ProcessingInputs"][0]["S3Input"]["S3Uri"]
    assert asked.endswith("/2026-09-01.csv")
    assert states(ran)["skip"] == "success"
    aws.bring("2026-09-01.csv", b"others")
    ran = airflow.run(then, reason="drift")
    assert (ran["state"], states(ran)["find"]) == ("failed", "failed")
    assert "has been replaced after" in ran["log"]


def test_dags_import_only_what_airflow_is_given(tmp_path):
    folder = assemble_dags(tmp_path) / "dags"
    lock = (ROOT / "requirements" / "mwaa.txt").read_text()
    locked = set(re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE))
    wanted = {name for file in folder.rglob("*.py") for name in _imports(file)}
    outside = {name.partition(".")[0] for name in wanted} - set(sys.stdlib_module_names)
    assert outside == {"airflow", "boto3", "botocore", "dags", "ml"}
    assert {"apache-airflow", "boto3", "botocore"} <= locked
    ours = [name for name in wanted if name.startswith(("dags.", "ml."))]
    assert [name for name in ours if not _is_there(folder, name)] == []


def _imports(file):
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def _is_there(dags, name):
    path = dags / name.replace(".", "/")
    return path.is_dir() or path.with_suffix(".py").is_file()


def test_the_tests_run_on_the_airflow_of_the_environments():
    locks = [
        re.findall(r"^(apache-airflow(?:-core|-task-sdk)?==\S+)", text, re.MULTILINE)
        for text in (
            (ROOT / "requirements" / f"{name}.txt").read_text() for name in ("airflow", "mwaa")
        )
    ]
    assert locks[0] == locks[1]
    assert len(locks[0]) == 3
