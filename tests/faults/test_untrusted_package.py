"""F6 to F9: a package that is not what it claims is refused before anything of it is used."""

import hashlib
import json
import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ml.contract.errors import UntrustedPackage
from ml.contract.modelling import BinaryTask
from ml.contract.names import Estimator
from ml.contract.schema import Schema
from ml.core.scoring import Scorer, package_sha256
from tests.support.packaging import small_pack
from tests.support.small_use_case import BINARY, ORDINAL, small_use_case

ENGINES = [
    Estimator.LIGHTGBM,
    Estimator.XGBOOST,
    Estimator.RANDOM_FOREST,
    Estimator.LOGISTIC_REGRESSION,
]
PLACES = (0.0, 0.01, 0.3, 0.5, 0.77, 0.99, 1.0)


@pytest.fixture(params=ENGINES, ids=str)
def packed(request):
    return small_pack(BINARY, request.param)


def refuse(files, match, *, use_case=BINARY, expected=None):
    with pytest.raises(UntrustedPackage, match=match) as caught:
        Scorer.load(files, version="1", use_case=use_case, expected_sha256=expected)
    assert "UNTRUSTED_ARTEFACT" in str(caught.value)
    assert "keep the model in force" in str(caught.value)
    return str(caught.value)


def vouched(files, **changed):
    """The package with some files changed, under a manifest that vouches for the changes."""
    files = files | {name.replace("_json", ".json"): content for name, content in changed.items()}
    manifest = json.loads(files["manifest.json"])
    manifest["files"] = {
        name: hashlib.sha256(content).hexdigest()
        for name, content in files.items()
        if name != "manifest.json"
    }
    return files | {"manifest.json": json.dumps(manifest).encode()}


@pytest.mark.parametrize("place", PLACES)
def test_one_flipped_bit_in_any_file(packed, place):
    expected = package_sha256(packed.files)
    for name, content in packed.files.items():
        at = min(int(place * len(content)), len(content) - 1)
        flipped = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
        message = refuse(packed.files | {name: flipped}, "has SHA-256", expected=expected)
        assert name in message
        assert hashlib.sha256(content).hexdigest() in message
        assert hashlib.sha256(flipped).hexdigest() in message


@pytest.mark.parametrize("keep", [0.0, 0.5, 0.999])
def test_truncated_and_empty_files(packed, keep):
    expected = package_sha256(packed.files)
    for name, content in packed.files.items():
        cut = content[: int(keep * len(content))]
        refuse(packed.files | {name: cut}, "has SHA-256", expected=expected)


def test_a_missing_file(packed):
    for name in packed.files:
        rest = {key: content for key, content in packed.files.items() if key != name}
        refuse(rest, f"(has no|lacks).*{name}")


def test_a_file_that_nobody_vouches_for(packed):
    refuse(packed.files | {"helper.py": b"import os"}, r"holds \['helper.py'\]")


def test_a_file_more_than_the_format_knows(packed):
    refuse(vouched(packed.files | {"helper.py": b"import os"}), r"holds \['helper.py'\]")


def test_no_file_at_all():
    refuse({}, "has no manifest.json")


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\xff\xfe", b"null", b'{"format": 2}'])
def test_a_manifest_that_is_none(packed, content):
    refuse(packed.files | {"manifest.json": content}, "manifest.json is unreadable")


@pytest.mark.parametrize("other", [1, 99])
def test_an_unknown_format(packed, other):
    manifest = json.loads(packed.files["manifest.json"]) | {"format": other}
    files = packed.files | {"manifest.json": json.dumps(manifest).encode()}
    refuse(files, f"format {other} is unknown, expected 2")


def test_a_package_other_than_the_registered_one(packed):
    seen = package_sha256(packed.files)
    message = refuse(packed.files, "has SHA-256", expected="0" * 64)
    assert seen in message
    assert "0" * 64 in message


def test_another_use_case(packed):
    refuse(
        packed.files, "'small', not 'other'", use_case=small_use_case(BinaryTask(), name="other")
    )


def test_another_task(packed):
    refuse(packed.files, "schema fingerprint", use_case=ORDINAL)


def test_columns_that_are_cleaned_differently_today(packed):
    changed = small_use_case(BinaryTask(event="returns"), note_high=2_000.0)
    refuse(packed.files, "cleaned differently", use_case=changed)


def test_new_words_for_people_need_no_new_model(packed):
    columns = tuple(replace(column, label=f"The {column.name}") for column in BINARY.schema.columns)
    reworded = replace(BINARY, title="Again", schema=Schema(columns=columns))
    Scorer.load(packed.files, version="1", use_case=reworded)


