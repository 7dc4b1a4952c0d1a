"""Templates for the estimate where nobody has synthesized them yet."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ml.contract.errors import LeadwiseError

_SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "synth.py"


class SynthFailed(LeadwiseError):
    """Raised when the templates cannot be synthesized; synth has said why on standard error."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(f"the templates could not be synthesized: exit code {code}")


@contextmanager
def synthesized(only: str | None) -> Iterator[Path]:
    """A folder with fresh templates, gone afterwards.

    Parameters
    ----------
    only : str or None
        Name of one environment; None synthesizes all.

    Raises
    ------
    SynthFailed
        If synth fails.
    """
    with tempfile.TemporaryDirectory(prefix="leadwise-cost-") as folder:
        # The CDK's own rules take time and say nothing about the price.
        command = [sys.executable, str(_SCRIPT), f"--out={folder}", "--no-validation"]
        if only:
            command.append(f"only={only}")
        done = subprocess.run(command, check=False, stdout=subprocess.DEVNULL)
        if done.returncode:
            raise SynthFailed(done.returncode)
        yield Path(folder)
