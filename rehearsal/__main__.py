"""``python -m rehearsal``: a deploy of the AWS home without an account."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from ml.contract.errors import LeadwiseError
from rehearsal.coverage import as_markdown, between_marks
from rehearsal.run import rehearse
from rehearsal.steps import Steps


def main(arguments: list[str] | None = None) -> int:
    """Run the rehearsal; 0 when everything held, else one line says what did not."""
    parser = argparse.ArgumentParser(prog="python -m rehearsal", description=__doc__)
    parser.add_argument(
        "--stubs",
        action="store_true",
        help="print as Markdown what creates each resource type, and what stays unproven; stop",
    )
    parser.add_argument(
        "--into", type=Path, metavar="PAGE", help="with --stubs: write it between the page's marks"
    )
    asked = parser.parse_args(arguments)
    return _stubs(asked.into) if asked.stubs else _rehearse()


def _stubs(page: Path | None) -> int:
    try:
        text = as_markdown()
        if page:
            page.write_text(between_marks(page.read_text(), text))
        else:
            print(text)
    except Exception as error:
        return _fail("", error)
    return 0


def _rehearse() -> int:
    work, steps = Path(tempfile.mkdtemp(prefix="leadwise-rehearsal-")), Steps()
    try:
        rehearse(work, steps)
    except (Exception, KeyboardInterrupt) as error:
        return _fail(f" at '{steps.current}' (logs: {work})", error)
    shutil.rmtree(work, ignore_errors=True)
    return 0


def _fail(where: str, error: BaseException) -> int:
    """Say in one line what went wrong; gives the exit code."""
    said = str(error) if isinstance(error, LeadwiseError) else f"{type(error).__name__} {error}"
    print(f"rehearsal failed{where}: {' '.join(said.split())}", file=sys.stderr)
    return error.exit_code if isinstance(error, LeadwiseError) else 1


if __name__ == "__main__":
    sys.exit(main())
