"""What the rehearsal's command says and gives back, without any cloud."""

import io

import pytest

from ml.contract.errors import DependencyUnavailable
from rehearsal import __main__ as command
from rehearsal import docker
from rehearsal.account import Event
from rehearsal.checks import deploys
from rehearsal.failure import RehearsalFailed
from rehearsal.steps import Steps


@pytest.fixture
def failing(monkeypatch):
    """Let the rehearsal end with an error in its second step."""

    def fail(error):
        def rehearse(_work, steps):
            with steps.step("first"):
                pass
            with steps.step("second"):
                raise error

        monkeypatch.setattr(command, "rehearse", rehearse)

    return fail


ERRORS = {
    "a check": (RehearsalFailed("2 runs", "1"), 1, "2 runs; expected 1"),
    "no Node": (DependencyUnavailable("no cdk; run `make setup`"), 4, "no cdk; run `make setup`"),
    "a crash": (ValueError("one\ntwo"), 1, "ValueError one two"),
    "Ctrl-C": (KeyboardInterrupt(), 1, "KeyboardInterrupt"),
}


@pytest.mark.parametrize(("error", "code", "said"), ERRORS.values(), ids=ERRORS)
def test_a_failure_is_one_line_with_its_step(failing, capsys, error, code, said):
    failing(error)
    assert command.main([]) == code
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("rehearsal failed at 'second' (logs: ")
    assert line.endswith(f"): {said}")


def test_a_step_shows_its_title_its_seconds_and_what_it_saw():
    out = io.StringIO()
    steps = Steps(out=out)
    with steps.step("look") as step:
        step.saw("a bird")
    with pytest.raises(RehearsalFailed), steps.step("look again"):
        raise RehearsalFailed("nothing", "a bird")
    lines = out.getvalue().splitlines()
    assert lines[0].startswith("look ... ")
    assert lines[0].endswith(" s")
    assert lines[1:] == ["    a bird", "look again ... failed"]


class _Account:
    """Knows the events that CloudFormation told of."""

    def __init__(self, *events):
        self._events = list(events)

    def events(self):
        return self._events


class _Assembly:
    """One stack, whose Queue differs from another synth's."""

    @property
    def stacks(self):
        return {"leadwise-dev-one": {}}

    def resources(self):
        return []

    def differing(self, _):
        return {("leadwise-dev-one", "Queue")}


def _event(logical_id, status):
    return Event("leadwise-dev-one", logical_id, "AWS::SQS::Queue", status)


MADE = _event("Queue", "CREATE_COMPLETE")


def test_a_deploy_without_a_change_touches_nothing():
    said = deploys.untouched(_Account(MADE), [MADE], "one (no changes)", _Assembly())
    assert said == "1 stacks without changes, no resource touched"
    changed = _Account(MADE, _event("Queue", "UPDATE_COMPLETE"))
    with pytest.raises(RehearsalFailed, match="a deploy without a change touched Queue"):
        deploys.untouched(changed, [MADE], "one (no changes)", _Assembly())
    with pytest.raises(RehearsalFailed, match="of 0 stacks; expected 1"):
        deploys.untouched(_Account(MADE), [MADE], "one updated", _Assembly())


UPDATES = {
    "nothing": ([], "the update touched nothing; expected Queue"),
    "something else": ([_event("Topic", "UPDATE_COMPLETE")], "touched Topic; expected Queue"),
    "a new thing": ([_event("Role", "CREATE_COMPLETE")], "the update made Role; expected nothing"),
    "a loss": ([_event("Queue", "DELETE_COMPLETE")], "the update dropped Queue"),
}


@pytest.mark.parametrize(("events", "report"), UPDATES.values(), ids=UPDATES)
def test_an_update_touches_what_differs_and_nothing_else(events, report):
    new = [_event("Queue", "UPDATE_COMPLETE")]
    assert "changed: Queue" in deploys.updated(
        _Account(MADE, *new), [MADE], _Assembly(), _Assembly()
    )
    with pytest.raises(RehearsalFailed, match=report):
        deploys.updated(_Account(MADE, *events), [MADE], _Assembly(), _Assembly())


@pytest.mark.parametrize(
    ("dockerfile", "code", "said"),
    [
        ("FROM scratch\nCOPY app.py /\nCOPY --from=other /gone /gone\n", 0, ""),
        ("FROM scratch\nCOPY gone.py /\n", 1, "copies gone.py, which the image asset leaves out"),
        (None, 1, "holds no Dockerfile"),
    ],
)
def test_the_stand_in_for_docker_looks_at_what_a_build_would_copy(
    tmp_path, capsys, dockerfile, code, said
):
    (tmp_path / "app.py").touch()
    if dockerfile:
        (tmp_path / "Dockerfile").write_text(dockerfile)
    assert docker.main("build", "--tag", "any", str(tmp_path)) == code
    assert said in capsys.readouterr().err


def test_the_stand_in_for_docker_knows_no_other_command(capsys):
    assert docker.main("run") == 125
    assert "has no run" in capsys.readouterr().err
