"""The warehouse away, busy, slow, changed or full: a named error, and nothing half-done."""

import json
from dataclasses import replace
from decimal import Decimal

import awswrangler as wr
import pyarrow.parquet as pq
import pytest

from ml.adapters.patience import Patience
from ml.adapters.redshift_decoding import decoded
from ml.contract.errors import (
    AccessDenied,
    Altered,
    DependencyUnavailable,
    Gone,
    OtherSchemaVersion,
    StatementFailed,
    StatementTooSlow,
    WarehouseAway,
    WarehouseBusy,
)
from ml.contract.moments import ENGAGED
from ml.contract.names import Purpose
from ml.contract.redshift_sql import Part
from ml.core.sample import sample_csv, write_csv
from ml.steps.clean import clean
from ml.steps.ingest import ingest
from ml.steps.score import score
from ml.use_cases.lead_conversion import LEAD_CONVERSION
from tests.support.data_api import DATABASE, SECRET, WORKGROUP
from tests.support.redshift import HASTE
from tests.support.warehouses import (
    LEADS,
    ROWS,
    SMALL,
    filled,
    leads_file,
    leads_schema,
    many,
    with_column,
)
from tests.support.watching import Told, deploy_model, generated, home_of

THROTTLED = ("ActiveStatementsExceededException", "Active statements exceeded the allowed quota")
BROKEN = ("InternalServerException", "try again")
NAMES = leads_schema().names
ALL = f"SELECT {', '.join(NAMES)} FROM {LEADS} ORDER BY line_number"
COUNT = f"SELECT count(*) AS n FROM {LEADS}"


class Clock:
    """Time that passes while somebody sleeps, and only then."""

    def __init__(self):
        self.now, self.pauses, self.most = 0.0, [], []

    def sleep(self, seconds):
        self.now += seconds
        self.pauses.append(seconds)

    def draw(self, low, high):
        self.most.append(high)
        return (low + high) / 2

    @property
    def patience(self):
        return Patience(sleep=self.sleep, clock=lambda: self.now, draw=self.draw)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def warehouse(redshift, tmp_path):
    """Prepared and loaded with three rows."""
    warehouse = redshift.warehouse()
    warehouse.prepare(SMALL)
    warehouse.load(LEADS, leads_file(tmp_path, ROWS), "v1")
    redshift.server.calls.clear()
    return warehouse


# F10: what Redshift refuses.


@pytest.mark.parametrize(
    ("refusal", "error", "told"),
    [
        (("ValidationException", "The workgroup is paused."), WarehouseAway, "is paused"),
        (("ValidationException", "Workgroup is not available"), WarehouseAway, "start again"),
        (("ResourceNotFoundException", "no such thing"), Gone, "no workgroup 'leadwise-dev'"),
        (("ValidationException", "Redshift endpoint doesn't exist in this region."), Gone, "regio"),
        (("AccessDeniedException", "User is not authorized"), AccessDenied, "AUTH: workgroup"),
        (("ExpiredTokenException", "token expired"), AccessDenied, "are current"),
        (("ValidationException", "Secrets Manager can't find the specified secret."),
         AccessDenied, SECRET),
        (("ValidationException", "Sqls is too long"), StatementFailed, "Sqls is too long"),
    ],
)  # fmt: skip
def test_a_refusal_is_told_once_by_name_and_not_asked_again(
    redshift, warehouse, refusal, error, told
):
    redshift.faults.always = refusal
    with pytest.raises(error, match=told) as refused:
        warehouse.query(COUNT)
    assert (refused.value.exit_code, redshift.server.count("ExecuteStatement")) == (4, 1)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("times", [1, 5])
def test_a_busy_warehouse_is_asked_again_and_answers(redshift, warehouse, times):
    redshift.faults.refusals = [THROTTLED] * times
    assert warehouse.query(COUNT)["n"].to_pylist() == [3]
    assert redshift.server.count("ExecuteStatement") == times + 1


def test_pauses_grow_with_full_jitter_and_end_with_the_budget(redshift, clock):
    redshift.faults.always = THROTTLED
    with pytest.raises(WarehouseBusy, match="raise its capacity"):
        redshift.warehouse(redshift.data(patience=clock.patience)).query(COUNT)
    assert clock.most[:6] == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0]
    assert clock.pauses[0] == 0.1  # a part of what it may be
    assert clock.now == 120.0


