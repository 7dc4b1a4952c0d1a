"""Who is told of what: alarms, events, dashboards, the daily check, the budget."""

import json
import re

import pytest

from infra.shapes import InstanceEndpoint, Orchestrator
from lambdas.notifying.reading import read
from lambdas.retraining.events import read as read_request
from ml.contract.alerts import CHANNELS, RUNBOOK, AlertSeverity, Channel, Metric, drift_alarm
from ml.contract.cloud_settings import NotifierSettings
from ml.contract.messages import RETRAIN_ENDED
from ml.contract.service_bounds import ERROR_SHARE, LATENCY_MS, SATURATION
from ml.contract.watching import Severity
from ml.use_cases import find
from tests.support import ROOT, aws_events
from tests.support.event_bridge import ACCOUNT, handed, matches, plain
from tests.support.everything import SYNTHESIZED
from tests.support.metrics import unwritten
from tests.support.shell_text import anchors
from tests.support.templates import resources, statements, the_only

SECTIONS = anchors((ROOT / "docs" / "runbook.md").read_text())
#: Where silence itself is the trouble, or says nothing new; anywhere else it is no trouble.
SILENCE = {
    "mlflow-is-down": "breaching",
    "console-is-down": "breaching",
    "airflow-is-down": "breaching",
    "no-new-leads": "breaching",
    "retrain-is-overdue": "breaching",
    "drift": "ignore",
    "watch-is-high": "ignore",
    "watch-is-critical": "ignore",
}
HAPPENED = {"files-refused", "alerts-untold"}  # and is not over when it happens no more


@pytest.fixture(scope="module", params=SYNTHESIZED, ids=lambda environment: environment.name)
def environment(request):
    return request.param


@pytest.fixture
def stacks(environment, stacks_of):
    return stacks_of(environment.name)


@pytest.fixture
def monitoring(stacks):
    return stacks["monitoring"]


@pytest.fixture
def alarms(stacks):
    """Properties of every alarm of an environment, by logical id."""
    found = {}
    for template in stacks.values():
        for id, alarm in resources(template, "AWS::CloudWatch::Alarm").items():
            found[id] = plain(alarm["Properties"])
    return found


def _anchor(text):
    link, _, anchor = re.search(r"https://\S+", text)[0].partition("#")
    assert link == RUNBOOK
    return anchor


def _severity(anchor):
    return re.search(r"^Severity: (\w+)", SECTIONS[anchor], re.MULTILINE)[1]


