"""`python -m bench`: measure, keep each section's figures as JSON, write the page from them."""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench.context import Context, real_leads, say
from bench.machine import ROOT, commit, load, machine
from bench.render import page
from bench.results import Findings, Result
from bench.sections import SECTIONS, TITLES


def main(words: Sequence[str] | None = None) -> None:
    """Run the sections that were asked for, one after the other."""
    asked = _parser().parse_args(words)
    store: Path = asked.results
    store.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="leadwise-bench-") as scratch:
        context = Context(Path(scratch), asked.quick, real_leads())
        for name in asked.only or SECTIONS:
            result = measure(name, SECTIONS[name], context)
            keep(result, store)
            asked.page.write_text(page(stored(store), TITLES))
    say(f"wrote {asked.page}")


def measure(name: str, section: Callable[[Context], Findings], context: Context) -> Result:
    """One section with its circumstances."""
    began, when, before = time.perf_counter(), datetime.now(UTC), load()
    say(f"{name}: {TITLES[name]} (load {before:g})")
    findings = section(context)
    seconds = time.perf_counter() - began
    say(f"  done in {seconds:.0f} s")
    return Result(
        name=name,
        findings=findings,
        when=f"{when:%Y-%m-%d %H:%M} UTC",
        commit=commit(),
        seconds=round(seconds, 1),
        load=before,
        quick=context.quick,
        machine=machine(),
    )


def keep(result: Result, folder: Path) -> None:
    """Remember a section's result in place of the one before."""
    text = json.dumps(result.to_dict(), indent=1)
    (folder / f"{result.name}.json").write_text(text + "\n")


def stored(folder: Path) -> dict[str, Result]:
    """What was measured last, by section."""
    results = [Result.of(json.loads(file.read_text())) for file in folder.glob("*.json")]
    return {result.name: result for result in results}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=list(SECTIONS), metavar="NAME",
                        help=f"some of: {', '.join(SECTIONS)}")  # fmt: skip
    parser.add_argument("--quick", action="store_true", help="small sizes: a smoke run")
    parser.add_argument("--results", type=Path, default=ROOT / "bench" / "results",
                        help="folder of the sections' figures")  # fmt: skip
    parser.add_argument("--page", type=Path, default=ROOT / "docs" / "results.md",
                        help="Markdown file to write")  # fmt: skip
    return parser


if __name__ == "__main__":
    main()
