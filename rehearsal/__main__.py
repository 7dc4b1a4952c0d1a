"""``python -m rehearsal``: a deploy of the AWS home without an account."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from ml.contract.errors import LeadwiseError
from rehearsal.coverage import as_markdown
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
    if parser.parse_args(arguments).stubs:
        print(as_markdown())
        return 0
    work, steps = Path(tempfile.mkdtemp(prefix="leadwise-rehearsal-")), Steps()
    try:
        rehearse(work, steps)
    except KeyboardInterrupt:
        return _fail(work, steps, "it was stopped", 130)
    except LeadwiseError as error:
        return _fail(work, steps, str(error), error.exit_code)
    except Exception as error:
        return _fail(work, steps, f"{type(error).__name__}: {error}", 1)
    shutil.rmtree(work, ignore_errors=True)
    return 0


def _fail(work: Path, steps: Steps, why: str, code: int) -> int:
    one_line = " ".join(why.split())
    print(f"rehearsal failed at '{steps.current}': {one_line} (logs: {work})", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
