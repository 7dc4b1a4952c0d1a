"""The process that waits for a change: used once, replaced when gone, and missed when it dies."""

import os
import signal
from functools import partial

import pytest

from ml.contract.requests.problems import Problem
from ml.serving.console import ready_process
from ml.serving.console.ready_process import ReadyProcess


def test_each_call_has_a_process_of_its_own_and_takes_the_one_that_is_ready():
    process = ReadyProcess(os.getpid)
    process.start()
    waiting = process._waiting
    process.start()
    assert process._waiting is waiting, "one waits at most"
    first, second = process.run(os.getpid), process.run(os.getpid)
    assert first == waiting.process.pid
    assert len({first, second, os.getpid()}) == 3


def test_one_that_waited_too_long_or_is_gone_is_replaced(monkeypatch):
    process = ReadyProcess(os.getpid)
    process.start()
    os.kill(process._waiting.process.pid, signal.SIGKILL)
    process._waiting.process.join()
    assert process.run(os.getpid)
    process.start()
    waiting = process._waiting
    monkeypatch.setattr(ready_process, "_YOUNG_SECONDS", 0.0)
    process.start()
    assert process._waiting is not waiting
    process._waiting.end()


def test_a_call_that_takes_its_process_along_is_a_problem_not_a_silence():
    with pytest.raises(Problem, match="ended before it was done") as told:
        ReadyProcess(os.getpid).run(partial(os._exit, 3))
    assert told.value.status == 500
