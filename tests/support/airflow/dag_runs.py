"""Run by Airflow's own Python: read the DAG, run it as `dag.test()` does, and say what happened.

First it says what Airflow reads of the DAG. Then each line of its input names a logical date and
what the run is told, and is answered. Answers are lines that begin with `ANSWER`.
"""

import json
import os
import sys
import time
from datetime import datetime, timedelta
from importlib import import_module
from inspect import signature

ANSWER = "@answer "


def main():
    from airflow.models.dagbag import DagBag

    _load_airflow()
    loaded = time.perf_counter()
    bag = DagBag(include_examples=False)
    parsed = time.perf_counter() - loaded
    told = {"errors": bag.import_errors, "parse_seconds": parsed, "heavy": _heavy()}
    _say(told | {"dags": [_described(dag) for dag in bag.dags.values()]})
    _as_on_a_server()
    _never_asleep()
    for line in sys.stdin:
        (dag,) = bag.dags.values()
        _say(_ran(dag, **json.loads(line)))


def _say(answer):
    print(f"\n{ANSWER}{json.dumps(answer)}", flush=True)


def _load_airflow():
    """Its own modules, which a server has loaded long before it reads a DAG."""
    try:
        from airflow.sdk import Param, dag, task
    except ImportError:
        from airflow.decorators import dag, task
        from airflow.models.param import Param

        # `dag.test()` takes away the run of the same date, whose table names that of users.
        import_module("airflow.providers.fab.auth_manager.models")
    return Param, dag, task.branch, task.sensor


def _heavy():
    heavy = ("boto3", "botocore", "numpy", "pandas", "pyarrow", "sklearn", "mlflow", "sagemaker")
    return [name for name in heavy if name in sys.modules]


def _described(dag):
    return {
        "dag": dag.dag_id,
        "max_active_runs": dag.max_active_runs,
        "catchup": dag.catchup,
        "schedule": dag.timetable.summary,
        "timeout": dag.dagrun_timeout.total_seconds(),
        "callback": bool(dag.has_on_failure_callback or dag.on_failure_callback),
        "params": {name: dag.params.get_param(name).schema for name in dag.params},
        "tasks": {
            task.task_id: {
                "after": sorted(task.upstream_task_ids),
                "waits": getattr(task, "mode", None) if hasattr(task, "poke_interval") else None,
                "timeout": getattr(task, "timeout", None),
                "retries": task.retries,
                "callback": bool(task.on_failure_callback),
                "rule": str(getattr(task.trigger_rule, "value", task.trigger_rule)),
            }
            for task in dag.tasks
        },
    }


def _ran(dag, logical_date, conf):
    os.environ["AWS_SDK_UA_APP_ID"] = f"pid-{os.getpid()}"  # who asks, for whoever kills it
    for task in dag.tasks:
        task.retry_delay = timedelta(seconds=0)
    named = "logical_date" if "logical_date" in signature(dag.test).parameters else "execution_date"
    run = dag.test(**{named: datetime.fromisoformat(logical_date)}, run_conf=conf)
    return {
        "state": str(getattr(run.state, "value", run.state)),
        "run": run.run_id,
        "tasks": {
            each.task_id: [str(getattr(each.state, "value", each.state)), each.try_number]
            for each in run.get_task_instances()
        },
    }


def _as_on_a_server():
    """What Airflow 3.0's `dag.test()` does and its servers do not is undone.

    Between processes answers are read as dates; here texts are handed on, at which a sensor that
    was put back fails at its second look. And a server makes its API once, not for every task.
    """
    try:
        from airflow.sdk.execution_time.supervisor import InProcessTestSupervisor
        from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance
    except ImportError:  # Airflow 2 asks its own database
        return
    asked = RuntimeTaskInstance.get_first_reschedule_date

    def first(self, context):
        found = asked(self, context)
        return datetime.fromisoformat(found) if isinstance(found, str) else found

    RuntimeTaskInstance.get_first_reschedule_date = first
    InProcessTestSupervisor._api_client = staticmethod(_once(InProcessTestSupervisor._api_client))


def _never_asleep():
    """`dag.test()` sleeps a second before it passes over each task; a scheduler does not."""
    slept = time.sleep
    time.sleep = lambda seconds: slept(min(seconds, 0.02))


def _once(make):
    made = []

    def found(dag=None):
        if not made:
            made.append(make(dag))
        return made[0]

    return found


if __name__ == "__main__":
    main()