def test_golden_rows_that_are_not_reproduced(packed):
    golden = json.loads(packed.files["golden.json"])
    golden["predictions"][3] += 1e-5
    refuse(vouched(packed.files, golden_json=json.dumps(golden).encode()), "golden row 3 scores")


def test_a_gap_below_the_tolerance_passes(packed):
    golden = json.loads(packed.files["golden.json"])
    golden["predictions"][3] += 1e-8
    files = vouched(packed.files, golden_json=json.dumps(golden).encode())
    Scorer.load(files, version="1", use_case=BINARY)


@pytest.mark.parametrize(
    "name", ["encoder_json", "golden_json", "reference_json", "calibration_json"]
)
@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b"null", b"\x80\x04K\x01.", b'{"base": NaN}']
)
def test_vouched_files_that_are_not_what_they_are_called(packed, name, content):
    refuse(vouched(packed.files, **{name: content}), "not what its name says")


def linear_package(**changed):
    """A linear model with other numbers, vouched for."""
    files = small_pack(BINARY, Estimator.LOGISTIC_REGRESSION).files
    model = json.loads(files["model.json"]) | changed
    return vouched(files, model_json=json.dumps(model).encode())


def test_a_model_that_says_nothing():
    width = len(json.loads(linear_package()["model.json"])["coefficients"])
    refuse(linear_package(coefficients=[0.0] * width), "tells no leads apart")


def test_a_model_of_numbers_that_are_none():
    refuse(linear_package(intercept=float("nan")), "model file is no coefficients")


def test_a_model_of_another_width():
    refuse(linear_package(coefficients=[1.0], means=[0.0]), "model of 1")


def test_a_rating_in_place_of_a_probability():
    files = small_pack(BINARY, Estimator.LOGISTIC_REGRESSION).files
    manifest = json.loads(files["manifest.json"]) | {"link": "identity"}
    refuse(files | {"manifest.json": json.dumps(manifest).encode()}, "which is no probability")


class Canary:
    """What a pickle runs when somebody loads it."""

    def __init__(self, file):
        self.file = file

    def __reduce__(self):
        import os

        return (os.system, (f"touch {self.file}",))


def test_a_pickle_in_place_of_the_model_is_never_run(packed, tmp_path):
    canary = tmp_path / "canary"
    loaded = pickle.dumps(Canary(canary))
    name = next(n for n in packed.files if n.startswith("model."))
    refuse(packed.files | {name: loaded}, "has SHA-256", expected=package_sha256(packed.files))
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        files = vouched(packed.files | {name: pickle.dumps(Canary(canary), protocol=protocol)})
        refuse(files, "model")
    assert not canary.exists()
    pickle.loads(loaded)
    assert canary.exists(), "the pickle would not have run at all"


FRESH = """
import sys, json
class Away:
    def find_spec(self, name, *rest):
        if name.partition(".")[0] in {"sklearn", "pandas", "mlflow", "skops", "joblib"}:
            raise ImportError(f"{name} is not installed here")
sys.meta_path.insert(0, Away())
from pathlib import Path
from ml.core.scoring import Scorer
from ml.use_cases import find
folder, rows = Path(sys.argv[1]), json.loads(sys.stdin.read())
files = {file.name: file.read_bytes() for file in folder.iterdir()}
from tests_use_case import BINARY
scorer = Scorer.load(files, version="1", use_case=BINARY)
print(json.dumps([scorer.predict_clean(row) for row in rows]))
print(scorer.score_record({"order_id": "1", "price": "3"}, reasons=3).score, file=sys.stderr)
"""


def test_loads_in_a_fresh_process_without_the_training_libraries(packed, tmp_path):
    """F9: no class of a training script, no scikit-learn, no pandas."""
    for name, content in packed.files.items():
        (tmp_path / "package").mkdir(exist_ok=True)
        (tmp_path / "package" / name).write_bytes(content)
    root = Path(__file__).parents[2]
    case = root / "tests" / "support" / "small_use_case.py"
    (tmp_path / "tests_use_case.py").write_text(case.read_text())
    golden = json.loads(packed.files["golden.json"])
    rows = [{k: v for k, v in row.items() if k != "ordered"} for row in golden["records"]]
    run = subprocess.run(
        [sys.executable, "-c", FRESH, tmp_path / "package"],
        input=json.dumps(rows), capture_output=True, text=True, check=False, cwd=tmp_path,
        env={"PYTHONPATH": f"{root}:{tmp_path}", "PATH": ""},
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    here = [packed.scorer.predict_clean(row) for row in rows]
    assert json.loads(run.stdout) == pytest.approx(here, abs=1e-12)
