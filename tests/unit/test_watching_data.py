"""Signals about data: raised beyond chance, graded by effect and weight, never silent."""

from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np
import pyarrow as pa
import pytest

from ml.contract.modelling import DriftPolicy
from ml.contract.names import OTHER, Kind
from ml.contract.schema import Column
from ml.contract.watch_policy import WatchPolicy
from ml.contract.watching import Severity, SignalState
from ml.core.drift import compare_columns
from ml.core.watching.data import data_signals
from ml.core.watching.saying import worst

TIME_SPENT = Column(name="time_spent", source="Time", kind=Kind.NUMBER)
ORIGIN = Column(name="origin", source="Origin", kind=Kind.CATEGORY, levels=("api", "form", "web"))
COLUMNS = (TIME_SPENT, ORIGIN)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
WATCH, DRIFT = WatchPolicy(), DriftPolicy()


def leads(rows, seed, **changed):
    random = np.random.default_rng(seed)
    table = {
        "time_spent": random.gamma(2, 300, rows),
        "origin": random.choice(["api", "form", "web"], rows, p=[0.3, 0.6, 0.1]),
    }
    return pa.table({name: pa.array(values) for name, values in (table | changed).items()})


REFERENCE = leads(4_000, 0)


def seen(current, reference=REFERENCE, columns=COLUMNS, **options):
    drifts = ()
    if reference is not None and current.num_rows and reference.num_rows:
        drifts = compare_columns(reference, current, columns, DRIFT)
    found = data_signals(
        reference, current, columns=columns, policy=WATCH, drift=DRIFT, drifts=drifts, **options
    )
    keys = [signal.key for signal in found]
    assert len(set(keys)) == len(keys)
    return {signal.key.removeprefix("data/"): signal for signal in found}


def test_rows_of_the_same_source_raise_nothing():
    for seed in range(1, 21):
        found = seen(leads(400, seed))
        assert worst(found.values()) is None, [s.says for s in found.values() if s.severity]
    assert {"psi/origin", "jensen_shannon/origin", "new_levels/origin", "missing_share/origin"} <= (
        set(found)
    )


def test_a_drifted_column_is_raised_by_its_effect():
    mild = seen(leads(2_000, 1, time_spent=np.random.default_rng(1).gamma(2, 480, 2_000)))
    strong = seen(leads(2_000, 1, time_spent=np.random.default_rng(1).gamma(2, 900, 2_000)))
    assert mild["psi/time_spent"].severity == Severity.MEDIUM
    assert strong["psi/time_spent"].severity == Severity.HIGH
    assert "PSI of" in strong["psi/time_spent"].says


def test_a_column_that_the_model_hardly_uses_matters_less():
    table = leads(2_000, 1, time_spent=np.zeros(2_000))

    def severity(weight):
        importance = {"time_spent": weight, "origin": 1.0}
        return seen(table, importance=importance)["psi/time_spent"].severity

    assert [severity(weight) for weight in (2.0, 0.1, 0.0)] == ["high", "medium", "low"]


@pytest.mark.parametrize(
    ("importance", "severity"),
    [
        ({"time_spent": 0.6, "origin": 0.4}, "critical"),
        ({"time_spent": 0.3, "origin": 0.7}, "high"),
        ({"time_spent": 0.1, "origin": 0.9}, "medium"),
        ({"time_spent": 0.0, "origin": 1.0}, None),
    ],
)
def test_the_share_of_drifted_columns_is_graded_by_what_the_model_leans_on(importance, severity):
    table = leads(2_000, 1, time_spent=np.zeros(2_000))
    assert seen(table, importance=importance)["drifted_share"].severity == severity


def test_missing_cells_are_raised_and_say_what_was_before():
    origin = [None if n % 5 == 0 else "form" for n in range(500)]
    signal = seen(leads(500, 1, origin=origin))["missing_share/origin"]
    assert (signal.value, signal.expected, signal.severity) == (0.2, 0.0, "medium")
    assert signal.says == "20.0 % of origin is missing; it was 0.0 %."


def test_a_column_that_is_gone_is_all_missing():
    signal = seen(leads(500, 1).drop_columns(["origin"]))["missing_share/origin"]
    assert (signal.value, signal.severity) == (1.0, "high")


@pytest.mark.parametrize("level", ["carrier pigeon", OTHER])
def test_new_levels_are_counted(level):
    origin = [level if n % 20 == 0 else "form" for n in range(1_000)]
    signal = seen(leads(1_000, 1, origin=origin))["new_levels/origin"]
    assert (signal.value, signal.expected, signal.severity) == (0.05, 0.0, "medium")


