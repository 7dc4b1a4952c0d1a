"""Which steps a run of a pipeline has done: moto starts runs, and knows nothing of their steps."""

from __future__ import annotations

import json
from typing import Any

from moto.core.responses import ActionResult
from moto.sagemaker.responses import SageMakerResponse

from ml.contract.alerts import RetrainReason

_DONE = "Succeeded"


def install() -> None:
    """Let moto say it."""
    SageMakerResponse.list_pipeline_execution_steps = _list_steps


def _list_steps(self: Any) -> ActionResult:
    """As if a run that an alarm asked for had found nothing to train for, and others all."""
    arn = self._get_param("PipelineExecutionArn")
    backend = self.sagemaker_backend
    parameters = backend.list_pipeline_parameters_for_execution(arn)["PipelineParameters"]
    told = backend.describe_pipeline_definition_for_execution(arn)["PipelineDefinition"]
    first, choice, *_ = steps = json.loads(told)["Steps"]
    looked = RetrainReason.ALARM.value in (each["Value"] for each in parameters)
    names = [first["Name"], choice["Name"]] if looked else _names(steps)
    done = [{"StepName": name, "StepStatus": _DONE} for name in names]
    return ActionResult({"PipelineExecutionSteps": done})


def _names(steps: list[dict[str, Any]]) -> list[str]:
    """Of steps, and of those that are taken where a choice says yes."""
    return [
        name
        for step in steps
        for name in (step["Name"], *_names(step["Arguments"].get("IfSteps", [])))
    ]
