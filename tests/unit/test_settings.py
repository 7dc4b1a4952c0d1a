"""Settings go to the environment and come back equal."""

import pytest

from ml.contract.errors import InvalidSettings
from ml.contract.settings import LaptopSettings, ServeSettings

SERVE = ServeSettings(home="/h", use_case="lead_conversion", moment="arrival", upload_rows=7)


@pytest.mark.parametrize(
    "settings", [SERVE, LaptopSettings(), LaptopSettings(home="x", lock_seconds=0)]
)
def test_settings_survive_the_environment(settings):
    assert type(settings).from_env(settings.to_env()) == settings


def test_every_missing_variable_is_named_at_once():
    with pytest.raises(InvalidSettings, match="LEADWISE_HOME, LEADWISE_USE_CASE, LEADWISE_MOMENT"):
        ServeSettings.from_env({})


def test_a_variable_that_is_no_number_is_shown():
    with pytest.raises(
        InvalidSettings, match="LEADWISE_UPLOAD_ROWS is 'many'; expected a whole number"
    ):
        ServeSettings.from_env(SERVE.to_env() | {"LEADWISE_UPLOAD_ROWS": "many"})


@pytest.mark.parametrize(
    "make",
    [
        lambda: LaptopSettings(home=""),
        lambda: LaptopSettings(lock_seconds=-1),
        lambda: ServeSettings(home="h", use_case="u", moment="m", upload_megabytes=0),
        lambda: ServeSettings(home="h", use_case="u", moment="m", receipts_days=0),
        lambda: ServeSettings(home="h", use_case="u", moment="m", receipts_waiting=-1),
    ],
)
def test_values_out_of_range_are_refused(make):
    with pytest.raises(InvalidSettings, match="expected"):
        make()