def test_a_level_that_the_schema_pools_was_known_where_the_reference_has_it():
    reference = leads(4_000, 0, origin=["form"] * 3_600 + [OTHER] * 400)
    current = leads(1_000, 1, origin=["form"] * 900 + [OTHER] * 100)
    signal = seen(current, reference)["new_levels/origin"]
    assert (signal.value, signal.expected, signal.state) == (0.1, 0.1, "OK")


def test_a_level_that_is_called_other_by_the_schema_is_a_level():
    column = Column(name="origin", source="Origin", kind=Kind.CATEGORY, levels=("form", OTHER))
    current = leads(500, 1, origin=["form"] * 250 + [OTHER] * 250)
    reference = leads(1_000, 0, origin=["form"] * 500 + [OTHER] * 500)
    assert seen(current, reference, (column,))["new_levels/origin"].value == 0.0


def test_one_rare_new_level_is_chance():
    reference = leads(200, 0, origin=[f"level {n % 190}" for n in range(200)])
    current = leads(200, 1, origin=["level 1"] * 190 + ["another"] * 10)
    assert seen(current, reference)["new_levels/origin"].state == SignalState.OK


def test_numbers_outside_of_all_that_was_seen_are_raised():
    values = np.where(np.arange(500) % 10, 100.0, 1e6)
    signal = seen(leads(500, 1, time_spent=values))["outside_range/time_spent"]
    assert (signal.value, signal.severity) == (0.1, "high")


def test_few_reference_rows_know_little_of_a_range():
    reference = leads(200, 0, time_spent=np.linspace(0, 1, 200))
    current = leads(200, 1, time_spent=np.linspace(0, 1.03, 200))
    signal = seen(current, reference)["outside_range/time_spent"]
    assert signal.value > WATCH.outside_range
    assert signal.state == SignalState.OK


@pytest.mark.parametrize("rows", [0, 1, DRIFT.minimum_rows - 1])
def test_a_short_window_is_insufficient_data(rows):
    found = seen(leads(rows, 1))
    assert {name for name in found if found[name].state != SignalState.NOT_KEPT} == {"rows"}
    assert (found["rows"].state, found["rows"].value) == ("INSUFFICIENT_DATA", rows)


def test_without_a_reference_the_state_says_so():
    assert seen(leads(500, 1), None)["rows"].state == SignalState.NO_REFERENCE


def test_a_column_without_any_value_gives_finite_figures():
    nothing = leads(500, 1, time_spent=[None] * 500, origin=[None] * 500)
    nothing = nothing.set_column(0, "time_spent", nothing["time_spent"].cast(pa.float64()))
    for current, reference in ((nothing, REFERENCE), (leads(500, 1), nothing)):
        told = [one for one in seen(current, reference).values() if one.state in {"OK", "RAISED"}]
        figures = [signal.value for signal in told]
        assert np.isfinite(figures).all()


def dated(days, rows_per_day=10, start=date(2026, 11, 1), seed=1):
    whole = [start + timedelta(days=day) for day in range(days) for _ in range(rows_per_day)]
    return leads(len(whole), seed, arrived=pa.array(whole, pa.date32()))


def test_stale_rows_are_raised():
    found = seen(dated(21), now=NOW, time_column="arrived")
    assert found["age_days"].state == SignalState.OK
    later = seen(dated(21), now=NOW + timedelta(days=14), time_column="arrived")
    assert later["age_days"].severity == "medium"
    much_later = seen(dated(21), now=NOW + timedelta(days=30), time_column="arrived")
    assert much_later["age_days"].severity == "high"


def test_a_clock_without_a_zone_is_utc():
    aware = seen(dated(21), now=NOW, time_column="arrived")["age_days"]
    naive = seen(dated(21), now=NOW.replace(tzinfo=None), time_column="arrived")["age_days"]
    indian = NOW.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert aware == naive == seen(dated(21), now=indian, time_column="arrived")["age_days"]


def stamped(ahead, zone=None):
    times = [NOW - timedelta(days=1)] * 400 + [NOW + ahead] * 10
    if zone is None:
        times = [time.replace(tzinfo=None) for time in times]
    return leads(410, 1, arrived=pa.array(times, pa.timestamp("us", tz=zone)))


@pytest.mark.parametrize("zone", [None, "UTC", "Asia/Kolkata"])
def test_f28_times_more_than_five_minutes_ahead_are_counted_and_do_not_count_as_new(zone):
    found = seen(stamped(timedelta(minutes=6), zone), now=NOW, time_column="arrived")
    assert (found["future_rows"].value, found["future_rows"].severity) == (10, "medium")
    assert "10 of 410 rows are dated in the future" in found["future_rows"].says
    assert found["age_days"].value == pytest.approx(1.0)