class TestAlarms:
    def test_each_links_to_a_section_of_the_runbook_that_is_there(self, alarms):
        assert len(alarms) >= 12
        for id, alarm in alarms.items():
            assert _anchor(alarm["AlarmDescription"]) in SECTIONS, id

    def test_each_tells_the_topic_of_the_severity_that_the_runbook_says(self, alarms):
        for id, alarm in alarms.items():
            severity = _severity(_anchor(alarm["AlarmDescription"]))
            (topic, *_) = alarm["AlarmActions"]
            assert f"Alerts{severity.title()}" in topic, id

    def test_each_says_when_it_is_over_unless_something_merely_happened(self, alarms):
        for id, alarm in alarms.items():
            anchor = _anchor(alarm["AlarmDescription"])
            over = [] if anchor in HAPPENED else alarm["AlarmActions"][:1]
            assert alarm.get("OKActions", []) == over, id

    def test_silence_rings_only_where_it_is_trouble(self, alarms):
        for id, alarm in alarms.items():
            anchor = _anchor(alarm["AlarmDescription"])
            assert alarm["TreatMissingData"] == SILENCE.get(anchor, "notBreaching"), id

    def test_each_looks_at_a_metric_that_something_here_writes(self, alarms, stacks, environment):
        for id, alarm in alarms.items():
            for namespace, name, dimensions in _metrics_of(alarm):
                why = unwritten(namespace, name, dimensions, stacks, environment.name)
                assert why == "", id

    def test_no_alarm_looks_back_further_than_cloudwatch_does(self, alarms):
        for id, alarm in alarms.items():
            periods = [alarm.get("Period", 0), *(_period(m) for m in alarm.get("Metrics", ()))]
            assert max(periods) * alarm["EvaluationPeriods"] <= 7 * 86_400, id

    def test_the_drift_alarm_has_the_name_that_the_retrain_rule_listens_for(
        self, alarms, environment
    ):
        (drift,) = [a for a in alarms.values() if a.get("MetricName") == "RetrainNeeded"]
        assert drift["AlarmName"] == drift_alarm(environment.name)

    def test_what_a_comparison_found_rings_from_high_on_and_wakes_people_where_it_is_critical(
        self, alarms
    ):
        found = [a for a in alarms.values() if a.get("MetricName") == "WorstSeverity"]
        rings = {(a["Threshold"], _anchor(a["AlarmDescription"])) for a in found}
        assert rings == {(3, "watch-is-high"), (4, "watch-is-critical")}
        assert {a["Threshold"] for a in found if "AlertsCritical" in a["AlarmActions"][0]} == {4}

    def test_what_the_endpoint_can_do_is_watched_and_ends_no_trial(self, alarms, stacks):
        (full,) = [id for id, a in alarms.items() if "endpoint-is-full" in a["AlarmDescription"]]
        assert alarms[full]["Threshold"] == SATURATION.medium
        for endpoint in resources(stacks["serving"], "AWS::SageMaker::Endpoint").values():
            assert full not in json.dumps(endpoint)

    def test_that_nobody_retrains_is_noticed_everywhere(self, alarms, environment):
        (overdue,) = [a for a in alarms.values() if a.get("MetricName") == "DaysSinceRetrain"]
        assert overdue["Threshold"] == environment.retrain.overdue_days

    def test_that_files_stop_coming_is_noticed_in_production(self, alarms, environment):
        found = [a for a in alarms.values() if a.get("MetricName") == "FilesAdmitted"]
        assert len(found) == int(environment.is_production)


def _metrics_of(alarm):
    if "MetricName" in alarm:
        yield alarm["Namespace"], alarm["MetricName"], _named(alarm["Dimensions"])
    for query in alarm.get("Metrics", ()):
        if "MetricStat" in query:
            metric = query["MetricStat"]["Metric"]
            yield metric["Namespace"], metric["MetricName"], _named(metric["Dimensions"])


def _named(dimensions):
    return {each["Name"]: str(each["Value"]) for each in dimensions}


def _period(query):
    return query.get("MetricStat", {}).get("Period", query.get("Period", 0))


def test_each_dead_letter_queue_has_an_alarm_that_rings_with_the_first(stacks, alarms):
    queues = {
        id
        for template in stacks.values()
        for id in resources(template, "AWS::SQS::Queue")
        if "DeadLetters" in id
    }
    watched = {
        id
        for alarm in alarms.values()
        if alarm.get("Namespace") == "AWS/SQS" and alarm["Threshold"] == 1
        for id in queues
        if f":{id}." in (name := alarm["Dimensions"][0]["Value"]) or f"Att{id}" in name
    }
    assert watched == queues
    assert len(queues) >= 3


def test_no_queue_is_a_dead_letter_queue_under_another_name(stacks):
    for template in stacks.values():
        text = json.dumps(plain(template["Resources"]))
        for target in re.findall(r'"(?:deadLetterTargetArn|Destination)": "([^"]+)"', text):
            assert "DeadLetters" in target


