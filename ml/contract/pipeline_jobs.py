"""Jobs of the retrain pipeline, read from its definition, for whoever starts them one by one.

Source: https://aws-sagemaker-mlops.github.io/sagemaker-model-building-pipeline-definition-JSON-schema/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ml.contract.errors import InvalidSettings
from ml.contract.jobs import Job, step_name


def job_arguments(
    definition: Mapping[str, Any], job: Job, *, parameters: Mapping[str, Any], run: str, who: str
) -> dict[str, Any]:
    """What SageMaker's `CreateProcessingJob` is asked, but for the job's name.

    Parameters
    ----------
    definition : mapping
        Of the pipeline, as SageMaker keeps it.
    job : Job
        Which of its jobs.
    parameters : mapping
        Values of the pipeline's parameters; its own defaults stand for those that are not given.
    run, who : str
        In place of the id and the ARN of a pipeline's execution.

    Raises
    ------
    InvalidSettings
        If the pipeline has no such job or parameter, or says something that is not understood.

    Examples
    --------
    >>> step = {"Name": "Train", "Type": "Processing",
    ...     "Arguments": {"RoleArn": "r", "Environment": {"WHY": {"Get": "Parameters.Reason"}}}}
    >>> job_arguments({"Steps": [step]}, Job.TRAIN, parameters={"Reason": "drift"}, run="1", who="")
    {'RoleArn': 'r', 'Environment': {'WHY': 'drift'}}
    """
    known = {each["Name"]: each.get("DefaultValue") for each in definition.get("Parameters", ())}
    values = {f"Parameters.{name}": value for name, value in (known | dict(parameters)).items()}
    values |= {"Execution.PipelineExecutionId": run, "Execution.PipelineExecutionArn": who}
    for step in _steps(definition["Steps"]):
        if step["Name"] == step_name(job) and step["Type"] == "Processing":
            return {name: _told(value, values) for name, value in step["Arguments"].items()}
    names = ", ".join(str(step["Name"]) for step in _steps(definition["Steps"]))
    raise InvalidSettings(f"the pipeline has no job {step_name(job)!r}; it has: {names}")


def _steps(steps: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for step in steps:
        yield step
        arguments = step.get("Arguments", {})
        for branch in ("IfSteps", "ElseSteps"):
            yield from _steps(arguments.get(branch, ()))


def _told(value: Any, values: Mapping[str, Any]) -> Any:
    match value:
        case {"Get": name}:
            if values.get(name) is None:
                raise InvalidSettings(f"the pipeline's job wants {name!r}; there is: {[*values]}")
            return values[name]
        case {"Std:Join": {"On": on, "Values": parts}}:
            return on.join(str(_told(part, values)) for part in parts)
        case Mapping():
            return {name: _told(each, values) for name, each in value.items()}
        case [*parts]:
            return [_told(part, values) for part in parts]
    return value
