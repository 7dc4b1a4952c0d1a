"""MLflow's machine and database: closed, encrypted, replaceable, and without a secret in sight."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from aws_cdk.assertions import Match

from infra.environments import DEV, ENVIRONMENTS
from tests.support import ROOT
from tests.support.systemd import Unit

UNITS = ROOT / "servers" / "mlflow"


@pytest.fixture(scope="module", params=ENVIRONMENTS, ids=lambda environment: environment.name)
def environment(request):
    return request.param


@pytest.fixture(scope="module")
def tracking(environment, template_of):
    return template_of(environment.name, "tracking")


@pytest.fixture(scope="module")
def machine(tracking):
    (template,) = tracking.find_resources("AWS::EC2::LaunchTemplate").values()
    return template["Properties"]["LaunchTemplateData"]


@pytest.fixture(scope="module")
def user_data(machine):
    """The script, with a word for every value that only a deployment knows."""
    parts = machine["UserData"]["Fn::Base64"]["Fn::Join"][1]
    return "".join(part if isinstance(part, str) else "DEPLOYED" for part in parts)


@pytest.fixture(scope="module")
def statements(tracking):
    policies = tracking.find_resources("AWS::IAM::Policy").values()
    return [each for p in policies for each in p["Properties"]["PolicyDocument"]["Statement"]]


def test_the_database_is_private_encrypted_and_sized_by_its_environment(tracking, environment):
    tracking.has_resource_properties(
        "AWS::RDS::DBInstance",
        {
            "DBInstanceClass": f"db.{environment.mlflow.database_class}",
            "AllocatedStorage": str(environment.mlflow.storage_gib),
            "MultiAZ": environment.mlflow.multi_az,
            "BackupRetentionPeriod": 30 if environment.keep_data else 7,
            "StorageType": "gp3",
            "StorageEncrypted": True,
            "KmsKeyId": Match.object_like({"Fn::ImportValue": Match.string_like_regexp("Data")}),
            "PubliclyAccessible": False,
            "DeletionProtection": True,
            "DeleteAutomatedBackups": False,
            "CopyTagsToSnapshot": True,
            "AutoMinorVersionUpgrade": True,
            "EnableIAMDatabaseAuthentication": True,
            "EnableCloudwatchLogsExports": ["postgresql", "upgrade"],
        },
    )
    tracking.has_resource("AWS::RDS::DBInstance", {"DeletionPolicy": "Retain"})
    tracking.has_resource_properties(
        "AWS::RDS::DBParameterGroup",
        {"Family": "postgres17", "Parameters": Match.object_like({"rds.force_ssl": "1"})},
    )


def test_rds_makes_and_rotates_the_password(tracking):
    tracking.has_resource_properties(
        "AWS::RDS::DBInstance",
        {
            "ManageMasterUserPassword": True,
            "MasterUserPassword": Match.absent(),
            "MasterUserSecret": {
                "KmsKeyId": {"Fn::ImportValue": Match.string_like_regexp("Operations")}
            },
        },
    )


def test_every_log_is_encrypted_and_ends_its_lines(tracking, environment):
    names = [
        f"/aws/rds/instance/leadwise-{environment.name}-mlflow/postgresql",
        f"/aws/rds/instance/leadwise-{environment.name}-mlflow/upgrade",
        f"/leadwise/{environment.name}/mlflow",
    ]
    found = tracking.find_resources("AWS::Logs::LogGroup").values()
    assert sorted(each["Properties"]["LogGroupName"] for each in found) == names
    tracking.all_resources_properties(
        "AWS::Logs::LogGroup",
        {"KmsKeyId": Match.any_value(), "RetentionInDays": environment.log_days},
    )


def test_the_machine_is_one_and_a_deployment_waits_for_it(tracking, environment):
    properties = {
        "AutoScalingGroupName": f"leadwise-{environment.name}-mlflow",
        "MinSize": "1",
        "MaxSize": "1",
        "MaxInstanceLifetime": 30 * 24 * 3600,
        "MetricsCollection": [
            {"Granularity": "1Minute", "Metrics": ["GroupInServiceInstances"]},
        ],
    }
    tracking.has_resource(
        "AWS::AutoScaling::AutoScalingGroup",
        {
            "Properties": Match.object_like(properties),
            "CreationPolicy": {"ResourceSignal": {"Count": 1, "Timeout": "PT15M"}},
            "UpdatePolicy": Match.object_like(
                {
                    "AutoScalingRollingUpdate": Match.object_like(
                        {"MinInstancesInService": 0, "WaitOnResourceSignals": True}
                    )
                }
            ),
        },
    )


def test_the_machine_is_reached_by_session_manager_only(machine):
    assert "KeyName" not in machine
    assert machine["MetadataOptions"] == {"HttpPutResponseHopLimit": 1, "HttpTokens": "required"}
    (interface,) = machine["NetworkInterfaces"]
    assert interface["AssociatePublicIpAddress"] is False
    (group,) = interface["Groups"]
    assert "TiersMlflowB" in group["Fn::ImportValue"]


def test_its_disk_is_encrypted_with_the_operations_key(machine):
    (disk,) = machine["BlockDeviceMappings"]
    assert disk["Ebs"]["Encrypted"] is True
    assert "Operations" in disk["Ebs"]["KmsKeyId"]["Fn::ImportValue"]


def test_its_image_is_arm_and_looked_up_at_launch(machine, environment):
    assert machine["ImageId"].startswith("resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023")
    assert machine["ImageId"].endswith("-arm64")
    assert machine["InstanceType"] == environment.mlflow.instance_type


def test_user_data_is_bash_that_holds_no_secret(user_data, tmp_path):
    script = tmp_path / "user_data"
    script.write_text(user_data)
    subprocess.run(["bash", "-n", script], check=True)
    assert "PASSWORD" not in user_data.upper()
    assert "install.sh" in user_data.splitlines()[-1]


def test_a_machine_that_cannot_start_gives_itself_up(user_data, tmp_path):
    """The script's end is run with programs that only say how they were called."""
    for name, says in {"curl": "i-1", "aws": ""}.items():
        program = tmp_path / name
        program.write_text(f'#!/bin/bash\necho "$0 $*" >>{tmp_path}/calls\necho {says}\n')
        program.chmod(0o755)
    begin = user_data[: user_data.index("mkdir -p")]
    path = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    for end, status in (("false", "FAILURE"), ("true", "SUCCESS")):
        (tmp_path / "calls").unlink(missing_ok=True)
        subprocess.run(["bash", "-c", begin + end], env=path, check=False)
        calls = (tmp_path / "calls").read_text()
        assert f"--status {status}" in calls
        assert ("--instance-id i-1 --health-status Unhealthy" in calls) is (end == "false")


