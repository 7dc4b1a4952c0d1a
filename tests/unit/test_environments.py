"""Bad values fail when an environment is made: one clear line with the value and what to give."""

from dataclasses import replace

import pytest

from infra.environments import DEV, ENVIRONMENTS, PROD, STAGING, select
from infra.shapes import (
    Airflow,
    Console,
    Egress,
    InstanceEndpoint,
    Jwt,
    MlflowServer,
    Network,
    Orchestrator,
    Redshift,
    Retrain,
    ServerlessEndpoint,
    Service,
)
from ml.contract.errors import InvalidSettings, UnknownName
from ml.contract.names import Approval

NETWORK = Network(egress=Egress.NAT_GATEWAY)
REDSHIFT = Redshift(base_rpu=4, max_rpu=8, monthly_rpu_hours=20)
INSTANCES = InstanceEndpoint(instance_type="ml.c6i.large")
JWT = Jwt(issuer="https://login.example.com/", audience=("leads",))
CONSOLE = Console(
    domain="leads.example.com",
    zone_id="Z1",
    zone_name="example.com",
    allowed_cidrs=("192.0.2.0/24",),
)

# The good value, one change that breaks one rule, and what the message must then hold.
BROKEN = [
    (DEV, {"name": "Dev 1"}, ["'Dev 1'", "lower-case letters and digits"]),
    (DEV, {"name": "d"}, ["'d'", "2 to 12"]),
    (DEV, {"account": "12345"}, ["'12345'", "twelve digits"]),
    (DEV, {"region": "Frankfurt"}, ["'Frankfurt'", "such as 'us-east-1'"]),
    (DEV, {"use_case": "churn"}, ["'churn'", "lead_conversion"]),
    (DEV, {"orchestrator": Orchestrator.MWAA}, ["'mwaa'", "airflow=Airflow(...)"]),
    (DEV, {"airflow": Airflow()}, ["'pipeline'", "expected None"]),
    (DEV, {"alarm_emails": ("ops@",)}, ["['ops@']", "such as 'ops@acme.com'"]),
    (DEV, {"monthly_budget": 0}, ["monthly_budget is 0", "1 or more"]),
    (DEV, {"log_days": 8}, ["log_days is 8", "7, 14, 30"]),
    (PROD, {"keep_data": False}, ["keep_data is False", "expected True"]),
    (PROD, {"endpoint": ServerlessEndpoint()}, ["serverless", "InstanceEndpoint"]),
    (PROD, {"approval": Approval.AUTOMATIC}, ["approval is 'automatic'", "expected 'manual'"]),
    (PROD, {"alarm_emails": ()}, ["alarm_emails is empty", "expected an address"]),
    (NETWORK, {"cidr": "10.20.0.0"}, ["'10.20.0.0'", "'10.20.0.0/16'"]),
    (NETWORK, {"cidr": "10.20.0.1/16"}, ["'10.20.0.1/16'", "'10.20.0.0/16'"]),
    (NETWORK, {"cidr": "8.8.0.0/16"}, ["'8.8.0.0/16'", "private"]),
    (NETWORK, {"cidr": "10.0.0.0/8"}, ["'10.0.0.0/8'", "/16 to /20"]),
    (NETWORK, {"cidr": "10.0.0.0/24"}, ["'10.0.0.0/24'", "/16 to /20"]),
    (NETWORK, {"az_count": 2}, ["az_count is 2", "3 to 6"]),
    (NETWORK, {"az_count": 7}, ["az_count is 7", "3 to 6"]),
    (NETWORK, {"nat_count": 0}, ["nat_count is 0", "1 to az_count (3)"]),
    (NETWORK, {"nat_count": 4}, ["nat_count is 4", "1 to az_count (3)"]),
    (NETWORK, {"endpoint_az_count": 4}, ["endpoint_az_count is 4", "1 to az_count (3)"]),
    (NETWORK, {"endpoints": (Service.KMS, Service.KMS)}, ["a service twice", "each once"]),
    (REDSHIFT, {"base_rpu": 12}, ["base_rpu is 12", "multiple of 8"]),
    (REDSHIFT, {"max_rpu": 520}, ["max_rpu is 520", "8 to 512"]),
    (REDSHIFT, {"base_rpu": 16}, ["base_rpu is 16", "at most max_rpu (8)"]),
    (REDSHIFT, {"monthly_rpu_hours": 0}, ["monthly_rpu_hours is 0", "1 or more"]),
    (MlflowServer(), {"instance_type": "m7i.large"}, ["'m7i.large'", "'t4g.small'"]),
    (MlflowServer(), {"database_class": "db.t4g.micro"}, ["'db.t4g.micro'", "'t4g.small'"]),
    (MlflowServer(), {"storage_gib": 10}, ["storage_gib is 10", "20 to 65536"]),
    (ServerlessEndpoint(), {"memory_mb": 1500}, ["memory_mb is 1500", "multiple of 1024"]),
    (ServerlessEndpoint(), {"max_concurrency": 0}, ["max_concurrency is 0", "1 to 200"]),
    (INSTANCES, {"instance_type": "c6i.large"}, ["'c6i.large'", "'ml.c6i.large'"]),
    (INSTANCES, {"instance_type": "ml.c6g.large"}, ["'ml.c6g.large'", "x86"]),
    (INSTANCES, {"instance_type": "ml.c5d.large"}, ["'ml.c5d.large'", "disk"]),
    (INSTANCES, {"min_instances": 0}, ["0 to 2", "1 or more"]),
    (INSTANCES, {"min_instances": 3}, ["3 to 2", "not below the minimum"]),
    (INSTANCES, {"capture_percent": 101}, ["capture_percent is 101", "0 to 100"]),
    (INSTANCES, {"canary_percent": 60}, ["canary_percent is 60", "1 to 50"]),
    (INSTANCES, {"bake_minutes": 0}, ["bake_minutes is 0", "1 to 60"]),
    (JWT, {"issuer": "login.example.com"}, ["'login.example.com'", "'https://login.acme.com/'"]),
    (JWT, {"audience": ()}, ["audience is ()", "at least one"]),
    (CONSOLE, {"domain": "leads.acme.com"}, ["'leads.acme.com'", "'example.com'"]),
    (CONSOLE, {"allowed_cidrs": ()}, ["allowed_cidrs is ()", "networks of the people"]),
    (CONSOLE, {"allowed_cidrs": ("0.0.0.0/0",)}, ["0.0.0.0/0", "never the whole internet"]),
    (CONSOLE, {"allowed_cidrs": ("::/0",)}, ["::/0", "never the whole internet"]),
    (CONSOLE, {"allowed_cidrs": ("0.0.0.0/1",)}, ["0.0.0.0/1", "never the whole internet"]),
    (CONSOLE, {"allowed_cidrs": ("the office",)}, ["the office", "'192.0.2.0/24'"]),
    (CONSOLE, {"tasks": 0}, ["tasks is 0", "1 or more"]),
    (Airflow(), {"version": "1.10"}, ["'1.10'", "2.10.3, 2.11.0, 3.0.6"]),
    (Airflow(), {"environment_class": "small"}, ["'small'", "'mw1.micro'"]),
    (Retrain(), {"schedule": "weekly"}, ["'weekly'", "cron(...) or rate(...)"]),
    (Retrain(), {"cooldown_minutes": 0}, ["cooldown_minutes is 0", "1 or more"]),
    (Retrain(), {"overdue_days": 0}, ["overdue_days is 0", "1 or more"]),
    (Retrain(), {"lease_minutes": 120}, ["lease_minutes is 120", "420 or more"]),
]


