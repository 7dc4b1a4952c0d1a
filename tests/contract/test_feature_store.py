"""What every feature store promises; each adapter takes the same suite."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.adapters.athena_query import AthenaQuery
from ml.adapters.local_feature_store import LocalFeatureStore
from ml.adapters.sagemaker_feature_store import SagemakerFeatureStore
from ml.contract.errors import DependencyUnavailable, UsageError
from ml.contract.feature_group import AS_OF, EVENT_TIME, FeatureGroup
from ml.contract.modelling import BinaryTask
from ml.core.feature_records import record_schema
from ml.ports import FeatureStore
from tests.support.feature_store_service import (
    NAME,
    WORKGROUP,
    FeatureStoreService,
    feature_store_service,
)
from tests.support.small_use_case import small_use_case

GROUP = FeatureGroup.of(small_use_case(BinaryTask()))
START = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
STORES = ("local", "sagemaker offline", "sagemaker online")


@dataclass
class Clock:
    time: datetime = field(default=START)

    def __call__(self) -> datetime:
        return self.time

    def pass_by(self, hours: float = 1) -> None:
        self.time += hours * HOUR


@dataclass
class Kept:
    """A store, its clock, and short words for what tests do with them."""

    store: FeatureStore
    clock: Clock
    service: FeatureStoreService | None = None

    def put(self, *records: dict[str, Any]) -> int:
        return self.store.put_records(records_of(*records))

    def prices(self, *asked: tuple[str, datetime], known_by: datetime | None = None) -> list[Any]:
        found = self.store.as_of(questions_of(*asked), known_by=known_by)
        assert found["order_id"].to_pylist() == [lead for lead, _ in asked]
        return found["price"].to_pylist()

    def last_known(self, *leads: str) -> dict[str, Any]:
        found = self.store.last_known(leads)
        return dict(zip(found["order_id"].to_pylist(), found["price"].to_pylist(), strict=True))


def record(lead: str, at: datetime, price: float | None = None, **more: Any) -> dict[str, Any]:
    return {"order_id": lead, EVENT_TIME: at, "price": price, **more}


def records_of(*records: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist(list(records), schema=record_schema(GROUP))


def questions_of(*asked: tuple[str, datetime]) -> pa.Table:
    leads, times = [lead for lead, _ in asked], [at for _, at in asked]
    return pa.table({"order_id": leads, AS_OF: pa.array(times, pa.timestamp("us", tz="UTC"))})


@contextmanager
def kept_in(kind: str, folder: Any) -> Iterator[Kept]:
    clock = Clock()
    if kind == "local":
        yield Kept(LocalFeatureStore(folder / "features.duckdb", GROUP, now=clock), clock)
        return
    service = FeatureStoreService(group=GROUP, now=clock, online=kind == "sagemaker online")
    with feature_store_service(service):
        athena = AthenaQuery(WORKGROUP, patience=timedelta(0))
        yield Kept(SagemakerFeatureStore(GROUP, NAME, athena=athena, now=clock), clock, service)


@pytest.fixture(params=STORES)
def kept(request, tmp_path):
    with kept_in(request.param, tmp_path) as kept:
        yield kept


def test_values_come_back_in_the_types_that_were_put(kept):
    full = record(
        "ä 'quoted', \"x\"", START - HOUR, 1.5, items=7, gift=True, region="North",
        size="small", shop="", ordered=date(2026, 3, 1),
    )  # fmt: skip
    bare = record("b", START)
    assert kept.put(full, bare) == 2
    found = kept.store.last_known([full["order_id"], "b", "nobody"])
    assert found.schema.equals(record_schema(GROUP))
    assert found.to_pylist() == records_of(full, bare).to_pylist()


def test_the_latest_record_is_that_of_the_last_event_whatever_came_last(kept):
    kept.put(record("a", START, 2.0))
    kept.clock.pass_by()
    kept.put(record("a", START - HOUR, 1.0))
    assert kept.last_known("a", "a", "b") == {"a": 2.0}


def test_a_read_knows_what_was_known_at_its_time_and_nothing_later(kept):
    kept.put(record("a", START, 1.0))
    kept.clock.pass_by(2)
    kept.put(record("a", START + HOUR, 2.0))
    asked = [START - HOUR, START, START + HOUR, START + 2 * HOUR]
    assert kept.prices(*(("a", at) for at in asked)) == [None, 1.0, 1.0, 2.0]


def test_where_nothing_was_known_the_answer_is_empty_and_in_its_place(kept):
    kept.put(record("a", START, 1.0))
    found = kept.store.as_of(questions_of(("z", START), ("a", START), ("a", START - HOUR)))
    assert found["price"].to_pylist() == [None, 1.0, None]
    assert found[EVENT_TIME].to_pylist() == [None, START, None]
    assert found[AS_OF].to_pylist() == [START, START, START - HOUR]


def test_a_late_event_does_not_change_the_past(kept):
    kept.put(record("a", START - 3 * HOUR, 1.0))
    kept.clock.pass_by()
    kept.put(record("a", START - HOUR, 9.0))
    assert kept.prices(("a", START), ("a", START + HOUR)) == [1.0, 9.0]


def test_hindsight_sees_late_events_up_to_when_it_stands(kept):
    kept.put(record("a", START - 3 * HOUR, 1.0))
    kept.clock.pass_by()
    kept.put(record("a", START - HOUR, 9.0))
    asked = [("a", START - 2 * HOUR), ("a", START)]
    assert kept.prices(*asked, known_by=START) == [1.0, 1.0]
    assert kept.prices(*asked, known_by=START + HOUR) == [1.0, 9.0]


def test_of_one_lead_and_time_the_last_put_counts_and_the_past_keeps_the_first(kept):
    kept.put(record("a", START, 1.0))
    kept.clock.pass_by()
    kept.put(record("a", START, 2.0))
    assert kept.prices(("a", START), ("a", START + HOUR)) == [1.0, 2.0]
    assert kept.last_known("a") == {"a": 2.0}


def test_of_one_lead_and_time_in_one_batch_the_last_row_counts(kept):
    assert kept.put(record("a", START, 1.0), record("b", START, 5.0), record("a", START, 2.0)) == 2
    assert kept.last_known("a", "b") == {"a": 2.0, "b": 5.0}


def test_putting_the_same_again_changes_no_answer(kept):
    rows = [record(lead, START - HOUR, 1.0) for lead in "abc"]
    kept.put(*rows)
    before = kept.store.last_known(list("abc")).to_pylist()
    kept.clock.pass_by()
    kept.put(*rows)
    assert kept.store.last_known(list("abc")).to_pylist() == before


def test_an_event_in_the_future_is_refused_whole(kept):
    with pytest.raises(UsageError, match=r"lead 'b' is 2026-03-02T13:00.*expected what has happ"):
        kept.put(record("a", START, 1.0), record("b", START + HOUR, 2.0))
    assert kept.last_known("a", "b") == {}


def test_what_was_erased_is_in_no_read_of_any_time(kept):
    kept.put(record("a", START - HOUR, 1.0), record("b", START, 2.0))
    kept.clock.pass_by()
    kept.store.erase(["a", "nobody"])
    kept.clock.pass_by()
    assert kept.last_known("a", "b") == {"b": 2.0}
    asked = [("a", START), ("b", START), ("a", START + 2 * HOUR)]
    assert kept.prices(*asked) == [None, 2.0, None]
    assert kept.prices(*asked, known_by=START) == [None, 2.0, None]


def test_what_was_put_a_moment_ago_can_be_erased(kept):
    kept.put(record("a", START, 1.0))
    kept.store.erase(["a"])
    assert kept.last_known("a") == {}


def test_a_lead_that_comes_back_begins_anew(kept):
    kept.put(record("a", START - HOUR, 1.0))
    kept.clock.pass_by()
    kept.store.erase(["a"])
    kept.clock.pass_by()
    kept.put(record("a", START, 3.0))
    assert kept.last_known("a") == {"a": 3.0}
    assert kept.prices(("a", START), ("a", kept.clock())) == [None, 3.0]


def test_times_of_other_zones_and_without_one_are_refused(kept):
    rows = records_of(record("a", START, 1.0))
    for zone in (None, "Europe/Berlin"):
        times = pa.array([START], pa.timestamp("ms", tz=zone))
        odd = rows.set_column(rows.schema.get_field_index(EVENT_TIME), EVENT_TIME, times)
        with pytest.raises(UsageError, match="event_time.*expected timestamps in UTC"):
            kept.store.put_records(odd)
        with pytest.raises(UsageError, match="as_of.*expected timestamps in UTC"):
            kept.store.as_of(pa.table({"order_id": ["a"], AS_OF: times}))
    with pytest.raises(UsageError, match="known_by is .* without a time zone"):
        kept.prices(("a", START), known_by=START.replace(tzinfo=None))


def test_hindsight_may_be_said_in_any_zone(kept):
    kept.put(record("a", START - HOUR, 1.0))
    berlin = START.astimezone(timezone(HOUR))
    assert kept.prices(("a", START - HOUR), known_by=berlin) == [1.0]


def test_times_are_as_fine_as_a_millisecond(kept):
    moment = START - timedelta(milliseconds=5)
    kept.put(record("a", moment, 1.0))
    kept.clock.pass_by()
    early, late = moment - timedelta(microseconds=1), moment + timedelta(microseconds=999)
    assert kept.prices(("a", early), ("a", late), known_by=kept.clock()) == [None, 1.0]
    finer = records_of(record("a", moment)).drop_columns([EVENT_TIME])
    finer = finer.append_column(EVENT_TIME, pa.array([early], pa.timestamp("us", tz="UTC")))
    with pytest.raises(UsageError, match="finer than a millisecond"):
        kept.store.put_records(finer)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda rows: rows.drop_columns(["price"]), "there is no column 'price'"),
        (lambda rows: rows.set_column(0, "order_id", pa.array([None], pa.string())), "order_id"),
        (lambda rows: rows.set_column(1, "price", [["dear"]]), "kind number"),
    ],
)
def test_what_is_no_record_is_refused(kept, change, says):
    with pytest.raises(UsageError, match=says):
        kept.store.put_records(change(records_of(record("a", START, 1.0))))


def test_columns_that_are_no_features_are_left_out(kept):
    rows = records_of(record("a", START, 1.0)).append_column("late_note", [[3.0]])
    assert kept.store.put_records(rows) == 1
    assert "late_note" not in kept.store.last_known(["a"]).schema.names


def test_no_records_and_no_questions_are_fine(kept):
    assert kept.put() == 0
    assert kept.store.last_known([]).num_rows == 0
    assert kept.store.as_of(questions_of()).schema.names[-1] == AS_OF
    kept.store.erase([])


@pytest.mark.parametrize("kept", STORES[:2], indirect=True)
def test_ten_thousand_records_in_one_batch(kept):
    rows = [record(f"lead {n}", START - n % 7 * HOUR, float(n)) for n in range(10_000)]
    assert kept.put(*rows) == 10_000
    wanted = [f"lead {n}" for n in range(0, 10_000, 3)]
    assert kept.last_known(*wanted) == {f"lead {n}": float(n) for n in range(0, 10_000, 3)}


EVENTS = st.tuples(
    st.sampled_from("abc"), st.integers(0, 6), st.sampled_from([None, 1.0, 2.0, 3.0])
)
BATCHES = st.lists(st.lists(EVENTS, max_size=4), min_size=1, max_size=5)
QUESTIONS = st.lists(st.tuples(st.sampled_from("abcd"), st.integers(-1, 8)), min_size=1, max_size=6)


def expected(batches: list[Any], lead: str, at: int, known_by: int) -> float | None:
    """By brute force: of events up to `at` that came by `known_by`, the last, of these the last."""
    best: tuple[int, int, int] | None = None
    price = None
    for came, batch in enumerate(batches):
        for row, (whose, back, value) in enumerate(batch):
            key = (came - back, came, row)
            if whose == lead and key[0] <= at and came <= known_by and (not best or key > best):
                best, price = key, value
    return price


@pytest.mark.parametrize("kind", STORES[:2])
@settings(max_examples=8)
@given(batches=BATCHES, more=BATCHES, asked=QUESTIONS, known_by=st.integers(0, 5))
def test_whatever_arrives_later_changes_no_answer_of_before(
    kind, tmp_path_factory, batches, more, asked, known_by
):
    with kept_in(kind, tmp_path_factory.mktemp("home")) as kept:
        for batch in batches:
            kept.put(*(record(lead, kept.clock() - back * HOUR, p) for lead, back, p in batch))
            kept.clock.pass_by()
        now = len(batches) - 1
        questions = [(lead, START + min(at, now) * HOUR) for lead, at in asked]
        limit = min(known_by, now)
        hindsight = START + limit * HOUR
        strict, late = kept.prices(*questions), kept.prices(*questions, known_by=hindsight)
        for batch in more:
            kept.put(*(record(lead, kept.clock() - back * HOUR, p) for lead, back, p in batch))
            kept.clock.pass_by()
        assert kept.prices(*questions) == strict
        assert kept.prices(*questions, known_by=hindsight) == late
    ats = [min(at, now) for _, at in asked]
    leads = [lead for lead, _ in asked]
    assert strict == [expected(batches, lead, at, at) for lead, at in zip(leads, ats, strict=True)]
    assert late == [expected(batches, lead, at, limit) for lead, at in zip(leads, ats, strict=True)]


@pytest.fixture
def on_aws(tmp_path):
    with kept_in("sagemaker offline", tmp_path) as kept:
        yield kept


def test_a_record_counts_from_when_it_lies_in_the_offline_store(on_aws):
    on_aws.service.lag = HOUR
    on_aws.put(record("a", START, 1.0))
    assert on_aws.last_known("a") == {}
    on_aws.clock.pass_by()
    assert on_aws.last_known("a") == {"a": 1.0}
    assert on_aws.prices(("a", START)) == [None]


def test_many_questions_go_in_statements_that_athena_takes(on_aws):
    on_aws.put(record("a" * 100, START, 1.0))
    asked = [("a" * 100, START)] * 2_500
    assert on_aws.prices(*asked) == [1.0] * 2_500
    assert on_aws.service.asked.count("StartQueryExecution") == 3


def test_a_yes_is_kept_as_a_number(on_aws):
    on_aws.put(record("a", START, gift=True, ordered=date(2026, 3, 1)))
    (row,) = on_aws.service.offline().to_pylist()
    assert (row["gift"], row["ordered"], row["price"]) == (1, "2026-03-01", None)
    assert row[EVENT_TIME] == "2026-03-02T12:00:00.000Z"


@pytest.mark.parametrize("state", ["FAILED", "CANCELLED"])
def test_a_failed_query_says_why(on_aws, state):
    on_aws.service.athena_says = state
    with pytest.raises(DependencyUnavailable, match=f"is {state}: planted"):
        on_aws.last_known("a")


def test_a_query_without_end_is_stopped(on_aws):
    on_aws.service.athena_says = "RUNNING"
    with pytest.raises(DependencyUnavailable, match="was stopped after 0:00:00"):
        on_aws.last_known("a")
    assert on_aws.service.asked[-1] == "StopQueryExecution"


def test_what_the_service_refuses_is_said_in_one_line(on_aws):
    on_aws.service.fails = [(403, "AccessForbidden")]
    with pytest.raises(DependencyUnavailable, match=f"AUTH: .*{NAME}.* denies PutRecord"):
        on_aws.put(record("a", START, 1.0))


def test_after_a_fault_no_further_records_are_tried(on_aws):
    on_aws.service.fails = [(403, "AccessForbidden")] * 5_000
    with pytest.raises(DependencyUnavailable, match="AUTH"):
        on_aws.put(*(record(f"lead {n}", START) for n in range(5_000)))
    assert len(on_aws.service.fails) >= 4_500


def test_a_hiccup_is_survived(on_aws, monkeypatch):
    monkeypatch.setattr("time.sleep", lambda _: None)
    on_aws.service.fails = [(503, "ServiceUnavailable"), (500, "InternalFailure")]
    assert on_aws.put(record("a", START, 1.0)) == 1
    assert on_aws.last_known("a") == {"a": 1.0}
