"""No secret lies in what is deployed, nor in what is committed."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.support import ROOT

_SECRET = re.compile(
    rb"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"  # AWS
    rb"|-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----"
    rb"|\bgh[pousr]_[A-Za-z0-9]{36}\b|\bgithub_pat_[A-Za-z0-9_]{30,}"
    rb"|\bxox[abprs]-[0-9A-Za-z-]{10,}|hooks\.slack\.com/services/T[0-9A-Z]{8,}/B[0-9A-Z]{8,}/"
    rb"|\bnpm_[A-Za-z0-9]{36}\b|\bpypi-AgEI[A-Za-z0-9_-]{20,}"
    rb"|\beyJ[A-Za-z0-9_-]{15,}\.eyJ[A-Za-z0-9_-]{15,}\."  # a signed token
    # In an address; the pattern itself lets the documentation's example pass.
    rb"|[a-z]+://(?!user:secret@)[^\s:/@\"'{}<>$]+:[^\s:/@\"'{}<>$]{6,}@[\w.-]+\.[a-z]{2,}"
)


def _found(paths) -> list[str]:
    return [
        f"{path}: {match.group()[:12]!r}..."
        for path in paths
        if path.is_file()
        for match in _SECRET.finditer(path.read_bytes())
    ]


def test_no_secret_is_in_templates_or_assets(cloud_assembly):
    files = list(Path(cloud_assembly.directory).rglob("*"))
    assert any(path.name.endswith(".template.json") for path in files)
    assert _found(files) == []


def test_no_secret_is_in_the_repository():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True)
    names = listed.stdout.decode().split("\0")
    assert _found(ROOT / name for name in names if name) == []


@pytest.mark.parametrize(
    "secret",
    [
        "AKIA" + "IOSFODNN7EXAMPLE",
        "-----BEGIN RSA " + "PRIVATE KEY-----",
        "ghp_" + "a" * 36,
        "xoxb-" + "1234567890-abc",
        "postgresql://mlflow:" + "hunter22@db.example.com/mlflow",
    ],
)
def test_each_kind_of_secret_would_be_found(tmp_path, secret):
    file = tmp_path / "settings.json"
    file.write_text(f'{{"value": "{secret}"}}')
    assert len(_found([file])) == 1
