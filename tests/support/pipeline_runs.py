"""What SageMaker does with a pipeline's definition, but for the jobs themselves."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

_RUN = "the-run"
_COMPARED = {"Equals": lambda left, right: left == right}


@dataclass
class PipelineRun:
    """How a run went: its jobs in their order, all steps that were done, and how it ended."""

    jobs: list[str] = field(default_factory=list)
    done: set[str] = field(default_factory=set)
    status: str = "Succeeded"
    message: str = ""


def run_of(
    definition: Mapping[str, Any],
    parameters: Mapping[str, object],
    files: Mapping[str, Mapping[str, object]],
) -> PipelineRun:
    """A run with parameters, given what each job writes into its property file."""
    named = {each["Name"]: each["DefaultValue"] for each in definition["Parameters"]}
    assert set(parameters) <= set(named), "SageMaker refuses parameters that it does not know"
    run = PipelineRun()
    _go(definition["Steps"], named | dict(parameters), files, run)
    return run


def steps_of(steps: list[Any]) -> Iterator[Mapping[str, Any]]:
    """Every step of a definition, those of a choice after it."""
    for step in steps:
        yield step
        for branch in ("IfSteps", "ElseSteps"):
            yield from steps_of(step["Arguments"].get(branch, []))


def _go(steps: list[Any], values: Mapping[str, Any], files: Mapping[str, Any], run: PipelineRun):
    for step in steps:
        # A step starts when all that it needs was done: what waits for a step that is left out is
        # left out as well, which is no failure.
        if run.status == "Failed" or not _needs(step) <= run.done:
            continue
        arguments = step["Arguments"]
        if step["Type"] == "Fail":
            run.status, run.message = "Failed", _text(arguments["ErrorMessage"], values, files)
            continue
        run.done.add(step["Name"])
        if step["Type"] == "Condition":
            holds = all(_holds(each, values, files) for each in arguments["Conditions"])
            _go(arguments["IfSteps" if holds else "ElseSteps"], values, files, run)
        else:
            run.jobs.append(step["Name"])


def _needs(step: Mapping[str, Any]) -> set[str]:
    """Steps that it waits for, because it says so or reads what they said."""
    own = {**step["Arguments"], "IfSteps": (), "ElseSteps": ()}
    return {*step.get("DependsOn", ()), *re.findall(r"'Steps\.(\w+)\.", str(own))}


def _holds(condition: Mapping[str, Any], values: Mapping[str, Any], files: Mapping[str, Any]):
    left, right = (_text(condition[side], values, files) for side in ("LeftValue", "RightValue"))
    return _COMPARED[condition["Type"]](left, right)


def _text(word: Any, values: Mapping[str, Any], files: Mapping[str, Any]) -> Any:
    match word:
        case {"Get": "Execution.PipelineExecutionId"}:
            return _RUN
        case {"Get": name}:
            return values[name.removeprefix("Parameters.")]
        case {"Std:Join": {"On": on, "Values": some}}:
            return on.join(_text(each, values, files) for each in some)
        case {"Std:JsonGet": {"PropertyFile": {"Get": file}, "Path": path}}:
            _, job, _, _ = file.split(".")
            return reduce(lambda found, name: found[name], path.split("."), files[job])
    return word
