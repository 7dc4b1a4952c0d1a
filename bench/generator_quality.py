"""How close the synthetic leads come to the real file.

Recipe::

    python -m bench.generator_quality Leads.csv [seed]

Prints the figures of each measure; `tests/data/test_generator.py` holds them to their limits.
"""

import sys
from collections.abc import Sequence

import lightgbm as lgb
import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold

from ml.core.generator import generate_leads
from ml.core.generator.columns import (
    ACTIVITY_INDEX,
    ACTIVITY_SCORE,
    CONVERTED,
    HOW_HEARD,
    ID_COLUMNS,
    LAST_ACTIVITY,
    LAST_NOTABLE_ACTIVITY,
    OCCUPATION,
    PROFILE_INDEX,
    PROFILE_SCORE,
    SOURCE_COLUMNS,
    WHAT_MATTERS,
)

NUMERIC = ("TotalVisits", "Total Time Spent on Website", "Page Views Per Visit",
           ACTIVITY_SCORE, PROFILE_SCORE)  # fmt: skip
CONTACTED = tuple(n for n in SOURCE_COLUMNS if n not in (*ID_COLUMNS, CONVERTED))
ENGAGED = tuple(n for n in CONTACTED if n not in ("Tags", "Lead Quality", "Lead Profile"))
LATE = (LAST_ACTIVITY, LAST_NOTABLE_ACTIVITY, ACTIVITY_INDEX, PROFILE_INDEX, ACTIVITY_SCORE,
        PROFILE_SCORE, OCCUPATION, WHAT_MATTERS, HOW_HEARD)  # fmt: skip
ARRIVAL = tuple(n for n in ENGAGED if n not in LATE)
SMOOTHING = 10
"""Leads of the average outcome that each group is blended with."""
MOMENTS = {"CONTACTED": CONTACTED, "ENGAGED": ENGAGED, "ARRIVAL": ARRIVAL}


def read_leads(source: str) -> pd.DataFrame:
    """The real file, with `Select` and missing kept apart."""
    return pd.read_csv(source, keep_default_na=False, na_values=[""])


def synthesize(rows: int, seed: int) -> pd.DataFrame:
    """Synthetic leads as one frame."""
    return pd.concat(list(generate_leads(rows=rows, seed=seed)), ignore_index=True)


def design(leads: pd.DataFrame, names: Sequence[str], like: pd.DataFrame) -> pd.DataFrame:
    """Numbers as floats, everything else as categories of the frame `like`."""
    return pd.DataFrame({name: _column(leads[name], like[name], name) for name in names})


def _column(values: pd.Series, like: pd.Series, name: str) -> pd.Series:
    if name in NUMERIC or name in (CONVERTED, *ID_COLUMNS):
        return values.astype("Float64").astype(float)
    levels = sorted(set(like.dropna().astype(str)))
    return pd.Series(pd.Categorical(values.astype(object), categories=levels))


def model(seed: int = 0) -> lgb.LGBMClassifier:
    """The one classifier behind every measure."""
    return lgb.LGBMClassifier(
        n_estimators=250, learning_rate=0.04, num_leaves=15, min_child_samples=20,
        subsample=0.8, subsample_freq=1, colsample_bytree=0.7, random_state=seed,
        n_jobs=1, verbose=-1,
    )  # fmt: skip


def transfer_auc(train: pd.DataFrame, test: pd.DataFrame, names: Sequence[str]) -> float:
    """AUC on one frame of a model trained on another."""
    both = pd.concat([train, test], ignore_index=True)
    fitted = model().fit(design(train, names, both), train[CONVERTED].astype(int))
    scores = np.asarray(fitted.predict_proba(design(test, names, both)))[:, 1]
    return float(roc_auc_score(test[CONVERTED].astype(int), scores))


def cross_fitted_auc(x: pd.DataFrame, y: np.ndarray, classifier: lgb.LGBMClassifier) -> float:
    """AUC of out-of-fold scores over five folds."""
    scores = np.empty(len(y))
    for train, test in StratifiedKFold(5, shuffle=True, random_state=0).split(x, y):
        classifier.fit(x.iloc[train], y[train])
        scores[test] = np.asarray(classifier.predict_proba(x.iloc[test]))[:, 1]
    return float(roc_auc_score(y, scores))


def telltale_auc(real: pd.DataFrame, synthetic: pd.DataFrame, names: Sequence[str]) -> float:
    """AUC of a classifier that tells real from synthetic; .5 means it cannot."""
    both = pd.concat([real, synthetic], ignore_index=True)
    label = np.repeat([0, 1], [len(real), len(synthetic)])
    return cross_fitted_auc(design(both, names, both), label, model())


def single_column_aucs(leads: pd.DataFrame) -> dict[str, float]:
    """Cross-fitted AUC of each column alone, by the mean outcome of its level or ventile."""
    target = leads[CONVERTED].to_numpy(dtype=float)
    names = [name for name in SOURCE_COLUMNS[1:] if name != CONVERTED]
    return {name: _single(_groups(leads[name], name), target) for name in names}


def _groups(values: pd.Series, name: str) -> np.ndarray:
    if name in NUMERIC or name in ID_COLUMNS:
        values = pd.qcut(values.astype("Float64").astype(float), 20, duplicates="drop")
    return pd.factorize(values.astype(object), use_na_sentinel=False)[0]


def _single(groups: np.ndarray, target: np.ndarray) -> float:
    scores = np.empty(len(target))
    for train, test in StratifiedKFold(5, shuffle=True, random_state=0).split(groups, target):
        size = groups.max() + 1
        seen = np.bincount(groups[train], minlength=size)
        won = np.bincount(groups[train], weights=target[train], minlength=size)
        scores[test] = ((won + SMOOTHING * target[train].mean()) / (seen + SMOOTHING))[groups[test]]
    return float(roc_auc_score(target, scores))


def main(source: str, seed: int = 0) -> None:
    """Print every measure."""
    real = read_leads(source)
    like, many = synthesize(len(real), seed), synthesize(30_000, seed + 1)
    for moment, names in MOMENTS.items():
        there, back = transfer_auc(many, real, names), transfer_auc(real, many, names)
        within = cross_fitted_auc(design(real, names, real), real[CONVERTED].to_numpy(), model())
        print(f"{moment:10} synthetic->real {there:.4f}  real->synthetic {back:.4f}", end="")
        print(f"  real {within:.4f}")
    for label, names in (("without", CONTACTED), ("with", (*CONTACTED, CONVERTED))):
        print(f"real or synthetic, {label} target: {telltale_auc(real, like, names):.4f}")
    ours, theirs = single_column_aucs(many), single_column_aucs(real)
    for name in sorted(ours, key=lambda n: -abs(ours[n] - theirs[n]))[:8]:
        print(f"{name:45} synthetic {ours[name]:.4f}  real {theirs[name]:.4f}")
    ids = list(ID_COLUMNS)
    for label, leads in (("synthetic", like), ("real", real)):
        print(f"{label}: {leads.drop(columns=ids).duplicated().sum()} rows repeat another")


if __name__ == "__main__":
    main(sys.argv[1], *(int(seed) for seed in sys.argv[2:]))