@pytest.mark.parametrize("zone", [None, "UTC", "Asia/Kolkata"])
def test_f28_a_clock_may_be_a_little_fast(zone):
    found = seen(stamped(timedelta(minutes=4), zone), now=NOW, time_column="arrived")
    assert (found["future_rows"].value, found["future_rows"].state) == (0, "OK")


def test_f28_a_day_is_ahead_once_it_has_begun_nowhere():
    evening = datetime(2026, 11, 22, 11, tzinfo=UTC)  # an hour past midnight in Kiritimati
    eastern = leads(400, 1, arrived=pa.array([date(2026, 11, 23)] * 400, pa.date32()))
    found = seen(eastern, now=evening, time_column="arrived")
    assert (found["future_rows"].value, found["age_days"].value) == (0, 0.0)
    found = seen(eastern, now=evening - timedelta(hours=3), time_column="arrived")
    assert found["future_rows"].value == 400
    assert found["age_days"].state == SignalState.INSUFFICIENT_DATA


def test_f28_a_leap_day_is_a_day():
    days = dated(2, 300, start=date(2028, 2, 28))
    found = seen(days, now=datetime(2028, 3, 1, tzinfo=UTC), time_column="arrived")
    assert found["age_days"].value == 1.0


def test_rows_without_any_time_are_named():
    undated = leads(400, 1, arrived=pa.nulls(400, pa.date32()))
    found = seen(undated, now=NOW, time_column="arrived")
    assert found["age_days"].state == SignalState.INSUFFICIENT_DATA
    gone = seen(leads(400, 1), now=NOW, time_column="arrived")
    assert gone["age_days"].state == SignalState.INSUFFICIENT_DATA


def test_volume_is_held_to_the_usual_week():
    reference = dated(70, 50, start=date(2026, 8, 1), seed=0)
    same = seen(dated(7, 50), reference, time_column="arrived")["volume"]
    few = seen(dated(14, 20), reference, time_column="arrived")["volume"]
    flood = seen(dated(7, 300), reference, time_column="arrived")["volume"]
    assert (same.value, same.expected, same.state) == (350, 350, "OK")
    assert (few.value, few.severity) == (140, "medium")
    assert flood.severity == "high"
    assert flood.says == "2,100 rows per week; 350 are usual."


def test_days_that_are_no_week_say_nothing_of_volume():
    reference = dated(70, 50, start=date(2026, 8, 1), seed=0)
    assert seen(dated(2, 200), reference, time_column="arrived")["volume"].state == (
        SignalState.INSUFFICIENT_DATA
    )


def test_rows_without_days_say_what_nobody_can_tell_of_them():
    found = seen(leads(400, 1), now=NOW)
    for name in ("age_days", "volume"):
        assert (found[name].state, found[name].value) == ("NOT_KEPT", None)
        assert "a column of role TIME, or 'Arrival Date'" in found[name].says
    assert "future_rows" not in found


def test_a_week_without_a_usual_one_is_kept_for_looks_to_come():
    found = seen(dated(7, 50), time_column="arrived")["volume"]
    assert (found.state, found.value, found.expected) == ("NOT_KEPT", 350, None)


def test_earlier_looks_say_how_many_rows_are_usual_in_a_week():
    few = seen(dated(7, 20), time_column="arrived", usual_weekly=350)["volume"]
    assert (few.value, few.expected, few.severity) == (140, 350, "medium")


def test_a_file_of_a_few_days_is_held_to_the_usual_file():
    found = seen(dated(2, 200), time_column="arrived", usual_weekly=350, usual_file=390)
    assert "volume" not in found
    assert (found["file_rows"].value, found["file_rows"].state) == (400, "OK")


def test_f28_rows_of_days_to_come_are_no_rows_of_the_week():
    soon = dated(14, 50, start=date(2026, 11, 16))  # until a week after NOW
    found = seen(soon, now=NOW, time_column="arrived", usual_weekly=350)
    assert found["future_rows"].value == 300
    assert (found["volume"].value, found["volume"].state) == (350, "OK")


def test_rows_without_a_day_among_others_are_counted_aloud():
    days = [NOW.date()] * 390 + [None] * 10
    found = seen(leads(400, 1, arrived=pa.array(days, pa.date32())), now=NOW, time_column="arrived")
    assert found["future_rows"].value == 0
    assert "10 rows have no day that can be read" in found["age_days"].says


def test_the_size_of_a_file_is_worth_a_line_in_the_report():
    assert seen(leads(400, 1), usual_file=420)["file_rows"].state == SignalState.OK
    assert seen(leads(400, 1), usual_file=1_000)["file_rows"].severity == "low"