def test_a_breakdown_that_stays_is_no_throttling(redshift, clock):
    redshift.faults.always = BROKEN
    with pytest.raises(WarehouseAway, match="InternalServerException"):
        redshift.warehouse(redshift.data(patience=clock.patience)).query(COUNT)


def test_a_statement_that_does_not_end_is_cancelled_after_the_budget(redshift, warehouse, clock):
    redshift.faults.hanging = True
    slow = redshift.warehouse(redshift.data(patience=clock.patience))
    with pytest.raises(StatementTooSlow, match="after 120 seconds; it was cancelled"):
        slow.query(COUNT)
    assert redshift.server.count("CancelStatement") == 1
    redshift.faults.hanging = False
    assert warehouse.query(COUNT)["n"].to_pylist() == [3]


def test_whoever_is_interrupted_leaves_no_statement_running(redshift):
    def interrupt(_):
        raise KeyboardInterrupt

    redshift.faults.hanging = True
    with pytest.raises(KeyboardInterrupt):
        redshift.warehouse(redshift.data(patience=replace(HASTE, sleep=interrupt))).query(COUNT)
    assert redshift.server.count("CancelStatement") == 1


def test_that_it_cannot_be_cancelled_does_not_hide_why_it_was_given_up(redshift, clock):
    redshift.faults.hanging = True
    redshift.faults.only, redshift.faults.always = "CancelStatement", BROKEN
    with pytest.raises(StatementTooSlow):
        redshift.warehouse(redshift.data(patience=clock.patience)).query(COUNT)


@pytest.mark.parametrize(
    ("ending", "error", "told"),
    [
        (("ABORTED", "cancelled on user's request"), StatementFailed, "ABORTED: cancelled"),
        (("FAILED", ""), StatementFailed, "FAILED: no reason given, running 'SELECT count"),
        (("FAILED", 'FATAL: password authentication failed for user "x"'), AccessDenied, SECRET),
        (("FAILED", "ERROR: permission denied for relation leads"), AccessDenied, "AUTH"),
        (("FAILED", "ERROR: must be owner of relation leads"), AccessDenied, "owner of relation"),
        (("FAILED", "the workgroup is resuming"), WarehouseAway, "resuming"),
    ],
)  # fmt: skip
def test_a_statement_that_fails_is_told_by_what_went_wrong(
    redshift, warehouse, ending, error, told
):
    redshift.faults.ending = ending
    with pytest.raises(error, match=told):
        warehouse.query(COUNT)
    assert redshift.server.count("ExecuteStatement") == 1


@pytest.mark.parametrize("fault", ["lost", "silent"])
def test_an_answer_that_is_lost_does_not_run_the_statement_twice(
    redshift, warehouse, tmp_path, fault
):
    setattr(redshift.faults, fault, 4)
    before = len(redshift.server.statements)
    assert warehouse.load(LEADS, leads_file(tmp_path, ROWS), "v2") == 3
    # What the table has, and the load: the client asked five times for the first alone.
    assert len(redshift.server.statements) == before + 2
    assert redshift.server.count("ExecuteStatement") >= 3
    tokens = {asked["ClientToken"] for name, asked in redshift.server.calls if "Execute" in name}
    assert len(tokens) == 2


def test_the_same_run_asks_with_the_same_tokens_and_another_with_others(redshift, warehouse):
    del warehouse
    for run in ("one", "one", "two"):
        redshift.warehouse(redshift.data(run=run)).query(COUNT)
    asked = [told["ClientToken"] for name, told in redshift.server.calls if "Exec" in name]
    assert asked[0] == asked[1] != asked[2]


def test_an_unreachable_region_is_a_warehouse_that_is_away(redshift, monkeypatch, free_port):
    monkeypatch.setenv("AWS_ENDPOINT_URL_REDSHIFT_DATA", f"http://127.0.0.1:{free_port}")
    with pytest.raises(WarehouseAway, match="out of reach"):
        redshift.warehouse().query(COUNT)


def test_a_role_of_its_own_needs_no_secret(redshift, warehouse):
    assert warehouse.query(COUNT)["n"].to_pylist() == [3]
    assert redshift.warehouse(redshift.data(secret="")).query(COUNT)["n"].to_pylist() == [3]
    *_, (_, last) = [call for call in redshift.server.calls if call[0] == "ExecuteStatement"]
    assert "SecretArn" not in last