@pytest.mark.parametrize(
    ("namespace", "name", "dimensions", "why"),
    [
        ("Leadwise", "DriftShare", {"service": "leadwise-dev-intake"}, "intake does not write"),
        ("Leadwise", "FilesAdmitted", {"service": "leadwise-prod-intake"}, "nothing in dev writes"),
        ("Leadwise", "FilesAdmitted", {"part": "leadwise-dev-intake"}, "dimension service"),
        ("AWS/SQS", "Depth", {"QueueName": "import:NewFiles8A6CE75A"}, "does not write Depth"),
        ("AWS/RDS", "CPUUtilization", {"DBInstanceIdentifier": "other"}, "other is no AWS::RDS"),
        ("AWS/Nothing", "Count", {}, "no service"),
    ],
)
def test_a_metric_that_nothing_writes_is_found(stacks_of, namespace, name, dimensions, why):
    assert why in unwritten(namespace, name, dimensions, stacks_of("dev"), "dev")


class TestDashboards:
    def test_each_graph_shows_what_something_here_writes(self, monitoring, stacks, environment):
        shown = list(_graphs(monitoring))
        assert len(shown) >= 14
        for title, metric in shown:
            namespace, name, *pairs = [each for each in metric if isinstance(each, str)]
            dimensions = dict(zip(pairs[::2], pairs[1::2], strict=True))
            assert unwritten(namespace, name, dimensions, stacks, environment.name) == "", title

    @pytest.mark.parametrize("metric", Metric)
    def test_what_our_code_writes_is_shown(self, monitoring, metric):
        assert ("Leadwise", metric.value) in {tuple(m[:2]) for _, m in _graphs(monitoring)}

    def test_bounds_are_those_that_the_code_judges_by(self, monitoring, environment):
        case = find(environment.use_case)
        drawn = {
            widget["title"].partition(",")[0]: [line["value"] for line in _lines(widget)]
            for widget in _widgets(monitoring)
        }
        assert drawn["Worst of a comparison"] == [severity.level for severity in Severity]
        assert drawn["Drift"] == [case.drift.drifted_share]
        assert drawn["Stability of scores"] == [case.drift.prediction_psi_alarm]
        assert drawn["Outcomes known"] == [case.watch.minimum_outcomes]
        assert drawn["Precision of the best tenth"] == [case.watch.calibration_error]
        assert drawn["Time of 99 in 100"] == list(LATENCY_MS)
        assert drawn["Share of calls that failed"] == list(ERROR_SHARE)
        assert drawn["Share of the endpoint in use"] == list(SATURATION)

    def test_what_comes_once_a_week_is_shown_for_a_quarter(self, monitoring):
        weekly = {"WorstSeverity", "RocAuc", "Lift"}
        titles = {title for title, metric in _graphs(monitoring) if metric[1] in weekly}
        starts = [w.get("start") for w in _widgets(monitoring) if w["title"] in titles]
        assert starts == ["-P13W"] * 3

    def test_latency_errors_throughput_and_saturation_each_have_a_graph(self, monitoring):
        shown = {metric[1] for _, metric in _graphs(monitoring)}
        assert {"Latency", "5xx", "Count"} <= shown
        assert shown & {"ServerlessConcurrentExecutionsUtilization", "MemoryUtilization"}

    def test_dev_has_one_page_and_the_others_two(self, monitoring, environment):
        pages = resources(monitoring, "AWS::CloudWatch::Dashboard").values()
        names = {page["Properties"]["DashboardName"] for page in pages}
        ours = {f"leadwise-{environment.name}-{name}" for name in ("operations", "model")}
        assert names == (
            ours if environment.keep_data else {f"leadwise-{environment.name}-operations"}
        )


def _widgets(template):
    for page in resources(template, "AWS::CloudWatch::Dashboard").values():
        for widget in json.loads(plain(page["Properties"]["DashboardBody"]))["widgets"]:
            yield widget["properties"]


def _lines(widget):
    return widget.get("annotations", {}).get("horizontal", ())


def _graphs(template):
    for widget in _widgets(template):
        for metric in widget["metrics"]:
            if isinstance(metric[0], str):
                yield widget["title"], metric


def _told(template, event):
    """What each rule that matches an event hands to its targets."""
    told = []
    for rule in resources(template, "AWS::Events::Rule").values():
        properties = rule["Properties"]
        if matches(plain(properties["EventPattern"]), event):
            told += [handed(target, event) for target in properties["Targets"]]
    return told


