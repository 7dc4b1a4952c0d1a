"""`leadwise leakage` and `leadwise explore` as a person or a script meets them."""

import json

import pandas as pd
import pytest

from tests.support.command_line import leadwise


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A clean file and one with a planted leak, of the same leads."""
    folder = tmp_path_factory.mktemp("leads")
    words = ("generate", "lead_conversion")
    for name, switches in (("clean", ()), ("leaking", ("--planted-leak",))):
        file = folder / f"{name}.csv"
        made = leadwise(*words, file, "--rows", 3_000, "--seed", 5, *switches)
        assert made.code == 0, made.err
    return folder


def test_a_clean_file_passes_and_tells_every_column(files):
    done = leadwise("leakage", "lead_conversion", "--data", files / "clean.csv", "--json")
    assert done.code == 0, done.err
    told = json.loads(done.out)
    assert told["leaks"] == []
    assert (told["rows"], told["ordered_by"]) == (3_000, "Lead Number")
    assert {column["verdict"] for column in told["columns"]} == {"CLEAR"}
    assert [skill["moment"] for skill in told["moments"]] == ["arrival", "engaged", "contacted"]


def test_a_planted_leak_is_told_as_table_json_and_page_with_exit_code_3(files, tmp_path):
    page = tmp_path / "leaks.html"
    words = ("leakage", "lead_conversion", "--data", files / "leaking.csv", "--html", page)
    shown, told = leadwise(*words), leadwise(*words, "--json")
    assert (shown.code, told.code) == (3, 3)
    assert "Follow Up Code" in shown.out
    assert "the outcome of lead_conversion is given away by 'Follow Up Code'" in shown.err
    assert "Traceback" not in shown.err
    (leak,) = (one for one in json.loads(told.out)["columns"] if one["verdict"] == "LEAK")
    assert (leak["source"], leak["declared"], leak["agrees"]) == ("Follow Up Code", False, False)
    assert leak["evidence"]["alone"]["value"] > 0.95
    assert leak["evidence"]["decided"]
    assert "Follow Up Code" in page.read_text("utf-8")


def test_a_moment_needs_its_own_columns_only(files, tmp_path):
    leads = pd.read_csv(files / "clean.csv", dtype=str, keep_default_na=False)
    file = tmp_path / "arrival.csv"
    leads.drop(columns=["Tags", "Lead Quality", "Lead Profile"]).to_csv(file, index=False)
    words = ("leakage", "lead_conversion", "--data", file, "--json")
    assert leadwise(*words, "--moment", "arrival").code == 0
    refused = leadwise(*words)
    assert refused.code == 2
    assert "'Tags'" in json.loads(refused.out)["error"]["message"]


def test_an_undeclared_number_is_read_as_one(files, tmp_path):
    leads = pd.read_csv(files / "clean.csv", dtype=str, keep_default_na=False)
    leads["Paid"] = [
        f"{row % 97 + 200 * (won == '1')}.5" for row, won in enumerate(leads["Converted"])
    ]
    file = tmp_path / "paid.csv"
    leads.to_csv(file, index=False)
    done = leadwise("leakage", "lead_conversion", "--data", file, "--json")
    assert done.code == 3
    told = json.loads(done.out)
    (paid,) = (one for one in told["columns"] if one["source"] == "Paid")
    assert paid["verdict"] == "LEAK"
    assert any(" to " in level["level"] for level in paid["evidence"]["decided"])


def test_undeclared_columns_of_parquet_that_are_neither_text_nor_numbers_are_named(files, tmp_path):
    leads = pd.read_csv(files / "clean.csv", dtype="string", keep_default_na=False)
    leads["Paid"] = leads["Converted"] == "1"
    leads["Code"] = leads["Converted"].map({"1": "sold", "0": "lost"})
    file = tmp_path / "leads.parquet"
    leads.to_parquet(file)
    done = leadwise("leakage", "lead_conversion", "--data", file, "--json")
    assert done.code == 3, done.err
    assert json.loads(done.out)["leaks"] == ["Code"]
    assert "not looked at, as they hold neither text nor numbers: 'Paid'" in done.err


def test_leads_of_one_outcome_are_refused_in_one_line(files, tmp_path):
    leads = pd.read_csv(files / "clean.csv", dtype=str, keep_default_na=False)
    leads["Converted"] = ["1"] * 4 + ["0"] * (len(leads) - 4)
    file, page = tmp_path / "few.csv", tmp_path / "page.html"
    leads.to_csv(file, index=False)
    for words in (("leakage",), ("explore", "--output", page)):
        done = leadwise(*words, "lead_conversion", "--data", file)
        assert done.code == 3
        (line,) = [line for line in done.err.splitlines() if line.startswith("error: ")]
        assert "occurs 4 times in 3000 rows" in line
        assert "6 more" in line
    assert not page.exists()


def test_explore_writes_one_page(files, tmp_path):
    page = tmp_path / "report.html"
    done = leadwise(
        *("explore", "lead_conversion", "--data", files / "leaking.csv", "--output", page),
        *("--moment", "contacted"),
    )
    assert done.code == 0, done.err
    assert f"report in {page}" in done.err
    html = page.read_text("utf-8")
    for word in ("3,000", "Lead Source", "Tags", "Select", "Over time", "Follow Up Code"):
        assert word in html, word
    assert sorted(tmp_path.iterdir()) == [page]


def test_explore_takes_a_column_without_values_and_shows_what_was_held_back(files, tmp_path):
    leads = pd.read_csv(files / "clean.csv", dtype=str, keep_default_na=False)
    leads["City"] = ""
    leads.loc[:2, "TotalVisits"] = "many"
    file, page = tmp_path / "odd.csv", tmp_path / "report.html"
    leads.to_csv(file, index=False)
    done = leadwise("explore", "lead_conversion", "--data", file, "--output", page)
    assert done.code == 0, done.err
    html = page.read_text("utf-8")
    assert 'id="held-back"' in html
    assert "2,997" in html


@pytest.mark.parametrize("words", [("leakage", "--html"), ("explore", "--output")])
def test_a_page_without_a_folder_is_refused_before_any_work(files, tmp_path, words):
    page = tmp_path / "nowhere" / "page.html"
    data = files / "clean.csv"
    done = leadwise(words[0], "lead_conversion", "--data", data, words[1], page)
    assert done.code == 2
    assert "there is no folder" in done.err
    assert "ingest" not in done.err


def test_ratings_are_explored_by_their_means(orders, second_use_case, tmp_path):
    from ml.cli.exploring import explore

    page = tmp_path / "orders.html"
    explore(second_use_case, orders, page)
    html = page.read_text("utf-8")
    for word in ("Mean rating", "Days Late", "Over time", "São Paulo interior"):
        assert word in html, word