def test_a_secret_that_is_not_there_names_itself_and_exits_with_4(redshift):
    gone = SECRET.replace("warehouse-", "lost-")
    with pytest.raises(AccessDenied, match=f"secret '{gone}'") as refused:
        redshift.warehouse(redshift.data(secret=gone)).prepare(SMALL)
    assert refused.value.exit_code == 4
    assert len(redshift.server.calls) == 1


def test_a_role_that_is_not_the_warehouses_is_denied(redshift, warehouse, tmp_path):
    other = redshift.warehouse(role="arn:aws:iam::123456789012:role/other")
    with pytest.raises(AccessDenied, match="not authorized to assume IAM Role"):
        other.export(ALL, tmp_path / "out.parquet")
    with pytest.raises(AccessDenied, match="AUTH"):
        other.load(LEADS, leads_file(tmp_path, ROWS[:1]), "v1")
    assert warehouse.query(COUNT)["n"].to_pylist() == [3]


# F11: results of every size and shape.


def test_every_page_is_read(redshift, warehouse, tmp_path):
    rows = many(2_000)
    warehouse.load(LEADS, leads_file(tmp_path, rows), "v1")
    redshift.server.page_bytes = 1_000
    redshift.server.calls.clear()
    assert warehouse.query(ALL).to_pylist() == [filled(row) for row in rows]
    assert redshift.server.count("GetStatementResult") > 20


def test_null_is_none_and_neither_true_nor_empty(warehouse):
    last = warehouse.query(ALL).to_pylist()[-1]
    assert [last[name] for name in ("gift", "shop", "items", "price", "ordered")] == [None] * 5
    counted = "SELECT count(gift) AS gifts, count(shop) AS shops FROM small.leads"
    assert warehouse.query(counted).to_pylist() == [{"gifts": 2, "shops": 2}]


@pytest.mark.parametrize(
    ("type", "field", "value"),
    [
        ("numeric", {"stringValue": "-12.30"}, Decimal("-12.30")),
        ("int8", {"longValue": 2**53 + 1}, 2**53 + 1),
        ("int8", {"stringValue": str(2**53 + 1)}, 2**53 + 1),
        ("float8", {"doubleValue": 1e-300}, 1e-300),
        ("bool", {"booleanValue": False}, False),
        ("varchar", {"stringValue": "true"}, "true"),
        ("super", {"stringValue": "{}"}, "{}"),
        ("timestamptz", {"stringValue": "2026-02-28 13:14:15+00"}, "2026-02-28T13:14:15+00:00"),
    ],
)
def test_a_value_is_decoded_by_its_columns_type(type, field, value):
    column = {"name": "x", "typeName": type, "precision": 18, "scale": 2}
    page = {"ColumnMetadata": [column], "Records": [[field], [{"isNull": True}]]}
    first, second = decoded([page])["x"].to_pylist()
    assert (first.isoformat() if type == "timestamptz" else first) == value
    assert second is None


def test_a_row_of_64_kb_comes_whole(redshift, warehouse, tmp_path):
    wide = {"line_number": 2, "order_id": "o" * 32_000, "shop": "ü" * 16_000}
    warehouse.load(LEADS, leads_file(tmp_path, [wide]), "v1")
    assert warehouse.query(ALL).to_pylist() == [filled(wide)]
    assert redshift.server.count("GetStatementResult") == 2  # the other told the columns


def test_a_row_that_is_too_large_for_a_page_comes_by_unload(redshift, warehouse, tmp_path):
    wide = {"line_number": 2, "order_id": "o" * 32_000, "shop": "s" * 32_768, "region": "r" * 256}
    wide["size"] = "x" * 256
    wide["region_group"] = "g" * 256
    warehouse.load(LEADS, leads_file(tmp_path, [wide]), "v1")
    doubled = ALL.replace("shop", "shop, shop AS again", 1)
    assert warehouse.query(doubled).to_pylist() == [filled(wide) | {"again": wide["shop"]}]
    assert redshift.staged() == []


