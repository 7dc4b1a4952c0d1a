"""Records of watches in the lake: newest first, and a broken one hides no other."""

import logging
from datetime import UTC, datetime, timedelta

import pytest

from ml.adapters.local_lake import LocalLake
from ml.contract.errors import AccessDenied, LeadwiseError
from ml.contract.records import ColumnDrift, RetrainRequest, RowCount, ScoreBin, WatchRecord
from ml.contract.watching import Signal
from ml.steps.watch_history import (
    broken_watches,
    keep_watch,
    past_watches,
    read_watch,
    watch_folder,
)

FIRST = datetime(2026, 11, 1, 9, tzinfo=UTC)
BARE = {
    "state": "OK", "reference": "train", "drifted_share": None, "prediction_psi": None,
    "columns": (), "report": None, "run_id": None, "retrain": None,
}  # fmt: skip


def record(week=0, **changed):
    rows = RowCount(received=week + 1, accepted=week + 1)
    at = (FIRST + timedelta(weeks=week)).isoformat()
    return WatchRecord(**(BARE | {"rows": rows, "watched_at": at} | changed))


def keep(lake, week, **changed):
    folder = watch_folder("leads", "engaged", FIRST + timedelta(weeks=week), f"run{week}")
    return keep_watch(lake, folder, record(week, **changed))


def spoil(lake, key, content):
    with lake.scratch() as folder:
        (folder / "file").write_bytes(content)
        lake.publish(key, folder / "file")


@pytest.fixture
def lake(tmp_path):
    return LocalLake(tmp_path)


def test_there_is_no_history_before_the_first_watch(lake):
    assert past_watches(lake, "leads", "engaged") == []


def test_every_field_comes_back_as_it_was(lake):
    drift = ColumnDrift(
        column="city", test="chi_square", statistic=3.0, p_value=0.1, psi=0.3, missing_change=0.0,
        drifted=True,
    )  # fmt: skip
    request = RetrainRequest(
        use_case="leads", moment="engaged", reasons=("drift",), figures={"drifted_share": 0.4}
    )
    whole = record(
        columns=(drift,), retrain=request, signals=(Signal(watched="data", name="psi", value=0.3),),
        severity="medium", scores=(ScoreBin(low=0, high=0.05, reference=0.5, current=0.4),),
    )  # fmt: skip
    assert read_watch(lake, keep(lake, 0)) == record(0)
    key = keep_watch(lake, watch_folder("leads", "engaged", FIRST, "whole"), whole)
    assert read_watch(lake, key) == whole


def test_the_newest_come_first_and_no_more_than_are_asked_for(lake):
    for week in (2, 0, 1):
        keep(lake, week)
    assert [past.rows.accepted for past in past_watches(lake, "leads", "engaged")] == [3, 2, 1]
    assert past_watches(lake, "leads", "engaged", most=1) == [record(2)]
    assert past_watches(lake, "leads", "engaged", most=0) == []
    assert past_watches(lake, "leads", "arrival") == []


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"state": "OK"}', b"\xff\xfe", b"null"])
def test_a_broken_file_is_named_and_hides_no_other(lake, caplog, content):
    keep(lake, 0)
    keep(lake, 2)
    broken = f"{watch_folder('leads', 'engaged', FIRST + timedelta(weeks=1), 'x')}/watch.json"
    spoil(lake, broken, content)
    with caplog.at_level(logging.WARNING):
        assert past_watches(lake, "leads", "engaged") == [record(2), record(0)]
    assert broken in caplog.text
    (said,) = broken_watches(lake, "leads", "engaged")
    assert said.startswith(f"{broken} is no record of a watch")
    with pytest.raises(LeadwiseError, match="is no record of a watch"):
        read_watch(lake, broken)


def test_f37_a_lake_that_denies_is_no_empty_history(lake):
    keep(lake, 0)

    class Denying(LocalLake):
        def fetch(self, key, version=None):
            raise AccessDenied(f"AUTH: {key} may not be read")

    with pytest.raises(AccessDenied, match=r"AUTH: drift/leads/engaged/.*watch\.json"):
        past_watches(Denying(lake._root), "leads", "engaged")


def test_a_record_of_before_there_were_signals_is_read(lake):
    key = f"{watch_folder('leads', 'engaged', FIRST, 'old')}/watch.json"
    spoil(
        lake, key,
        b'{"state": "OK", "reference": "t", "rows": {"received": 1, "accepted": 1}, "columns": [],'
        b' "drifted_share": 0, "prediction_psi": null, "report": null, "run_id": "r",'
        b' "retrain": null}',
    )  # fmt: skip
    (found,) = past_watches(lake, "leads", "engaged")
    assert (found.signals, found.severity, found.scores, found.watched_at) == ((), None, (), "")


def test_reports_beside_the_records_are_no_records(lake):
    key = keep(lake, 0)
    spoil(lake, key.replace("watch.json", "report.json"), b"{}")
    assert past_watches(lake, "leads", "engaged") == [record(0)]
    assert broken_watches(lake, "leads", "engaged") == []
