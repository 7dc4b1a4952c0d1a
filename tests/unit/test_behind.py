"""Work behind the caller's: in order, one at a time, its faults told."""

import threading

import pytest

from ml.core.behind import Behind


def test_work_runs_beside_the_caller():
    met = threading.Barrier(2, timeout=10)
    with Behind() as behind:
        behind.do(met.wait)
        met.wait()  # the caller goes on while the work waits for it


def _fails():
    raise OSError("disk full")


def _give(*work, then=None):
    with Behind() as behind:
        for each in work:
            behind.do(each)
        if then:
            raise then


@pytest.mark.parametrize("work", [(_fails,), (_fails, list)], ids=["last", "not last"])
def test_its_fault_is_raised_in_the_caller(work):
    with pytest.raises(OSError, match="disk full"):
        _give(*work)


def test_the_callers_own_fault_comes_first():
    with pytest.raises(ValueError, match="no leads"):
        _give(_fails, then=ValueError("no leads"))