def test_a_result_above_50_mb_comes_by_unload(redshift, warehouse):
    redshift.faults.told_bytes = 50 * 2**20
    assert warehouse.query(ALL).num_rows == 3
    assert redshift.server.count("GetStatementResult") == 1
    redshift.faults.told_bytes += 1
    found = warehouse.query(f"{ALL.replace('ORDER', 'WHERE gift = :gift ORDER')}", {"gift": True})
    assert found.to_pylist() == [filled(ROWS[0])]
    assert redshift.server.count("GetStatementResult") == 1
    (unload,) = [t["Sql"] for n, t in redshift.server.calls if t.get("Sql", "").startswith("UNLO")]
    assert unload.endswith("FORMAT AS PARQUET MANIFEST VERBOSE PARALLEL OFF")
    assert redshift.staged() == []


def test_parts_of_an_export_are_put_together_in_order(redshift, warehouse, tmp_path):
    rows = many(1_000)
    warehouse.load(LEADS, leads_file(tmp_path, rows), "v1")
    redshift.server.statements.engine.part_rows = 300
    assert warehouse.export(ALL, tmp_path / "out.parquet") == 1_000
    assert pq.read_table(tmp_path / "out.parquet").to_pylist() == [filled(row) for row in rows]
    assert redshift.staged() == []


@pytest.mark.parametrize("lie", ["content_length", "record_count"])
def test_a_part_that_is_not_what_was_written_is_no_result(redshift, warehouse, tmp_path, lie):
    usual = redshift.own.put_object

    def put(*, Key, Body, **more):
        if Key.endswith("manifest"):
            told = json.loads(Body)
            told["entries"][0]["meta"][lie] += 1
            Body = json.dumps(told)
        return usual(Key=Key, Body=Body, **more)

    redshift.own.put_object = put
    with pytest.raises(Altered, match="is not what the warehouse wrote"):
        warehouse.export(ALL, tmp_path / "out.parquet")
    assert [f.name for f in tmp_path.iterdir() if "out" in f.name] == []
    assert redshift.staged() == []


def test_a_query_with_a_parameter_that_nobody_gave_is_refused(warehouse, tmp_path):
    sql = f"{COUNT} WHERE region = :region"
    with pytest.raises(StatementFailed, match="region"):
        warehouse.query(sql)
    with pytest.raises(StatementFailed, match=":region, which has no value"):
        warehouse.export(sql, tmp_path / "out.parquet", {"other": 1})


def test_an_empty_text_is_a_parameter_like_any_other(warehouse):
    sql = f"SELECT line_number FROM {LEADS} WHERE shop = :shop AND order_id = :id"
    assert warehouse.query(sql, {"shop": "", "id": "a"})["line_number"].to_pylist() == [2]


# Loading files that lie in S3.


def _parts(redshift, tmp_path, *slices):
    """Files of rows as a Glue job leaves them."""
    parts = []
    for number, rows in enumerate(slices):
        file = leads_file(tmp_path, rows)
        key = f"clean/part-{number}.parquet"
        redshift.s3.upload_file(str(file), redshift.bucket, key)
        parts.append(Part(f"s3://{redshift.bucket}/{key}", file.stat().st_size))
    return parts


def test_files_that_lie_in_s3_are_loaded_together(redshift, warehouse, tmp_path):
    parts = _parts(redshift, tmp_path, many(10), ROWS[:2])
    assert warehouse.load_parts(LEADS, parts, "v1", columns=NAMES) == 12
    assert warehouse.query(COUNT)["n"].to_pylist() == [12]
    assert warehouse.load_parts(LEADS, [], "v1", columns=NAMES) == 0
    assert warehouse.query(COUNT)["n"].to_pylist() == [0]
    assert redshift.staged() == []


def test_a_manifest_that_names_a_missing_file_loads_nothing(redshift, warehouse, tmp_path):
    there = _parts(redshift, tmp_path, many(10))
    missing = Part(f"s3://{redshift.bucket}/clean/lost.parquet", 8)
    with pytest.raises(Gone, match=r"clean/lost\.parquet.*write the files again") as refused:
        warehouse.load_parts(LEADS, [*there, missing], "v1", columns=NAMES)
    assert refused.value.exit_code == 4
    assert "\n" not in str(refused.value)
    assert warehouse.query(ALL).to_pylist() == [filled(row) for row in ROWS]
    assert redshift.staged() == []


