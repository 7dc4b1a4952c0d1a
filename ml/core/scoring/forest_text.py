"""scikit-learn's trees in LightGBM's text format: one engine for all trees, exact reasons too.

The text says what the trees do: the same thresholds, the same leaf values, and their mean or
sum as the prediction. scikit-learn compares values as 32-bit floats; `ForestModel` rounds its
rows alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

#: Line of a text whose prediction is the mean of its trees, not their sum.
AVERAGED = b"\naverage_output\n"

_LEAF = -1


def forest_text(forest: Any) -> bytes:
    """The model text of a fitted forest of one output, or of two classes.

    Parameters
    ----------
    forest : RandomForestClassifier, ExtraTreesClassifier or their regressors
        Fitted on rows without missing values.
    """
    trees = [_tree(at, one.tree_) for at, one in enumerate(forest.estimators_)]
    return _text(forest.n_features_in_, trees, ["objective=regression", "average_output"])


def tree_text(tree: Any) -> bytes:
    """As `forest_text`, of a DecisionTreeClassifier or DecisionTreeRegressor."""
    return _text(tree.n_features_in_, [_tree(0, tree.tree_)], ["objective=regression"])


def boosting_text(model: Any) -> bytes:
    """The model text of fitted gradient boosting: its start, and each tree by the learning rate.

    Parameters
    ----------
    model : GradientBoostingClassifier or GradientBoostingRegressor
        Of two classes or one output, fitted on rows without missing values.
    """
    binary = hasattr(model, "classes_")
    trees = [
        _tree(at, one.tree_, rate=model.learning_rate, start=0.0 if at else _start(model))
        for at, one in enumerate(model.estimators_[:, 0])
    ]
    return _text(
        model.n_features_in_,
        trees,
        ["objective=binary sigmoid:1" if binary else "objective=regression"],
    )


def _start(model: Any) -> float:
    """What boosting begins with: the log-odds of the event, or the mean."""
    if not hasattr(model, "classes_"):
        return float(np.ravel(model.init_.constant_)[0])
    event = float(model.init_.class_prior_[1])
    return float(np.log(event / (1 - event)))


def _text(width: int, trees: Sequence[str], objective: Sequence[str]) -> bytes:
    head = [
        "tree",
        "version=v4",
        "num_class=1",
        "num_tree_per_iteration=1",
        "label_index=0",
        f"max_feature_idx={width - 1}",
        *objective,
        _line("feature_names", (f"Column_{at}" for at in range(width))),
        _line("feature_infos", ["[-inf:inf]"] * width),
        "",
        "",
    ]
    tail = ["end of trees", "", "parameters:", "end of parameters", ""]
    return ("\n".join(head) + "\n".join(trees) + "\n".join(tail)).encode("ascii")


def _tree(at: int, tree: Any, *, rate: float = 1.0, start: float = 0.0) -> str:
    """One tree, its values times a rate and on top of a start.

    Inner nodes and leaves are numbered apart; a child below 0 is leaf `-child - 1`.
    """
    leaf = tree.children_left == _LEAF
    number = np.where(leaf, -np.cumsum(leaf), np.cumsum(~leaf) - 1)
    value = _values(tree) * rate + start
    weight = np.rint(tree.weighted_n_node_samples).astype(np.int64)
    inner, leaves = ~leaf, int(leaf.sum())
    lines = [f"Tree={at}", f"num_leaves={leaves}", "num_cat=0"]
    if leaves > 1:
        lines += [
            _line("split_feature", tree.feature[inner]),
            _line("split_gain", np.zeros(leaves - 1, dtype=int)),
            _line("threshold", tree.threshold[inner]),
            _line("decision_type", np.zeros(leaves - 1, dtype=int)),
            _line("left_child", number[tree.children_left[inner]]),
            _line("right_child", number[tree.children_right[inner]]),
        ]
    lines += [
        _line("leaf_value", value[leaf]),
        _line("leaf_weight", weight[leaf]),
        _line("leaf_count", weight[leaf]),
    ]
    if leaves > 1:
        lines += [
            _line("internal_value", value[inner]),
            _line("internal_weight", weight[inner]),
            _line("internal_count", weight[inner]),
        ]
    return "\n".join([*lines, "is_linear=0", "shrinkage=1", "", "", ""])


def _values(tree: Any) -> Any:
    """Share of the second class per node, or the node's mean."""
    if tree.n_classes[0] < 2:
        return tree.value[:, 0, 0]
    return tree.value[:, 0, 1] / tree.value[:, 0, :].sum(axis=1)


def _line(name: str, values: Iterable[Any]) -> str:
    return f"{name}=" + " ".join(str(value) for value in values)
