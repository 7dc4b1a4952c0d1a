"""The rehearsal holds from an empty account to a retrain, and each break of it is reported."""

import io

import pytest

from rehearsal.checks import storage, wiring
from rehearsal.failure import RehearsalFailed
from rehearsal.run import deployed, play, read_back
from rehearsal.scenes import files, permissions, retraining, scoring, telling
from rehearsal.steps import Steps
from tests.support import broken_account as broken
from tests.support import unprotected_account as unprotected

# One account serves all of them; it takes half a minute to stand, several on a busy machine.
pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def said():
    return io.StringIO()


@pytest.fixture(scope="module")
def stage(tmp_path_factory, said):
    """The deployed environment, in which everything has been played once."""
    steps = Steps(out=said)
    with deployed(tmp_path_factory.mktemp("rehearsal"), steps) as stage:
        read_back(stage, steps)
        play(stage, steps)
        yield stage


@pytest.mark.usefixtures("stage")
def test_the_whole_of_it_holds_and_says_what_was_seen(said):
    titles = [line.partition(" ...")[0] for line in said.getvalue().splitlines() if " ... " in line]
    assert titles[:6] == [
        "start moto",
        "bootstrap",
        "synthesize dev, as it is and with one setting changed",
        "deploy every stack",
        "deploy the same again",
        "deploy a changed setting and a champion",
    ]
    assert "failed" not in said.getvalue()
    assert "stacks without changes, no resource touched" in said.getvalue()
    assert "changed: RetrainTrigger" in said.getvalue()


BROKEN_SCENES = [
    (broken.file_event_goes_nowhere, files.new_file, "lambdas.intake was not called"),
    (broken.intake_forgets, files.same_event_again, "started 1 more runs"),
    (broken.bad_file_is_admitted, files.bad_file, "a menu started 1 runs"),
    (broken.drift_rule_is_off, retraining.drift, "lambdas.retrain_trigger was not called"),
    (broken.cooldown_lasts_no_time, retraining.end_of_run, "started 1 runs and was told STARTED"),
    (broken.lease_lasts_no_time, retraining.two_people_at_once, "led to 2 runs"),
    (broken.api_has_no_route, scoring.scored_lead, "no route POST /v1/score"),
    (broken.api_asks_another_endpoint, scoring.scored_lead, "leadwise-dev-nobody"),
    (broken.notifier_hears_nothing, telling.alarm_is_told, "lambdas.notifier was not called"),
    (broken.letter_is_dead, telling.nothing_is_lost, "1 messages wait in"),
    (unprotected.role_is_granted_nothing, permissions.every_call_is_granted, "is not granted"),
]


@pytest.mark.parametrize(
    ("broke", "scene", "report"),
    BROKEN_SCENES,
    ids=[f"{broke.__name__}-{scene.__name__}" for broke, scene, _ in BROKEN_SCENES],
)
def test_a_scene_reports_what_is_broken(stage, broke, scene, report):
    with broke(stage), pytest.raises(RehearsalFailed) as failed:
        scene(stage)
    assert report in str(failed.value)
    assert "; expected " in str(failed.value)


BROKEN_CHECKS = [
    (unprotected.bucket_takes_plain_http, storage.buckets, "takes requests without TLS"),
    (unprotected.bucket_has_a_key_of_aws, storage.buckets, "is encrypted by AES256"),
    (unprotected.key_never_rotates, storage.keys, "never rotates"),
    (unprotected.log_never_forgets, storage.log_groups, "never forgets"),
    (unprotected.function_lets_nobody_in, wiring.rules, "does not let rule"),
    (unprotected.queue_lets_nobody_in, wiring.rules, "does not let rule"),
    (broken.rule_has_no_target, wiring.rules, "has no target"),
    (unprotected.alarm_tells_nobody, wiring.alarms, "tells nobody"),
    (broken.api_has_no_route, wiring.routes, "the API has 1 routes"),
]


@pytest.mark.parametrize(
    ("broke", "check", "report"),
    BROKEN_CHECKS,
    ids=[f"{broke.__name__}-{check.__name__}" for broke, check, _ in BROKEN_CHECKS],
)
def test_a_check_reports_what_is_broken(stage, broke, check, report):
    with broke(stage), pytest.raises(RehearsalFailed) as failed:
        check(stage.account)
    assert report in str(failed.value)
    assert check(stage.account)  # and holds again once it is mended


def test_what_never_was_deployed_is_no_answer(stage):
    with pytest.raises(RehearsalFailed, match="no function runs lambdas.nobody.handler"):
        stage.account.function("nobody")