def test_a_file_that_changed_since_it_was_listed_loads_nothing(redshift, warehouse, tmp_path):
    (part,) = _parts(redshift, tmp_path, many(10))
    with pytest.raises(StatementFailed, match="another size"):
        warehouse.load_parts(LEADS, [part._replace(bytes=part.bytes - 1)], "v1", columns=NAMES)
    assert warehouse.query(COUNT)["n"].to_pylist() == [3]


def test_files_with_other_columns_than_said_load_nothing(redshift, warehouse, tmp_path):
    parts = _parts(redshift, tmp_path, many(10))
    with pytest.raises(StatementFailed, match="columns"):
        warehouse.load_parts(LEADS, parts, "v1", columns=NAMES[:-1])
    assert warehouse.query(COUNT)["n"].to_pylist() == [3]


# A table of another schema version.


def test_a_table_whose_column_has_another_type_is_refused_with_both(redshift, warehouse):
    wanted = with_column(SMALL, "mood")
    redshift.data().execute("ALTER TABLE small.leads ADD COLUMN mood BOOLEAN")
    with pytest.raises(OtherSchemaVersion) as refused:
        warehouse.prepare(wanted)
    assert str(refused.value).startswith(
        "table small.leads is of another schema version: column 'mood' is boolean there and bigint "
        "in the use case; run the code that made the table, or give"
    )
    assert refused.value.exit_code == 2
    assert warehouse.query(ALL).num_rows == 3


def test_tables_are_changed_together_or_not_at_all(redshift, warehouse):
    redshift.data().execute("DROP TABLE small.schema_versions")
    redshift.data().execute("CREATE TABLE small.schema_versions (version INTEGER)")
    with pytest.raises(StatementFailed, match="INSERT has more expressions"):
        warehouse.prepare(with_column(SMALL, "mood"))
    assert "mood" not in warehouse.query(f"SELECT * FROM {LEADS}").column_names


# An outside client.


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_awswrangler_reads_the_same_rows(warehouse):
    connection = wr.data_api.redshift.connect(
        workgroup_name=WORKGROUP, database=DATABASE, secret_arn=SECRET
    )
    sql = f"""SELECT line_number, order_id, price, gift, shop, ordered,
        CAST(items AS VARCHAR) AS items FROM {LEADS} ORDER BY 1"""
    frame = wr.data_api.redshift.read_sql_query(sql, connection)
    theirs = frame.astype(object).where(frame.notna(), None).to_dict("records")
    ours = warehouse.query(sql).to_pylist()
    assert [row | {"ordered": str(row["ordered"])} for row in theirs] == [
        row | {"ordered": str(row["ordered"])} for row in ours
    ]


def test_the_stand_in_hears_what_is_not_sql(redshift):
    with pytest.raises(DependencyUnavailable, match="syntax error"):
        redshift.data().execute("SELEKT 1")


# What goes on without the warehouse, and what does not.


class Away:
    """A warehouse that nobody can reach."""

    def __getattr__(self, name):
        raise WarehouseAway(f"{name}: workgroup 'leadwise-dev' is paused; start again")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    runtime = home_of(tmp_path_factory.mktemp("home"), Told())
    deploy_model(runtime, generated(rows=400, seed=1), ENGAGED)
    return runtime


def test_scoring_goes_on_while_the_warehouse_is_away(home, tmp_path):
    leads = tmp_path / "leads.csv"
    leads.write_bytes(sample_csv(LEAD_CONVERSION, rows=50, seed=2))
    away = replace(home, warehouse=Away())
    done = score(
        LEAD_CONVERSION, away, source=leads, output=tmp_path / "scored.csv", moment=ENGAGED
    )
    assert done.rows.accepted == 50


def test_cleaning_to_train_ends_with_4_and_leaves_no_clean_file(home, tmp_path):
    leads = tmp_path / "leads.csv"
    with leads.open("wb") as stream:
        write_csv(LEAD_CONVERSION, stream, rows=50, seed=5)
    admitted = ingest(LEAD_CONVERSION, home, source=leads, purpose=Purpose.TRAIN, moment=ENGAGED)
    before = home.lake.keys("clean/")
    with pytest.raises(WarehouseAway) as away:
        clean(LEAD_CONVERSION, replace(home, warehouse=Away()), ingest=admitted)
    assert away.value.exit_code == 4
    assert home.lake.keys("clean/") == before
    record = clean(LEAD_CONVERSION, home, ingest=admitted)
    assert home.lake.exists(record.clean)
