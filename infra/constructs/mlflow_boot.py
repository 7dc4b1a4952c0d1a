"""What the MLflow server's machine runs when it starts: fetch, install, wait until it answers."""

from collections.abc import Iterator

import aws_cdk as cdk
from aws_cdk import aws_autoscaling as autoscaling
from aws_cdk import aws_s3_assets as s3_assets

from ml.contract.cloud_settings import MlflowServerSettings


def boot_script(
    group: autoscaling.AutoScalingGroup,
    *,
    settings: MlflowServerSettings,
    files: s3_assets.Asset,
    log_group: str,
) -> Iterator[str]:
    """Lines of bash; they hold no secret.

    Parameters
    ----------
    group : AutoScalingGroup
        Whose deployment waits for the outcome.
    settings : MlflowServerSettings
        Become the environment of the machine's services.
    files : Asset
        What is installed.
    log_group : str
        Where the machine's log goes.
    """
    stack = cdk.Stack.of(group)
    environment = settings.to_env() | {"AWS_DEFAULT_REGION": stack.region}
    yield "set -euo pipefail"
    yield f"export AWS_DEFAULT_REGION={stack.region}"
    yield f"export LEADWISE_STACK={stack.stack_name} LEADWISE_RESOURCE={_logical_id(group)}"
    yield f"export LEADWISE_LOG_GROUP={log_group}"
    # A machine that cannot start gives itself up: its group starts the next one.
    yield from _ON_EXIT.splitlines()
    yield "mkdir -p /opt/leadwise /etc/leadwise"
    yield "cat > /etc/leadwise/mlflow.env <<'END'"
    yield from (f"{name}={value}" for name, value in environment.items())
    yield "END"
    yield f"aws s3 cp --only-show-errors {files.s3_object_url} /opt/leadwise/files.zip"
    yield "python3 -m zipfile -e /opt/leadwise/files.zip /opt/leadwise"
    yield "bash /opt/leadwise/servers/mlflow/install.sh"


_ON_EXIT = """\
tell() {
  local code=$? token machine
  token=$(curl -sS -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' \
http://169.254.169.254/latest/api/token)
  machine=$(curl -sS -H "X-aws-ec2-metadata-token: $token" \
http://169.254.169.254/latest/meta-data/instance-id)
  aws cloudformation signal-resource --stack-name "$LEADWISE_STACK" \
--logical-resource-id "$LEADWISE_RESOURCE" --unique-id "$machine" \
--status "$([ "$code" = 0 ] && echo SUCCESS || echo FAILURE)" || true
  [ "$code" = 0 ] || aws autoscaling set-instance-health --instance-id "$machine" \
--health-status Unhealthy --no-should-respect-grace-period
}
trap tell EXIT"""


def _logical_id(group: autoscaling.AutoScalingGroup) -> str:
    resource = group.node.default_child
    assert isinstance(resource, autoscaling.CfnAutoScalingGroup)
    return cdk.Stack.of(group).get_logical_id(resource)