def _alerts(template, event):
    return [read(each["Records"][0]["Sns"]) for each in _told(template, event) if "Records" in each]


def _samples(environment):
    """Rule of the alert, severity, the event, and words that the alert must say."""
    name = environment.name
    retrain = f"leadwise-{name}-retrain"
    by_airflow = environment.orchestrator is Orchestrator.MWAA
    ended = {"use_case": "lead_conversion", "run": "manual-1-5f", "status": "Failed"}
    yield (
        "cleaning-failed",
        "warning",
        aws_events.glue_job(f"leadwise-{name}-clean-leads", "TIMEOUT"),
        ("jr_2a9f", "TIMEOUT"),
    )
    if by_airflow:
        event = aws_events.ours(RETRAIN_ENDED, retrain, **ended)
        yield "retrain-failed", "warning", event, ("manual-1-5f", "Failed")
    else:
        event = aws_events.pipeline_run(retrain, "Stopped")
        yield "retrain-failed", "warning", event, ("p4jn9xou8a8s", "Stopped")
    endpoint = f"leadwise-{name}-lead-conversion"
    for status in ("FAILED", "RollingBack", "UPDATE_ROLLBACK_FAILED"):
        yield "deployment-failed", "critical", aws_events.endpoint(endpoint, status), (status,)
    if isinstance(environment.endpoint, InstanceEndpoint):
        schedule = f"leadwise-{name}-data-quality"
        violated = "CompletedWithViolations: Job completed successfully with 4 violations."
        job = ("model-monitoring-202611210400-7f3a",)
        yield "drift", "warning", aws_events.processing_job(schedule, "Completed", violated), job
        yield "data-quality-failed", "warning", aws_events.processing_job(schedule, "Failed"), job


class TestEvents:
    def test_what_ends_badly_is_told_once_in_words(self, monitoring, environment):
        for rule, severity, event, words in _samples(environment):
            (alert,) = _alerts(monitoring, event)
            assert (alert.rule, alert.severity, alert.over) == (rule, severity, 0)
            assert [word for word in words if word not in alert.says] == []
            assert "<" not in alert.says
            assert alert.subject.startswith(f"leadwise-{environment.name}-")

    def test_each_alert_links_to_a_section_of_its_severity(self, monitoring, environment):
        for rule, severity, event, _ in _samples(environment):
            (alert,) = _alerts(monitoring, event)
            assert _anchor(alert.runbook) == rule
            assert _severity(rule) == severity

    def test_each_rule_has_an_event_that_it_matches(self, monitoring, environment):
        events = [event for _, _, event, _ in _samples(environment)]
        for id, rule in resources(monitoring, "AWS::Events::Rule").items():
            pattern = plain(rule["Properties"]["EventPattern"])
            assert any(matches(pattern, event) for event in events), id

    def test_what_goes_well_or_is_elsewhere_is_not_told(self, monitoring, environment):
        name = environment.name
        other = "staging" if name == "dev" else "dev"
        for event in (
            aws_events.glue_job(f"leadwise-{name}-clean-leads", "SUCCEEDED"),
            aws_events.glue_job(f"leadwise-{other}-clean-leads", "FAILED"),
            aws_events.pipeline_run(f"leadwise-{name}-retrain", "Succeeded"),
            aws_events.pipeline_run(f"leadwise-{name}-retrain", "Executing"),
            aws_events.pipeline_run(f"leadwise-{other}-retrain", "Failed"),
            aws_events.endpoint(f"leadwise-{name}-lead-conversion", "IN_SERVICE"),
            aws_events.endpoint(f"leadwise-{name}-lead-conversion", "UPDATING"),
            aws_events.endpoint(f"leadwise-{other}-lead-conversion", "FAILED"),
            aws_events.processing_job(
                f"leadwise-{name}-data-quality", "Completed", "Completed: OK"
            ),
            aws_events.processing_job(f"leadwise-{other}-data-quality", "Failed"),
            aws_events.processing_job(None, "Failed"),
        ):
            assert _told(monitoring, event) == [], event

    def test_drift_that_the_daily_check_finds_asks_for_a_retrain(self, monitoring, environment):
        event = aws_events.processing_job(
            f"leadwise-{environment.name}-data-quality", "Completed", "CompletedWithViolations: 1"
        )
        requests = [each for each in _told(monitoring, event) if "Records" not in each]
        asked = [read_request(each, "lead_conversion", "id").reason for each in requests]
        assert asked == ["drift"] * isinstance(environment.endpoint, InstanceEndpoint)

    def test_no_event_is_lost(self, monitoring):
        for rule in resources(monitoring, "AWS::Events::Rule").values():
            for target in rule["Properties"]["Targets"]:
                assert "NotifierDeadLetters" in plain(target["DeadLetterConfig"]["Arn"])