def test_the_machine_gives_itself_one_name(tracking, environment, statements):
    zone = f"{environment.name}.leadwise.internal"
    tracking.has_resource_properties("AWS::Route53::HostedZone", {"Name": f"{zone}."})
    (change,) = [
        each for each in statements if each["Action"] == "route53:ChangeResourceRecordSets"
    ]
    assert change["Condition"] == {
        "ForAllValues:StringEquals": {
            "route53:ChangeResourceRecordSetsNormalizedRecordNames": [f"mlflow.{zone}"],
            "route53:ChangeResourceRecordSetsRecordTypes": ["A"],
            "route53:ChangeResourceRecordSetsActions": ["UPSERT"],
        }
    }


def test_the_role_names_what_it_may_touch(statements):
    open_ones = [each["Action"] for each in statements if each["Resource"] == "*"]
    assert open_ones == [
        [
            "ssmmessages:CreateControlChannel",
            "ssmmessages:CreateDataChannel",
            "ssmmessages:OpenControlChannel",
            "ssmmessages:OpenDataChannel",
        ]
    ]
    read = [each for each in statements if each["Action"] == "secretsmanager:GetSecretValue"]
    resources = [each["Resource"] for each in read]
    named = [one for each in resources for one in (each if isinstance(each, list) else [each])]
    assert len(named) == 2
    artifacts = [each for each in statements if "s3:PutObject" in each["Action"]]
    assert [each["Resource"]["Fn::Join"][1][1] for each in artifacts] == ["/mlflow/*"]


def test_the_administrators_password_is_made_by_aws(tracking):
    tracking.has_resource_properties(
        "AWS::SecretsManager::Secret",
        {
            "KmsKeyId": {"Fn::ImportValue": Match.string_like_regexp("Operations")},
            "GenerateSecretString": Match.object_like(
                {"GenerateStringKey": "password", "PasswordLength": 40}
            ),
            "SecretString": Match.absent(),
        },
    )


@pytest.fixture(scope="module")
def files(cloud_assembly):
    """What the machine unpacks in /opt/leadwise."""
    stage = cloud_assembly.get_nested_assembly(f"assembly-{DEV.name}")
    manifest = json.loads(
        next(Path(stage.directory).glob("*tracking*.assets.json")).read_text(encoding="utf-8")
    )
    folders = [Path(stage.directory, each["source"]["path"]) for each in manifest["files"].values()]
    (folder,) = [folder for folder in folders if (folder / "servers").is_dir()]
    return folder.resolve()


def test_the_machine_receives_all_that_its_services_run(files):
    """Each program is imported from the asset alone; what is missing there is missing."""
    programs = ("start", "take_name", "health", "gate")
    code = "; ".join(f"import servers.mlflow.{name}" for name in programs)
    where = "import ml, servers; print(ml.__file__, servers.__file__)"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}; {where}"],
        env={"PYTHONPATH": str(files), "PYTHONDONTWRITEBYTECODE": "1", "PATH": os.defpath},
        cwd=files,
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.split() == [
        str(files / "ml" / "__init__.py"),
        str(files / "servers" / "__init__.py"),
    ]


def test_the_machine_receives_nothing_else(files):
    tops = {path.relative_to(files).parts[0] for path in files.rglob("*") if path.is_file()}
    assert tops == {"ml", "requirements", "servers"}
    assert [path.name for path in (files / "requirements").iterdir()] == ["mlflow.txt"]
    assert not list(files.rglob("__pycache__"))
    assert (files / "servers/mlflow/plugin/leadwise_mlflow.dist-info/entry_points.txt").is_file()


def test_everything_is_installed_from_the_lock_by_hash():
    script = (UNITS / "install.sh").read_text()
    assert "--require-hashes --only-binary :all: -r" in script
    subprocess.run(["bash", "-n", UNITS / "install.sh"], check=True)
    json.loads((UNITS / "cloudwatch-agent.json").read_text())


@pytest.mark.parametrize("name", ["leadwise-mlflow", "leadwise-mlflow-health"])
def test_services_run_as_nobody_special(name):
    unit = Unit(UNITS / f"{name}.service")
    assert unit["User"] == "mlflow"
    for key, value in {
        "NoNewPrivileges": "yes",
        "ProtectSystem": "strict",
        "ProtectHome": "yes",
        "PrivateTmp": "yes",
        "CapabilityBoundingSet": "",
        "EnvironmentFile": "/etc/leadwise/mlflow.env",
    }.items():
        assert unit[key] == value


def test_the_database_is_spoken_to_over_tls_that_is_checked():
    environment = Unit(UNITS / "leadwise-mlflow.service").environment
    assert environment["PGSSLMODE"] == "verify-full"
    assert environment["PGSSLROOTCERT"] in (UNITS / "install.sh").read_text()
