"""The MLflow server as its machine starts it, against a real PostgreSQL and AWS's stand-in."""

import json
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import urlsplit

import boto3
import httpx
import mlflow
import pandas as pd
import psutil
import pytest
from sklearn.linear_model import LogisticRegression

from ml.adapters.mlflow_connection import MlflowConnection, quiet
from ml.contract.cloud_settings import MlflowServerSettings
from servers.mlflow.health import REPLACE_AFTER, RESTART_AFTER
from tests.support.mlflow_machine import ADDRESS, Machine, credentials, metadata, state
from tests.support.processes import Server, free_port

USER = "admin"
PASSWORD = "canary-of-the-administrator"
GROUP = "leadwise-test-mlflow"
NAME = "mlflow.test.leadwise.internal"
LIST = "/api/2.0/mlflow/experiments/search?max_results=10"

_ROUTES = """
import json
from fastapi.routing import iter_route_contexts
from starlette.routing import Mount
from servers.mlflow.gate import create_app
gate = create_app()
from mlflow.server import app as flask
native = [route for route in gate.app.routes if not isinstance(route, Mount)]
assert len(gate.app.routes) == len(native) + 1, "only Flask is mounted"
routes = [(method, r.path) for r in iter_route_contexts(native) for method in r.methods]
routes += [(method, r.rule) for r in flask.url_map.iter_rules() for method in r.methods]
print("ROUTES" + json.dumps(sorted(set(routes))))
"""


@pytest.fixture(scope="module")
def group_of_one(moto_server: str) -> str:
    """An Auto Scaling group; returns the id of its machine."""
    ec2 = boto3.client("ec2", endpoint_url=moto_server)
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    image = ec2.describe_images()["Images"][0]["ImageId"]
    ec2.create_launch_template(
        LaunchTemplateName=GROUP,
        LaunchTemplateData={"ImageId": image, "InstanceType": "t4g.small"},
    )
    scaling = boto3.client("autoscaling", endpoint_url=moto_server)
    scaling.create_auto_scaling_group(
        AutoScalingGroupName=GROUP,
        LaunchTemplate={"LaunchTemplateName": GROUP},
        MinSize=1,
        MaxSize=1,
        VPCZoneIdentifier=subnet,
    )
    (machine,) = scaling.describe_auto_scaling_instances()["AutoScalingInstances"]
    return str(machine["InstanceId"])


@pytest.fixture(scope="module")
def machine(moto_server, postgres, group_of_one, tmp_path_factory) -> Iterator[Machine]:
    zone = boto3.client("route53", endpoint_url=moto_server).create_hosted_zone(
        Name="test.leadwise.internal", CallerReference="test"
    )
    settings = state(
        moto_server, postgres, "mlflow_machine", user=USER, password=PASSWORD,
        host_name=NAME, group_name=GROUP, zone_id=zone["HostedZone"]["Id"].rpartition("/")[2],
    )  # fmt: skip
    with metadata(group_of_one) as endpoint:
        yield Machine(
            settings=settings,
            folder=tmp_path_factory.mktemp("machine"),
            aws=credentials(moto_server) | {"AWS_EC2_METADATA_SERVICE_ENDPOINT": endpoint},
        )


@pytest.fixture(scope="module")
def server(machine: Machine) -> Iterator[Server]:
    with machine.start() as running:
        yield running


@pytest.fixture(scope="module")
def http(machine: Machine, server: Server) -> Iterator[httpx.Client]:  # noqa: ARG001 - runs
    """A stranger."""
    with httpx.Client(base_url=machine.url, trust_env=False, timeout=30) as client:
        yield client


@pytest.fixture(scope="module")
def routes(server: Server, machine: Machine) -> list[tuple[str, str]]:
    """Every method and path that the server knows, FastAPI's and Flask's."""
    children = psutil.Process(server.process.pid).children(recursive=True)
    worker = next(child for child in children if "uvicorn" in child.cmdline())
    listed = subprocess.run(
        [sys.executable, "-c", _ROUTES],
        env=worker.environ(),
        cwd=machine.folder,
        check=False,
        capture_output=True,
        text=True,
    )
    assert listed.returncode == 0, listed.stderr
    (line,) = [line for line in listed.stdout.splitlines() if line.startswith("ROUTES")]
    return [tuple(route) for route in json.loads(line.removeprefix("ROUTES"))]


