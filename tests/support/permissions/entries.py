"""Where our code begins that asks something of AWS."""

import re

from tests.support import ROOT

#: Where code begins that is not a Lambda's handler. What runs as another role is AWS's alone.
ENTRIES: dict[str, tuple[str, ...]] = {
    "console/TaskRole": ("ml.cli.containers:console",),
    "ingestion/CleaningRole": ("glue_jobs.clean_leads",),
    "monitoring/DataQualityRole": ("servers.model_monitor.leads_of:preprocess_handler",),
    "orchestration/AirflowRole": ("dags.lead_scoring",),
    "serving/BatchRole": ("ml.cli.containers:endpoint",),
    "serving/EndpointRole": ("ml.cli.containers:endpoint",),
    "tracking/Role": (
        "servers.mlflow.start",
        "servers.mlflow.take_name",
        "servers.mlflow.health",
    ),
    "training/ExecutionRole": ("ml.cli.containers:step", "ml.cli.containers:train"),
}

#: What people run with rights of their own; docs/deploying.md says which they need.
BY_PEOPLE = (
    "ml.cli.checking:check",
    "ml.cli.features:erase",
    "ml.cli.features:get",
    "ml.cli.features:put",
    "ml.cli.investigating:investigate",
    "ml.cli.lifecycle:history",
    "ml.cli.querying:query",
    "ml.cli.receipts:erase",
    "ml.cli.receipts:why",
    "ml.cli.training:train",
)


def all_entries() -> list[str]:
    """Every place where our code begins that asks something of AWS."""
    handlers = [
        f"lambdas.{path.stem}:handler"
        for path in sorted((ROOT / "lambdas").glob("*.py"))
        if re.search(r"^def handler\(|^handler = ", path.read_text(), re.MULTILINE)
    ]
    of_roles = {entry for some in ENTRIES.values() for entry in some}
    return [*handlers, *sorted(of_roles), *BY_PEOPLE]
