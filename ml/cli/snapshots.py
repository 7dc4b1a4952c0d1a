"""The commands `snapshot ...`: training sets under their tags."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ml.cli.opening import opened
from ml.cli.options import HOME, AsJson, Home, UseCaseName
from ml.cli.output import err, say, show_facts, show_json, show_table
from ml.contract.errors import UsageError
from ml.contract.records import plain

if TYPE_CHECKING:
    from ml.contract.records import SnapshotRecord
    from ml.contract.use_case import UseCase
    from ml.ports import Runtime

LakeUri = Annotated[
    str,
    typer.Option("--lake", help="s3:// folder of a lake in AWS; the home's own if not given."),
]
Database = Annotated[
    str, typer.Option("--database", help="Glue database that lists the training sets there.")
]
Tag = Annotated[str | None, typer.Option("--tag", help="Which; the latest if not given.")]
_SHORT = 16


def register(app: typer.Typer) -> None:
    """Add the commands."""
    snapshot = typer.Typer(help="Training sets under their tags.", no_args_is_help=True)
    snapshot.command("list")(list_all)
    for command in (show, verify, tag, load):
        snapshot.command()(command)
    app.add_typer(snapshot, name="snapshot")


@contextmanager
def _home(use_case: str, home: str, lake: str, database: str) -> Iterator[tuple[UseCase, Runtime]]:
    if database and not lake:
        raise UsageError("--database belongs to --lake; say where the files are")
    with opened(use_case, None, home, exclusive=False) as pipeline:
        if not lake:
            yield pipeline.use_case, pipeline.runtime
            return
        from ml.bootstrap import cloud_snapshots

        with pipeline.runtime.lake.scratch() as copies:
            _, snapshots = cloud_snapshots(lake, database, copies)
            yield pipeline.use_case, replace(pipeline.runtime, snapshots=snapshots)


def list_all(
    use_case: UseCaseName,
    home: Home = HOME,
    lake: LakeUri = "",
    database: Database = "",
    as_json: AsJson = False,
) -> None:
    """Every training set, the oldest first."""
    with _home(use_case, home, lake, database) as (case, runtime):
        found = runtime.snapshots.all(case.name)
    if as_json:
        show_json({"use_case": case.name, "snapshots": [plain(each) for each in found]})
        return
    rows = [(s.created_at[:16], s.tag, s.rows, s.columns, s.code_version[:_SHORT]) for s in found]
    show_table(case.name, ("frozen (UTC)", "tag", "rows", "columns", "code"), rows)


def show(
    use_case: UseCaseName,
    tag: Tag = None,
    home: Home = HOME,
    lake: LakeUri = "",
    database: Database = "",
    as_json: AsJson = False,
) -> None:
    """All that was said of a training set when it was frozen."""
    with _home(use_case, home, lake, database) as (case, runtime):
        _show(_found(case, runtime, tag), as_json=as_json)


def verify(
    use_case: UseCaseName,
    tag: Tag = None,
    home: Home = HOME,
    lake: LakeUri = "",
    database: Database = "",
    as_json: AsJson = False,
) -> None:
    """Read the rows again and hold them against what was said of them."""
    with _home(use_case, home, lake, database) as (case, runtime):
        found = _found(case, runtime, tag)
        from ml.steps.snapshot import verify

        verify(case, runtime, snapshot=found)
    if as_json:
        show_json({"verified": True, "snapshot": plain(found)})
    else:
        say(f"{found.tag}: {found.rows:,} rows, hash {found.canonical_hash} as when frozen")


def tag(
    use_case: UseCaseName,
    name: Annotated[str, typer.Option("--tag", help="The new tag, such as 2026-W47.")],
    of: Annotated[str | None, typer.Option("--of", help="Of which; the latest.")] = None,
    home: Home = HOME,
    lake: LakeUri = "",
    database: Database = "",
    as_json: AsJson = False,
) -> None:
    """Give a training set one more tag; a tag never moves."""
    with _home(use_case, home, lake, database) as (case, runtime):
        from ml.steps.snapshot import checked_tag

        kept = runtime.snapshots.tag(_found(case, runtime, of), checked_tag(name))
    _show(kept, as_json=as_json)


def load(
    use_case: UseCaseName,
    output: Annotated[Path, typer.Option("--output", help="Parquet file to write.")],
    tag: Tag = None,
    home: Home = HOME,
    lake: LakeUri = "",
    database: Database = "",
    as_json: AsJson = False,
) -> None:
    """Write the rows of a training set as one Parquet file."""
    if output.suffix != ".parquet" or not output.parent.is_dir():
        raise UsageError(
            f"{str(output)!r} can be no output; name a file that ends in .parquet, in a folder "
            "that exists"
        )
    with _home(use_case, home, lake, database) as (case, runtime):
        found = _found(case, runtime, tag)
        _write(runtime.snapshots.fetch(found), output)
    if as_json:
        show_json({"output": str(output), "snapshot": plain(found)})
    else:
        err.print(f"{found.rows:,} rows of {found.tag} in {output}")


def _found(case: UseCase, runtime: Runtime, tag: str | None) -> SnapshotRecord:
    from ml.steps.snapshot import find

    return find(case, runtime.snapshots, tag)


def _show(found: SnapshotRecord, *, as_json: bool) -> None:
    facts = plain(found)
    if as_json:
        show_json(facts)
        return
    parts = facts.pop("data")["parts"]
    kinds = ", ".join(f"{name} {kind}" for name, kind in facts.pop("schema").items())
    sources = ", ".join(facts.pop("sources"))
    more = {"sources": sources, "files": len(parts), "schema": kinds}
    show_facts(f"{found.use_case} {found.tag}", facts | more)


def _write(files: list[Path], output: Path) -> None:
    """One file; it appears when it is complete."""
    import pyarrow.parquet as pq

    half = output.with_name(f".{output.name}.part")
    try:
        if len(files) == 1:
            shutil.copyfile(files[0], half)
        else:
            with pq.ParquetWriter(half, pq.read_schema(files[0])) as writer:
                for file in files:
                    for batch in pq.ParquetFile(file).iter_batches():
                        writer.write_batch(batch)
        half.replace(output)
    finally:
        half.unlink(missing_ok=True)
