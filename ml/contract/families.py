"""The model families that a use case may try as they are, with the parameters worth searching."""

from __future__ import annotations

from ml.contract.candidates import Candidate, Span
from ml.contract.names import Estimator

#: More trees than boosting ever takes: it stops by itself.
_MOST_TREES = ("n_estimators", 400)
_PATIENCE = 25

_LEARNING_RATE = ("learning_rate", Span(low=0.04, high=0.15, log=True))
_COLUMNS_PER_TREE = ("colsample_bytree", Span(low=0.3, high=0.9))
_FOREST = (
    ("max_depth", Span(low=8, high=20, whole=True)),
    ("max_features", Span(low=0.05, high=0.3)),
    ("min_samples_leaf", Span(low=1, high=8, whole=True)),
)

LOGISTIC_REGRESSION = Candidate(
    estimator=Estimator.LOGISTIC_REGRESSION,
    space=(("C", Span(low=0.03, high=10, log=True)),),
)

DECISION_TREE = Candidate(
    estimator=Estimator.DECISION_TREE,
    space=(
        ("ccp_alpha", Span(low=1e-4, high=3e-3, log=True)),
        ("min_samples_leaf", Span(low=5, high=60, whole=True)),
    ),
)

RANDOM_FOREST = Candidate(estimator=Estimator.RANDOM_FOREST, space=_FOREST)

EXTRA_TREES = Candidate(estimator=Estimator.EXTRA_TREES, space=_FOREST)

GRADIENT_BOOSTING = Candidate(
    estimator=Estimator.GRADIENT_BOOSTING,
    space=(
        ("learning_rate", Span(low=0.05, high=0.2, log=True)),
        ("max_depth", Span(low=3, high=5, whole=True)),
        ("max_features", Span(low=0.05, high=0.15)),
    ),
)

XGBOOST = Candidate(
    estimator=Estimator.XGBOOST,
    params=(_MOST_TREES,),
    space=(
        _LEARNING_RATE,
        _COLUMNS_PER_TREE,
        ("max_depth", Span(low=3, high=7, whole=True)),
        ("min_child_weight", Span(low=1, high=10, log=True)),
        ("reg_lambda", Span(low=0.5, high=10, log=True)),
    ),
    patience=_PATIENCE,
)

LIGHTGBM = Candidate(
    estimator=Estimator.LIGHTGBM,
    params=(_MOST_TREES,),
    space=(
        _LEARNING_RATE,
        _COLUMNS_PER_TREE,
        ("num_leaves", Span(low=6, high=40, whole=True)),
        ("min_child_samples", Span(low=5, high=50, whole=True)),
        ("reg_lambda", Span(low=0.5, high=20, log=True)),
    ),
    patience=_PATIENCE,
)

#: Boosting that weighs converted leads as much as all others; see `Candidate.class_weights`.
WEIGHTED_LIGHTGBM = Candidate(
    estimator=Estimator.LIGHTGBM, params=(_MOST_TREES,), patience=_PATIENCE, class_weights=True
)

#: By what a score costs: a later one is taken only if it is better by more than luck.
FAMILIES = (
    LIGHTGBM,
    XGBOOST,
    LOGISTIC_REGRESSION,
    DECISION_TREE,
    GRADIENT_BOOSTING,
    RANDOM_FOREST,
    EXTRA_TREES,
)
