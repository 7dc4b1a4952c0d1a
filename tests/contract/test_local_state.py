"""Journal, endpoint and lock of the laptop home."""

import contextlib
import subprocess
import sys
from pathlib import Path

import pytest

from ml.adapters.home_lock import home_lock
from ml.adapters.local_endpoint import LocalEndpoint
from ml.adapters.sqlite_journal import SqliteJournal
from ml.adapters.sqlite_ledger import SqliteLedger
from ml.contract.errors import DependencyUnavailable, HomeBusy, StaleEndpoint, UntrustedPackage
from ml.contract.records import DeployRecord
from ml.ports import Deployment

RECORD = DeployRecord(model="m", version="1", package_sha256="0" * 64, changed=True)


def test_the_journal_finds_a_step_by_its_inputs_and_the_latest(tmp_path):
    journal = SqliteJournal(tmp_path / "j.db")
    assert journal.finished("u", "deploy", "f") is None
    journal.finish("u", "deploy", "f", RECORD)
    assert journal.finished("u", "deploy", "f")["version"] == "1"
    assert journal.finished("u", "deploy", "other") is None
    assert SqliteJournal(tmp_path / "j.db").latest("u", "deploy")["model"] == "m"


def test_a_broken_file_is_named_with_the_next_move(tmp_path):
    (tmp_path / "l.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(DependencyUnavailable, match=r"l\.db .* restore it"):
        SqliteLedger(tmp_path / "l.db")


def test_the_endpoint_serves_what_was_deployed_last_and_its_stamp_moves(tmp_path):
    endpoint = LocalEndpoint(tmp_path)
    assert endpoint.current("m") is None
    assert endpoint.stamp("m") is None
    one = Deployment(model="m", version="1", files={"manifest.json": b"{}", "model.txt": b"tree"})
    two = Deployment(model="m", version="2", files={"manifest.json": b"{}"})
    endpoint.deploy(one)
    before = endpoint.stamp("m")
    assert endpoint.current("m") == one
    endpoint.deploy(two)
    assert endpoint.current("m") == two
    assert endpoint.stamp("m") != before
    endpoint.deploy(one)
    assert endpoint.current("m") == one


def test_a_package_replaces_only_the_one_that_the_caller_saw(tmp_path):
    endpoint = LocalEndpoint(tmp_path)
    one, two, three = (
        Deployment(model="m", version=version, files={"a": version.encode()}) for version in "123"
    )
    endpoint.deploy(one, expected=None)
    seen = endpoint.stamp("m")
    endpoint.deploy(two, expected=seen)
    for late in (seen, None):
        with pytest.raises(StaleEndpoint, match="came into force while version 3 was being"):
            endpoint.deploy(three, expected=late)
    assert endpoint.current("m") == two


def test_a_deployment_that_is_killed_leaves_what_was_in_force(tmp_path, monkeypatch):
    endpoint = LocalEndpoint(tmp_path)
    one, two = (Deployment(model="m", version=v, files={"a": b"1", "b": b"2"}) for v in "12")
    endpoint.deploy(one)

    for call in ("rename", "replace"):
        with monkeypatch.context() as patch:
            patch.setattr(Path, call, killed)
            for deployment in (one, two):
                with contextlib.suppress(KeyboardInterrupt):
                    endpoint.deploy(deployment)
                assert endpoint.current("m") == one
    endpoint.deploy(two)
    assert endpoint.current("m") == two


def killed(*_):
    raise KeyboardInterrupt


def test_a_pointer_to_a_lost_package_is_refused(tmp_path):
    endpoint = LocalEndpoint(tmp_path)
    endpoint.deploy(Deployment(model="m", version="1", files={"a": b""}))
    (tmp_path / "m" / "1" / "a").unlink()
    (tmp_path / "m" / "1").rmdir()
    with pytest.raises(UntrustedPackage, match="version 1 but its package is gone"):
        endpoint.current("m")


def test_a_second_process_waits_and_then_says_who_it_waits_for(tmp_path):
    script = (
        "import sys, pathlib; from ml.adapters.home_lock import home_lock\n"
        "with home_lock(pathlib.Path(sys.argv[1]), 0): print('held', flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", script, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with other:
        assert other.stdout.readline() == b"held\n"
        with (
            pytest.raises(HomeBusy, match="another process has been working"),
            home_lock(tmp_path, 0),
        ):
            pass
        other.kill()
    with home_lock(tmp_path, 1):
        pass
