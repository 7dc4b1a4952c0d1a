"""The manifest: what a package is for, and the hash of every file in it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ml.contract.errors import UntrustedPackage
from ml.contract.moments import Moment
from ml.contract.names import Kind
from ml.contract.schema import Column
from ml.contract.use_case import UseCase
from ml.core.scoring import canonical
from ml.core.scoring.models import Engine, Link

#: Raised whenever packages of the format before can no longer be read.
FORMAT = 2

MANIFEST, ENCODER, GOLDEN, REFERENCE, CALIBRATION = (
    "manifest.json",
    "encoder.json",
    "golden.json",
    "reference.json",
    "calibration.json",
)
MODEL_FILE: Mapping[Engine, str] = {
    Engine.TREES: "model.txt",
    Engine.FOREST: "model.txt",
    Engine.XGBOOST: "model.json",
    Engine.LINEAR: "model.json",
}

#: Code that every refusal of a package carries, so that alerts can be matched to it.
REFUSAL = "UNTRUSTED_ARTEFACT"


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What stands in `manifest.json`.

    Parameters
    ----------
    use_case, moment, task, model : str
        What the model is for and what it is called.
    estimator : str
        Class that was fitted.
    engine : Engine
        How the model file is run.
    link : Link
        Scale on which contributions add up.
    features : tuple of str
        Clean columns that the model reads.
    fingerprint : str
        SHA-256 of how those columns are cleaned; another cleaning needs another model.
    libraries : mapping of str to str
        Versions that fitted the model.
    facts : mapping of str to str
        Where it comes from: run, snapshot, commit.
    files : mapping of str to str
        SHA-256 of every other file.
    """

    use_case: str
    moment: str
    task: str
    model: str
    estimator: str
    engine: Engine
    link: Link
    features: tuple[str, ...]
    fingerprint: str
    libraries: Mapping[str, str]
    facts: Mapping[str, str]
    files: Mapping[str, str]
    format: int = FORMAT

    def to_bytes(self) -> bytes:
        """The file."""
        return canonical.to_bytes(asdict(self))

    @classmethod
    def from_bytes(cls, content: bytes) -> Manifest:
        """The manifest of a file.

        Raises
        ------
        UntrustedPackage
            If the file is no manifest, or one of another format.
        """
        try:
            plain = canonical.from_bytes(content)
            if plain["format"] != FORMAT:
                raise refusal(f"package format {plain['format']!r} is unknown, expected {FORMAT}")
            return cls(**plain | _typed(plain))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise refusal(f"{MANIFEST} is unreadable ({error})") from error


def _typed(plain: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "engine": Engine(plain["engine"]),
        "link": Link(plain["link"]),
        "features": tuple(plain["features"]),
        "files": {str(name): str(digest) for name, digest in plain["files"].items()},
    }


def refusal(reason: str) -> UntrustedPackage:
    """The error for a package that must not be used; nothing of it was."""
    return UntrustedPackage(f"{REFUSAL}: {reason}; keep the model in force and package it again")


def sha256(content: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def package_sha256(files: Mapping[str, bytes]) -> str:
    """One hash for a package: that of its manifest, which holds those of all other files."""
    return sha256(files[MANIFEST])


def fingerprint(use_case: UseCase, moment: Moment) -> str:
    """SHA-256 of everything about a moment's columns that decides their clean values."""
    columns = [_facts(column) for column in use_case.schema.features(moment)]
    return sha256(canonical.to_bytes({"task": repr(use_case.task), "columns": columns}))


def _facts(column: Column) -> dict[str, Any]:
    grouping = column.grouping.groups if column.grouping else None
    bounds = [column.low, column.high] if column.kind in {Kind.NUMBER, Kind.INTEGER} else None
    return {
        "name": column.name,
        "kind": column.kind,
        "levels": column.levels,
        "spellings": column.spellings,
        "missing": column.missing,
        "grouping": grouping,
        "bounds": bounds,
    }


def check_files(files: Mapping[str, bytes], expected_sha256: str | None) -> Manifest:
    """The manifest of a package whose every file is what the manifest says.

    Nothing but the manifest is read as anything but bytes.

    Raises
    ------
    UntrustedPackage
        Naming the file, with the hash that it should have and the one that it has.
    """
    if MANIFEST not in files:
        raise refusal(f"the package has no {MANIFEST}, only {sorted(files)}")
    seen = package_sha256(files)
    if expected_sha256 is not None and seen != expected_sha256:
        raise refusal(f"{MANIFEST} has SHA-256 {seen}, expected {expected_sha256}")
    manifest = Manifest.from_bytes(files[MANIFEST])
    _check_names(manifest, files)
    for name, digest in sorted(manifest.files.items()):
        if sha256(files[name]) != digest:
            raise refusal(f"{name} has SHA-256 {sha256(files[name])}, expected {digest}")
    return manifest


def _check_names(manifest: Manifest, files: Mapping[str, bytes]) -> None:
    always = {MANIFEST, ENCODER, GOLDEN, REFERENCE, CALIBRATION}
    needed = {*always, MODEL_FILE[manifest.engine]}
    listed = {MANIFEST, *manifest.files}
    if missing := sorted((needed | listed) - set(files)):
        raise refusal(f"the package lacks {missing}")
    if extra := sorted(set(files) - (needed & listed)):
        raise refusal(f"the package holds {extra}, which its manifest does not vouch for")
