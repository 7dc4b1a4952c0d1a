"""MLflow's scoring protocol: four shapes in, predictions out, and pointers into what was sent."""

import httpx
import pytest

ROWS = [
    {"total_visits": 3, "total_time_on_website": 900},
    {"total_visits": 1, "total_time_on_website": 20},
]
COLUMNS = list(ROWS[0])
CELLS = [list(row.values()) for row in ROWS]


def lists(rows: list[dict[str, object]]) -> dict[str, list[object]]:
    return {name: [row[name] for row in rows] for name in COLUMNS}


def invoke(client: httpx.Client, document: object) -> httpx.Response:
    return client.post("/invocations", json=document)


SHAPES = {
    "split": {"dataframe_split": {"columns": COLUMNS, "data": CELLS, "index": [7, 8]}},
    "records": {"dataframe_records": ROWS},
    "instances": {"instances": ROWS},
    "inputs by row": {"inputs": ROWS},
    "inputs by column": {"inputs": lists(ROWS)},
    "inputs by column, nested": {"inputs": {n: [[c] for c in v] for n, v in lists(ROWS).items()}},
}


@pytest.mark.parametrize("document", SHAPES.values(), ids=SHAPES)
def test_each_shape_gets_a_pair_of_probabilities_per_row(client, document):
    answer = invoke(client, document)
    assert answer.status_code == 200, answer.text
    alone = [client.post("/v1/score", json={"prospect_id": "a", **row}).json() for row in ROWS]
    chances = [lead["probability"] for lead in alone]
    assert answer.json() == {"predictions": [[1 - chance, chance] for chance in chances]}


BAD = [{**ROWS[0], "total_visits": -1}, {**ROWS[1], "total_time_on_website": "soon"}]
POINTERS = {
    "split": (
        {"dataframe_split": {"columns": COLUMNS, "data": [list(row.values()) for row in BAD]}},
        ["/dataframe_split/data/0/0", "/dataframe_split/data/1/1"],
    ),
    "records": (
        {"dataframe_records": BAD},
        ["/dataframe_records/0/total_visits", "/dataframe_records/1/total_time_on_website"],
    ),
    "inputs": (
        {"inputs": lists(BAD)},
        ["/inputs/total_visits/0", "/inputs/total_time_on_website/1"],
    ),
}


@pytest.mark.parametrize(("document", "pointers"), POINTERS.values(), ids=POINTERS)
def test_a_fault_in_any_row_refuses_all_and_points_to_the_cell(client, document, pointers):
    answer = invoke(client, document)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["pointer"] for error in answer.json()["errors"]] == pointers


WRONG = {
    "two shapes": ({"instances": ROWS, "inputs": ROWS}, None),
    "no rows": ({"dataframe_records": []}, "/dataframe_records"),
    "no list": ({"instances": 7}, "/instances"),
    "rows without names": ({"instances": CELLS}, "/instances/0"),
    "no columns": ({"dataframe_split": {"data": CELLS}}, "/dataframe_split/columns"),
    "unknown key": ({"dataframe_split": {"rows": CELLS}}, "/dataframe_split"),
    "twice": ({"dataframe_split": {"columns": ["a", "a"], "data": []}}, "/dataframe_split/columns"),
    "short row": (
        {"dataframe_split": {"columns": COLUMNS, "data": [*CELLS, [1]]}},
        "/dataframe_split/data/2",
    ),
    "uneven columns": ({"inputs": {"total_visits": [1, 2], "country": ["India"]}}, "/inputs"),
    "no column": ({"inputs": {"total_visits": 1}}, "/inputs/total_visits"),
}


@pytest.mark.parametrize(("document", "pointer"), WRONG.values(), ids=WRONG)
def test_what_is_no_table_is_refused_with_a_pointer(client, document, pointer):
    answer = invoke(client, document)
    assert answer.status_code == 422
    assert answer.json()["errors"][0].get("pointer") == pointer
