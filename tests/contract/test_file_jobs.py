"""Jobs that score files: what every store of them promises."""

from dataclasses import replace
from pathlib import Path

import pytest

from ml.adapters.sqlite_file_jobs import SqliteFileJobs
from ml.contract.file_jobs import FileJob, JobState
from ml.ports import FileJobs


def job(number: int, owner: str = "ann") -> FileJob:
    return FileJob(
        id=f"{number:032x}", owner=owner, name=f"{number}.csv", file="leads.csv", sha256="0",
        submitted_at="2026-01-01T00:00:00+00:00",
    )  # fmt: skip


@pytest.fixture
def jobs(tmp_path: Path) -> FileJobs:
    return SqliteFileJobs(tmp_path / "jobs.db")


def test_a_job_comes_back_as_it_was(jobs: FileJobs):
    kept = replace(job(1), problem={"title": "no"}, state=JobState.FAILED, rows=3)
    jobs.add(kept)
    assert jobs.get(kept.id) == kept
    assert jobs.get("0" * 31) is None


def test_everyone_sees_their_own_newest_first(jobs: FileJobs):
    for number, owner in enumerate(("ann", "bob", "ann")):
        jobs.add(job(number, owner))
    assert [one.name for one in jobs.of("ann")] == ["2.csv", "0.csv"]
    assert jobs.of("carol") == []


def test_the_oldest_waiting_job_is_taken_once(jobs: FileJobs):
    jobs.add(job(1))
    jobs.add(job(2))
    first, second = (jobs.claim(worker, now=0, until=10) for worker in ("a", "b"))
    assert first is not None
    assert second is not None
    assert (first.name, first.worker, first.state, first.attempts) == ("1.csv", "a", "running", 1)
    assert second.name == "2.csv"
    assert jobs.claim("c", now=0, until=10) is None


def test_a_job_whose_worker_went_silent_is_taken_over(jobs: FileJobs):
    jobs.add(job(1))
    jobs.claim("a", now=0, until=10)
    assert jobs.claim("b", now=9, until=20) is None
    taken = jobs.claim("b", now=11, until=20)
    assert taken is not None
    assert (taken.worker, taken.attempts) == ("b", 2)
    assert jobs.change(taken.id, holder="a", rows_done=5) is None, "it is no longer theirs"


def test_changes_count_and_end_with_the_job(jobs: FileJobs):
    jobs.add(job(1))
    assert [jobs.change(job(1).id, rows_done=n).revision for n in (1, 2)] == [1, 2]
    done = jobs.change(job(1).id, state=JobState.DONE)
    assert done is not None
    assert done.rows_done == 2
    assert jobs.change(done.id, state=JobState.CANCELLED) is None
    assert jobs.change("0" * 31, rows_done=1) is None