class TestNotifier:
    def test_it_listens_to_every_severity_and_loses_nothing(self, monitoring):
        listening = [
            plain(each["Properties"])
            for each in resources(monitoring, "AWS::SNS::Subscription").values()
            if each["Properties"]["Protocol"] == "lambda"
        ]
        for severity in AlertSeverity:
            assert len([s for s in listening if f"Alerts{severity.title()}" in s["TopicArn"]]) == 1
        assert all(
            "NotifierDeadLetters" in s["RedrivePolicy"]["deadLetterTargetArn"] for s in listening
        )

    def test_people_of_the_environment_get_mail(self, monitoring, environment):
        mailed = {
            each["Properties"]["Endpoint"]
            for each in resources(monitoring, "AWS::SNS::Subscription").values()
            if each["Properties"]["Protocol"] == "email"
        }
        assert mailed == set(environment.alarm_emails)

    def test_its_own_silence_is_mailed_without_it(self, alarms, environment):
        about_itself = [a for id, a in alarms.items() if id.startswith("AlarmsNotifier")]
        assert len(about_itself) == 1 + environment.keep_data
        for alarm in about_itself:
            assert any("NotifierMail" in action for action in alarm["AlarmActions"])

    def test_it_reads_the_settings_that_it_is_given(self, monitoring, environment):
        (function,) = [
            each["Properties"]
            for each in resources(monitoring, "AWS::Lambda::Function").values()
            if each["Properties"]["Handler"] == "lambdas.notifier.handler"
        ]
        told = {k: str(plain(v)) for k, v in function["Environment"]["Variables"].items()}
        settings = NotifierSettings.from_env(told)
        assert settings.environment == environment.name
        assert told["POWERTOOLS_SERVICE_NAME"] == f"leadwise-{environment.name}-notifier"
        assert told["POWERTOOLS_METRICS_NAMESPACE"] == "Leadwise"

    def test_the_secret_of_its_channels_begins_empty_and_is_rotated_by_hand(self, monitoring):
        (secret,) = resources(monitoring, "AWS::SecretsManager::Secret").values()
        template = secret["Properties"]["GenerateSecretString"]["SecretStringTemplate"]
        assert json.loads(template) == {"slack_webhook_url": "", "pagerduty_routing_key": ""}
        assert secret["Metadata"]["rotation"] == "by hand: docs/runbook.md"
        assert "rotate-a-channels-secret" in SECTIONS

    def test_only_what_is_critical_wakes_a_person(self):
        paged = {severity for severity, over in CHANNELS.items() if Channel.PAGERDUTY in over}
        assert paged == {AlertSeverity.CRITICAL}