@pytest.fixture
def signed_in(monkeypatch: pytest.MonkeyPatch, http: httpx.Client) -> Iterator[None]:
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", USER)
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", PASSWORD)
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(str(http.base_url))  # the registry follows, unless it is set once
    yield
    mlflow.set_tracking_uri(before)


@pytest.mark.usefixtures("signed_in")
def test_a_model_is_logged_registered_aliased_and_loaded(moto_server, machine):
    rows, outcome = pd.DataFrame({"visits": [0.0, 1.0, 2.0, 3.0]}), [0, 0, 1, 1]
    model = LogisticRegression().fit(rows, outcome)
    client = mlflow.MlflowClient()
    with quiet():
        mlflow.set_experiment("leads")
        with mlflow.start_run():
            mlflow.log_metric("roc_auc", 0.9)
            logged = mlflow.sklearn.log_model(model, name="model", registered_model_name="leads")
        client.set_registered_model_alias("leads", "champion", "1")
        loaded = mlflow.sklearn.load_model("models:/leads@champion")
    assert list(loaded.predict(rows)) == list(model.predict(rows))
    assert client.get_run(logged.run_id).data.metrics == {"roc_auc": 0.9}
    bucket = urlsplit(machine.settings.artifacts).netloc
    kept = boto3.client("s3", endpoint_url=moto_server).list_objects_v2(Bucket=bucket)
    names = [item["Key"] for item in kept["Contents"]]
    assert any(name.endswith("/MLmodel") for name in names)
    assert all(name.startswith("mlflow/") for name in names)


@pytest.mark.usefixtures("signed_in")
def test_our_own_client_signs_in(machine):
    with MlflowConnection(uri=machine.url).client() as client:
        assert client.search_experiments()


def test_all_state_lies_elsewhere(machine, http):
    http.get(LIST, auth=(USER, PASSWORD))
    assert {path.name for path in machine.runtime.rglob("*") if path.is_file()} == {"auth.ini"}


def test_the_route_table_is_the_whole_server(routes):
    paths = {path for _, path in routes}
    known = {"/health", "/version", "/graphql", "/signup", "/static-files/<path:path>"}
    assert known <= paths
    assert "/api/3.0/mlflow/server-info" in paths
    assert len(routes) > 400


def test_a_stranger_gets_401_on_every_route(http, routes):
    paths = [(method, re.sub(r"<[^>]*>|{[^}]*}", "1", path)) for method, path in routes]
    beyond = [
        "/nowhere",
        "/static",
        "/favicon.ico",
        "/metrics",
        "/healthy",
        "//health",
        "/%68ealth",
    ]
    paths += [(method, path) for path in beyond for method in ("GET", "POST", "OPTIONS", "TRACE")]
    open_ones = [
        (method, path, status)
        for method, path in paths
        if (status := http.request(method, path).status_code) != 401
    ]
    assert not open_ones, "\n".join(map(str, open_ones))


@pytest.mark.parametrize(
    "header",
    [
        "Basic",
        "Basic !",
        "Basic YWRtaW4=",  # admin, without a password
        "Basic YWRtaW46",  # an empty one
        "Basic YWRtaW46cGFzc3dvcmQxMjM0",  # the one that MLflow once shipped
        "Bearer Y2FuYXJ5",
        "Basic /w==",
    ],
)
@pytest.mark.parametrize("path", ["/health", "/", LIST])
def test_wrong_credentials_get_401(http, header, path):
    answer = http.get(path, headers={"Authorization": header})
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Basic realm="mlflow"')


@pytest.mark.parametrize("path", ["/health", "/version", "/", LIST, "/nowhere"])
@pytest.mark.parametrize("auth", [None, (USER, PASSWORD)], ids=["stranger", "administrator"])
@pytest.mark.parametrize("host", ["evil.example", NAME, f"{NAME}:80", "127.0.0.1", "localhost", ""])
def test_a_wrong_host_gets_403(http, path, auth, host):
    assert http.get(path, auth=auth, headers={"Host": host}).status_code == 403


