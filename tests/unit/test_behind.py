"""Work behind the caller's: in order, one at a time, its faults told."""

import threading

import pytest

from ml.core.behind import Behind


def test_work_runs_beside_the_caller():
    met = threading.Barrier(2, timeout=10)
    with Behind() as behind:
        behind.do(met.wait)
        met.wait()  # the caller goes on while the work waits for it


@pytest.mark.parametrize("more", [0, 1])
def test_its_fault_is_raised_in_the_caller(more):
    def fail():
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"), Behind() as behind:
        behind.do(fail)
        for _ in range(more):
            behind.do(lambda: None)


def test_the_callers_own_fault_comes_first():
    def fail():
        raise OSError("disk full")

    with pytest.raises(ValueError, match="no leads"), Behind() as behind:
        behind.do(fail)
        raise ValueError("no leads")
