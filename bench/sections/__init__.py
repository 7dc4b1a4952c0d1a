"""One module per section; a section is `measure(context) -> Findings`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bench.context import Context
from bench.results import Findings
from bench.sections import (
    certainty,
    cloud,
    drift,
    drill,
    generator,
    image,
    intake,
    investigate,
    leakage,
    load,
    one_lead,
    page,
    quality,
    reasons,
    replay,
    run,
    server,
    snapshot,
    soak,
    spark,
    table,
    training,
    warehouse,
)

Measure = Callable[[Context], Findings]

SECTIONS: Mapping[str, Measure] = {
    "quality": quality.measure,
    "certainty": certainty.measure,
    "reasons": reasons.measure,
    "run": run.measure,
    "one_lead": one_lead.measure,
    "server": server.measure,
    "load": load.measure,
    "soak": soak.measure,
    "page": page.measure,
    "table": table.measure,
    "intake": intake.measure,
    "spark": spark.measure,
    "snapshot": snapshot.measure,
    "training": training.measure,
    "drift": drift.measure,
    "drill": drill.measure,
    "replay": replay.measure,
    "leakage": leakage.measure,
    "investigate": investigate.measure,
    "generator": generator.measure,
    "cloud": cloud.measure,
    "image": image.measure,
    # Last: it fills this process with rows, and Linux counts a parent's memory as its child's peak.
    "warehouse": warehouse.measure,
}

TITLES: Mapping[str, str] = {
    "quality": "Model quality on the real file",
    "certainty": "How sure a score is",
    "reasons": "Reasons after a refit",
    "run": "From a raw file to a served model",
    "one_lead": "One lead in process",
    "server": "The server",
    "load": "The server under load",
    "soak": "The server for half an hour",
    "page": "A file through the page",
    "table": "Scoring a table",
    "intake": "Intake and cleaning",
    "spark": "Cleaning on Spark",
    "snapshot": "Training sets",
    "training": "Training",
    "drift": "Watching for drift",
    "drill": "A drill: a bad model, and back",
    "replay": "A year of leads through the loop",
    "leakage": "The leakage guard",
    "investigate": "What an investigation names",
    "generator": "The synthetic generator",
    "warehouse": "The warehouse",
    "cloud": "The AWS home",
    "image": "The image",
}