def _name(value):
    return type(value).__name__ if not isinstance(value, (dict, list)) else str(value)[:40]


def _name_of_class(kind):
    return kind.__name__


@pytest.mark.parametrize(("good", "change", "says"), BROKEN, ids=_name)
def test_a_bad_value_is_named_in_one_line_with_what_was_expected(good, change, says):
    with pytest.raises(InvalidSettings) as caught:
        replace(good, **change)
    message = str(caught.value)
    assert "\n" not in message
    assert [part for part in says if part not in message] == []
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    "kind", dict.fromkeys(type(good) for good, _, _ in BROKEN), ids=_name_of_class
)
def test_every_rule_has_a_bad_value_that_breaks_it(kind):
    broken, rules = set(), 0
    for good, change, _ in BROKEN:
        if type(good) is kind:
            rules = len(list(good.rules()))
            broken |= _broken_rules(good, change)
    assert broken == set(range(rules))


def _broken_rules(good, change):
    bad = object.__new__(type(good))
    for field, value in (vars(good) | change).items():
        object.__setattr__(bad, field, value)
    return {place for place, (is_broken, _) in enumerate(bad.rules()) if is_broken}


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda environment: environment.name)
def test_the_environments_that_we_have_break_no_rule(environment):
    assert not [says for broken, says in environment.rules() if broken]


def test_names_are_unique():
    assert len({environment.name for environment in ENVIRONMENTS}) == len(ENVIRONMENTS)


def test_only_prod_is_production():
    assert [each.is_production for each in (DEV, STAGING, PROD)] == [False, False, True]


def test_all_are_selected_unless_one_is_named():
    assert select(None) == ENVIRONMENTS
    assert select("prod") == (PROD,)


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(UnknownName, match=r"'qa'.*dev, staging, prod"):
        select("qa")
