"""A scikit-learn forest in LightGBM's text format: one engine for all trees, exact reasons too.

The text says what the forest does, tree for tree: the same thresholds, the same leaf values,
and their mean as the prediction. scikit-learn compares values as 32-bit floats; `ForestModel`
rounds its rows alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

_LEAF = -1


def forest_text(forest: RandomForestClassifier | RandomForestRegressor) -> bytes:
    """The model text of a fitted forest of one output, or of two classes.

    Parameters
    ----------
    forest : RandomForestClassifier or RandomForestRegressor
        Fitted on rows without missing values.
    """
    width = forest.n_features_in_
    trees = [_tree(at, one.tree_) for at, one in enumerate(forest.estimators_)]
    head = [
        "tree",
        "version=v4",
        "num_class=1",
        "num_tree_per_iteration=1",
        "label_index=0",
        f"max_feature_idx={width - 1}",
        "objective=regression",
        "average_output",
        _line("feature_names", (f"Column_{at}" for at in range(width))),
        _line("feature_infos", ["[-inf:inf]"] * width),
        "",
        "",
    ]
    tail = ["end of trees", "", "parameters:", "end of parameters", ""]
    return ("\n".join(head) + "\n".join(trees) + "\n".join(tail)).encode("ascii")


def _tree(at: int, tree: Any) -> str:
    """One tree: inner nodes and leaves are numbered apart, a child below 0 is leaf `-child - 1`."""
    leaf = tree.children_left == _LEAF
    number = np.where(leaf, -np.cumsum(leaf), np.cumsum(~leaf) - 1)
    value = _values(tree)
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
