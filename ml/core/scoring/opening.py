"""Opens a package: everything is checked before anything is used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ml.contract.errors import UnknownName, UntrustedPackage
from ml.contract.moments import Moment
from ml.contract.schema import Column
from ml.contract.use_case import UseCase
from ml.core.scoring import canonical
from ml.core.scoring.confidence import Doubts
from ml.core.scoring.golden import Golden
from ml.core.scoring.manifest import (
    CALIBRATION,
    ENCODER,
    GOLDEN,
    MODEL_FILE,
    REFERENCE,
    Manifest,
    check_files,
    fingerprint,
    refusal,
)
from ml.core.scoring.meaning import Meaning
from ml.core.scoring.models import Model, load_model
from ml.core.scoring.plan import Plan
from ml.core.scoring.record_encoder import Encode, record_encoder
from ml.core.scoring.reference import Reference
from ml.core.scoring.table_encoder import TableEncoder


class Opened(NamedTuple):
    """A package that may be trusted."""

    manifest: Manifest
    moment: Moment
    columns: tuple[Column, ...]
    plan: Plan
    reference: Reference
    meaning: Meaning
    model: Model
    encode: Encode
    doubts: Doubts


def open_package(
    files: Mapping[str, bytes], use_case: UseCase, *, expected_sha256: str | None, threads: int
) -> Opened:
    """The parts of a package that is what it claims to be.

    Raises
    ------
    UntrustedPackage
        Naming what differs, and both hashes where hashes differ.
    """
    manifest = check_files(files, expected_sha256)
    moment = _moment(manifest, use_case)
    columns = tuple(use_case.schema[name] for name in manifest.features)
    try:
        plan = Plan.from_json(canonical.from_bytes(files[ENCODER]))
        reference = Reference.from_json(canonical.from_bytes(files[REFERENCE]))
        golden = Golden.from_json(canonical.from_bytes(files[GOLDEN]), columns)
        meaning = Meaning.from_json(canonical.from_bytes(files[CALIBRATION]), use_case.task)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise refusal(f"a file of the package is not what its name says ({error})") from error
    model = _model(files, manifest, threads)
    if {*plan.sources} != {*manifest.features} or model.width != len(plan.base):
        raise refusal(f"encoder of {len(plan.base)} positions, model of {model.width}")
    encode, table = record_encoder(plan), TableEncoder(plan)
    golden.check(
        columns,
        use_case.task,
        one=lambda record: meaning.calibrator.one(model.predict_one(encode(record))),
        many=lambda rows: meaning.calibrator.many(model.predict(table.encode(rows))),
    )
    doubts = Doubts([c for c in columns if c in use_case.schema.columns], reference)
    return Opened(manifest, moment, columns, plan, reference, meaning, model, encode, doubts)


def _moment(manifest: Manifest, use_case: UseCase) -> Moment:
    """The moment that the package is for, if the package is for this use case as it is today."""
    if manifest.use_case != use_case.name:
        raise refusal(f"the package is for use case {manifest.use_case!r}, not {use_case.name!r}")
    try:
        moment = use_case.moment(manifest.moment)
    except UnknownName as error:
        raise refusal(f"the package is for a moment that does not exist ({error})") from error
    today = fingerprint(use_case, moment)
    if manifest.fingerprint != today:
        raise refusal(
            f"columns of {use_case.name!r} are cleaned differently since the model was trained: "
            f"schema fingerprint {manifest.fingerprint}, today {today}"
        )
    strangers = {*manifest.features} - {c.name for c in _readable(use_case, moment)}
    if strangers:
        raise refusal(f"the model reads {sorted(strangers)}, which {moment} does not know")
    return moment


def _readable(use_case: UseCase, moment: Moment) -> tuple[Column, ...]:
    return (*use_case.schema.features(moment), *use_case.schema.group_features(moment))


def _model(files: Mapping[str, bytes], manifest: Manifest, threads: int) -> Model:
    text = files[MODEL_FILE[manifest.engine]]
    try:
        return load_model(manifest.engine, text, manifest.link, threads=threads)
    except UntrustedPackage as error:
        raise refusal(str(error)) from error
