"""The commands `features ...`: what is known of leads over time, at home or in SageMaker."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from ml.cli.opening import opened
from ml.cli.options import HOME, AsJson, DataFile, Home, UseCaseName
from ml.cli.output import err, show_facts, show_json
from ml.contract.cloud_settings import ATHENA_WORKGROUP, FeatureStoreSettings
from ml.contract.errors import UsageError
from ml.contract.feature_group import EVENT_TIME, FeatureGroup
from ml.contract.moments import ARRIVAL
from ml.contract.names import Purpose, Role
from ml.contract.settings import LaptopSettings
from ml.use_cases import find

if TYPE_CHECKING:
    import pyarrow as pa

    from ml.ports import FeatureStore

FeatureGroupName = Annotated[
    str,
    typer.Option(
        "--group",
        envvar=FeatureStoreSettings.variable("feature_group"),
        help="Feature group of SageMaker; the home's own store if not given.",
    ),
]
Workgroup = Annotated[
    str,
    typer.Option(
        "--workgroup",
        envvar=FeatureStoreSettings.variable("workgroup"),
        help="Athena's workgroup, which reads the feature group.",
    ),
]
Leads = Annotated[list[str], typer.Option("--lead", help="Id of a lead; may be repeated.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    features = typer.Typer(help="What is known of leads over time.", no_args_is_help=True)
    for command in (put, get, erase):
        features.command()(command)
    app.add_typer(features, name="features")


def put(
    use_case: UseCaseName,
    data: DataFile,
    event_time: Annotated[
        str, typer.Option("--event-time", help="When the rows were true; now if not given.")
    ] = "",
    history: Annotated[
        bool,
        typer.Option("--history", help="A file to train on, whose rows say of which day they are."),
    ] = False,
    home: Home = HOME,
    group: FeatureGroupName = "",
    workgroup: Workgroup = ATHENA_WORKGROUP,
    as_json: AsJson = False,
) -> None:
    """Keep what a file says of leads, as known at arrival."""
    at = _time(event_time, "--event-time") or datetime.now(UTC)
    if history and not find(use_case).schema.with_role(Role.TIME):
        raise UsageError(f"{use_case} has no column of role TIME; say --event-time in its place")
    purpose = Purpose.TRAIN if history else Purpose.SCORE
    with opened(use_case, ARRIVAL.name, home) as pipeline:
        store = _store(use_case, home, group, workgroup)
        count = pipeline.put_features(data, store, at=at, purpose=purpose)
    facts = {"records": count, EVENT_TIME: at.isoformat(timespec="milliseconds")}
    if as_json:
        show_json(facts)
    else:
        show_facts(f"features of {use_case}", facts)


def get(
    use_case: UseCaseName,
    lead: Leads,
    as_of: Annotated[
        str, typer.Option("--as-of", help="What was known then; what is known now if not given.")
    ] = "",
    known_by: Annotated[
        str,
        typer.Option("--known-by", help="Count late records that had come by then; with --as-of."),
    ] = "",
    home: Home = HOME,
    group: FeatureGroupName = "",
    workgroup: Workgroup = ATHENA_WORKGROUP,
    as_json: AsJson = False,
) -> None:
    """What is known of leads, or was at a time."""
    at, limit = _time(as_of, "--as-of"), _time(known_by, "--known-by")
    if limit and not at:
        raise UsageError("--known-by belongs to --as-of; say as of when")
    store = _store(use_case, home, group, workgroup)
    found = store.last_known(lead) if at is None else _as_of(store, use_case, lead, at, limit)
    rows = found.to_pylist()
    known = [row for row in rows if row[EVENT_TIME] is not None]
    if as_json:
        show_json({"records": known})
        return
    for row in known:
        show_facts(str(row[find(use_case).schema.id.name]), row)
    if not known:
        err.print("nothing is known of these leads")


def erase(
    use_case: UseCaseName,
    lead: Leads,
    home: Home = HOME,
    group: FeatureGroupName = "",
    workgroup: Workgroup = ATHENA_WORKGROUP,
) -> None:
    """Forget leads: no read of any time finds them again."""
    _store(use_case, home, group, workgroup).erase(lead)
    err.print(f"{len(lead)} leads are forgotten")


def _store(use_case: str, home: str, group: str, workgroup: str) -> FeatureStore:
    case = find(use_case)
    from ml.bootstrap import local_features, sagemaker_features

    if not group:
        return local_features(case, LaptopSettings(home=home).path)
    return sagemaker_features(case, FeatureStoreSettings(feature_group=group, workgroup=workgroup))


def _as_of(
    store: FeatureStore, use_case: str, leads: list[str], at: datetime, known_by: datetime | None
) -> pa.Table:
    from ml.core.feature_records import questions

    return store.as_of(questions(leads, at, FeatureGroup.of(find(use_case))), known_by=known_by)


def _time(text: str, option: str) -> datetime | None:
    """A time that says its zone, in UTC; none where nothing was typed."""
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise UsageError(
            f"{option} is {text!r}; expected a time with its zone, such as 2026-03-01T12:00:00Z"
        )
    return at.astimezone(UTC)