@pytest.mark.parametrize("path", ["/", "/health", "/version", LIST])
def test_the_administrator_gets_in_by_the_name_in_the_vpc(http, machine, path):
    host = {"Host": f"{NAME}:{machine.settings.port}"}
    assert http.get(path, auth=(USER, PASSWORD), headers=host).status_code == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "http://localhost:3000", "null"])
@pytest.mark.parametrize(
    "path", ["/api/2.0/mlflow/experiments/create", "/graphql", "/v1/traces", "/gateway/x", "/"]
)
def test_another_site_cannot_post(http, path, origin):
    answer = http.post(path, auth=(USER, PASSWORD), headers={"Origin": origin}, json={"name": "x"})
    assert answer.status_code == 403


def test_its_own_pages_can_post(http, machine):
    own = {"Origin": machine.url}
    url = "/ajax-api/2.0/mlflow/experiments/create"
    answer = http.post(url, auth=(USER, PASSWORD), headers=own, json={"name": "by hand"})
    assert answer.status_code == 200


def test_secrets_are_in_no_command_line_and_no_log(machine, server, http):
    http.get(LIST, auth=(USER, PASSWORD))
    mother = psutil.Process(server.process.pid)
    processes = [mother, *mother.children(recursive=True)]
    assert len(processes) >= 3
    shown = server.output + str([process.cmdline() for process in processes])
    assert "canary" not in shown
    file = machine.runtime / "auth.ini"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "canary" in file.read_text()


def test_the_machine_takes_the_name(machine, moto_server):
    assert machine.run("leadwise-mlflow", "ExecStartPre").returncode == 0
    zone = boto3.client("route53", endpoint_url=moto_server)
    records = zone.list_resource_record_sets(HostedZoneId=machine.settings.zone_id)
    found = [each for each in records["ResourceRecordSets"] if each["Type"] == "A"]
    assert [(each["Name"], each["ResourceRecords"]) for each in found] == [
        (f"{NAME}.", [{"Value": ADDRESS}])
    ]


@pytest.mark.usefixtures("server")
def test_a_server_that_can_be_used_is_healthy(machine):
    (machine.state / "failures").write_text("2")
    checked = machine.run("leadwise-mlflow-health")
    assert (checked.returncode, checked.stdout) == (0, "")
    assert not (machine.state / "failures").exists()


def test_a_silent_server_is_restarted_then_replaced(machine, moto_server, group_of_one):
    other = Machine(
        settings=MlflowServerSettings(**(vars(machine.settings) | {"port": free_port()})),
        folder=machine.folder / "other",
        aws=machine.aws,
    )
    other.folder.mkdir()
    codes = [other.run("leadwise-mlflow-health").returncode for _ in range(RESTART_AFTER)]
    assert codes == [0] * (RESTART_AFTER - 1) + [1]
    (other.state / "failures").write_text(str(REPLACE_AFTER - 1))
    assert group_of_one in other.run("leadwise-mlflow-health").stdout
    scaling = boto3.client("autoscaling", endpoint_url=moto_server)
    (seen,) = scaling.describe_auto_scaling_instances(InstanceIds=[group_of_one])[
        "AutoScalingInstances"
    ]
    assert seen["HealthStatus"] == "Unhealthy"


def test_secrets_manager_being_away_restarts_nothing(machine):
    away = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    alone = Machine(settings=machine.settings, folder=machine.folder, aws=machine.aws | away)
    checked = alone.run("leadwise-mlflow-health")
    assert checked.returncode == 0
    assert "Secrets Manager did not answer" in checked.stdout


def test_a_new_password_is_followed(machine, server, moto_server):
    """Comes last: it replaces the server that the tests above share."""
    server.process.terminate()
    server.process.wait(timeout=30)
    secrets = boto3.client("secretsmanager", endpoint_url=moto_server)
    value = json.dumps({"username": USER, "password": "canary-the-second"})
    secrets.put_secret_value(SecretId=machine.settings.admin_secret, SecretString=value)
    with machine.start():
        for password, status in ((PASSWORD, 401), ("canary-the-second", 200)):
            answer = httpx.get(machine.url + LIST, auth=(USER, password), trust_env=False)
            assert answer.status_code == status
        assert machine.run("leadwise-mlflow-health").returncode == 0
