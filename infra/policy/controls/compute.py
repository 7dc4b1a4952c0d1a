"""Lambda and ECS."""

from typing import Any

from infra.policy.control import Control
from infra.policy.template import Resource

_FUNCTION = ("AWS::Lambda::Function",)
_TASK = ("AWS::ECS::TaskDefinition",)
_SECRET_WORDS = ("PASSWORD", "TOKEN", "SECRET_KEY", "API_KEY", "WEBHOOK")


def _is_ours(function: Resource) -> bool:
    """Whether it runs our code; the others are the CDK's own, which we can't configure."""
    return str(function.get("Handler")).startswith("lambdas.")


def _containers(task: Resource) -> list[dict[str, Any]]:
    return task.list("ContainerDefinitions")


def _names_no_secret(names: list[str]) -> bool:
    return not any(word in name.upper() for name in names for word in _SECRET_WORDS)


def _function_hides_nothing(function: Resource) -> bool:
    return _names_no_secret(list(function.get("Environment.Variables") or {}))


def _task_hides_nothing(task: Resource) -> bool:
    return _names_no_secret(
        [each["Name"] for c in _containers(task) for each in c.get("Environment", [])]
    )


def _every(task: Resource, name: str, value: object) -> bool:
    return all(container.get(name) == value for container in _containers(task))


def _drops_capabilities(task: Resource) -> bool:
    return all(
        c.get("LinuxParameters", {}).get("Capabilities", {}).get("Drop") == ["ALL"]
        for c in _containers(task)
    )


def _logs(task: Resource) -> bool:
    return all(container.get("LogConfiguration") for container in _containers(task))


def _runs_as_nobody_special(task: Resource) -> bool:
    return all(
        str(container.get("User", "0")).split(":")[0] not in {"0", "root"}
        for container in _containers(task)
    )


CONTROLS = (
    Control(
        id="Lambda.2",
        says="the function runs on a Python that AWS supports",
        types=_FUNCTION,
        holds=lambda r: r.get("Runtime") in {"python3.13", "python3.14"} or not _is_ours(r),
    ),
    Control(
        id="Lambda.7",
        says="calls are traced",
        types=_FUNCTION,
        holds=lambda r: r.get("TracingConfig.Mode") == "Active" or not _is_ours(r),
    ),
    Control(
        id="LW.LAMBDA.1",
        says="variables are encrypted with our key",
        types=_FUNCTION,
        holds=lambda r: r.get("KmsKeyArn") is not None or not _is_ours(r),
    ),
    Control(
        id="LW.LAMBDA.2",
        says="variables hold no secret",
        types=_FUNCTION,
        holds=_function_hides_nothing,
    ),
    Control(
        id="LW.LAMBDA.3",
        says="its log group is ours",
        types=_FUNCTION,
        holds=lambda r: r.get("LoggingConfig.LogGroup") is not None or not _is_ours(r),
    ),
    Control(
        id="Lambda.1",
        says="only this account, or a service on its behalf, may call it",
        types=("AWS::Lambda::Permission",),
        holds=lambda r: (
            r.get("Principal") != "*"
            and (r.get("SourceArn") is not None or r.get("SourceAccount") is not None)
        ),
    ),
    Control(
        id="ECS.2",
        says="the service has no public address",
        types=("AWS::ECS::Service",),
        holds=lambda r: (
            r.get("NetworkConfiguration.AwsvpcConfiguration.AssignPublicIp") == "DISABLED"
        ),
    ),
    Control(
        id="ECS.3",
        says="the task sees no processes but its own",
        types=_TASK,
        holds=lambda r: r.get("PidMode") != "host",
    ),
    Control(
        id="ECS.10",
        says="the service runs on Fargate's newest platform",
        types=("AWS::ECS::Service",),
        holds=lambda r: r.get("PlatformVersion") in {None, "LATEST"},
    ),
    Control(
        id="ECS.17",
        says="the task has a network interface of its own",
        types=_TASK,
        holds=lambda r: r.get("NetworkMode") == "awsvpc",
    ),
    Control(
        id="LW.ECS.1",
        says="the container gives up every capability",
        types=_TASK,
        holds=_drops_capabilities,
    ),
    Control(
        id="ECS.4",
        says="no container is privileged",
        types=_TASK,
        holds=lambda r: not any(c.get("Privileged") for c in _containers(r)),
    ),
    Control(
        id="ECS.5",
        says="the container can't write to its root",
        types=_TASK,
        holds=lambda r: _every(r, "ReadonlyRootFilesystem", True),
    ),
    Control(id="ECS.8", says="variables hold no secret", types=_TASK, holds=_task_hides_nothing),
    Control(id="ECS.9", says="the container's output is logged", types=_TASK, holds=_logs),
    Control(
        id="ECS.20",
        says="the container does not run as root",
        types=_TASK,
        holds=_runs_as_nobody_special,
    ),
)