class TestDataQuality:
    @pytest.fixture(autouse=True)
    def _on_instances(self, environment):
        if not isinstance(environment.endpoint, InstanceEndpoint):
            pytest.skip("a serverless endpoint captures nothing: nothing to check")

    def test_it_waits_for_a_baseline(self, monitoring):
        assert monitoring["Parameters"]["BaselineFolder"]["Default"] == ""
        kinds = ("AWS::SageMaker::MonitoringSchedule", "AWS::SageMaker::DataQualityJobDefinition")
        for kind in kinds:
            (resource,) = resources(monitoring, kind).values()
            condition = monitoring["Conditions"][resource["Condition"]]
            assert condition == {"Fn::Not": [{"Fn::Equals": [{"Ref": "BaselineFolder"}, ""]}]}

    def test_it_looks_once_a_day_at_the_endpoint_of_the_environment(self, monitoring, environment):
        schedule = the_only(monitoring, "AWS::SageMaker::MonitoringSchedule")
        config = schedule["MonitoringScheduleConfig"]
        # The only form of a daily schedule that Model Monitor takes.
        assert re.fullmatch(
            r"cron\(0 \d{1,2} \? \* \* \*\)", config["ScheduleConfig"]["ScheduleExpression"]
        )
        job = the_only(monitoring, "AWS::SageMaker::DataQualityJobDefinition")
        asked = job["DataQualityJobInput"]["EndpointInput"]["EndpointName"]
        assert asked == f"leadwise-{environment.name}-lead-conversion"

    def test_its_machine_stands_in_private_and_is_encrypted_and_ends(self, monitoring):
        job = the_only(monitoring, "AWS::SageMaker::DataQualityJobDefinition")
        assert job["NetworkConfig"]["EnableInterContainerTrafficEncryption"] is True
        assert all(
            "private" in plain(each) for each in job["NetworkConfig"]["VpcConfig"]["Subnets"]
        )
        assert "Operations" in plain(job["JobResources"]["ClusterConfig"]["VolumeKmsKeyId"])
        assert "Data" in plain(job["DataQualityJobOutputConfig"]["KmsKeyId"])
        assert job["StoppingCondition"]["MaxRuntimeInSeconds"] <= 3_600

    def test_its_role_reads_captures_and_writes_reports_and_no_more(self, monitoring):
        documents = [
            policy["Properties"]["PolicyDocument"]
            for policy in resources(monitoring, "AWS::IAM::Policy").values()
            if policy["Properties"]["Roles"][0]["Ref"].startswith("DataQualityRole")
        ]
        written = [
            plain(resource)
            for statement in statements(*documents)
            if "s3:PutObject" in statement["Action"]
            for resource in statement["Resource"]
        ]
        assert [each.partition("/")[2] for each in written] == ["data-quality/lead_conversion/*"]
        actions = {a for statement in statements(*documents) for a in statement["Action"]}
        assert not {a for a in actions if a.endswith("*") or a.startswith(("iam:", "sagemaker:"))}


def test_the_budget_is_the_environments_and_tells_by_how_bad_it_is(monitoring, environment):
    budget = plain(the_only(monitoring, "AWS::Budgets::Budget"))
    assert budget["Budget"]["BudgetLimit"] == {"Amount": environment.monthly_budget, "Unit": "USD"}
    assert budget["Budget"]["CostFilters"] == {
        "TagKeyValue": [f"user:environment${environment.name}"]
    }
    told = {
        (n["Notification"]["NotificationType"], n["Notification"]["Threshold"]): n["Subscribers"][
            0
        ]["Address"]
        for n in budget["NotificationsWithSubscribers"]
    }
    assert "AlertsWarning" in told["FORECASTED", 80]
    assert "AlertsCritical" in told["ACTUAL", 100]


def test_alarms_and_budgets_of_this_account_and_nobody_else_may_publish(stacks):
    for policy in resources(stacks["foundation"], "AWS::SNS::TopicPolicy").values():
        for statement in statements(policy["Properties"]["PolicyDocument"]):
            if statement["Effect"] == "Allow":
                assert set(statement["Principal"]["Service"]) == {
                    "budgets.amazonaws.com",
                    "cloudwatch.amazonaws.com",
                }
                assert plain(statement["Condition"])["StringEquals"] == {
                    "aws:SourceAccount": ACCOUNT
                }
