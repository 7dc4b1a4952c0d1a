"""The synthetic generator beside the real file: is it accepted?"""

from __future__ import annotations

import pandas as pd

from bench.context import Context, say
from bench.generator_quality import (
    CONTACTED,
    MOMENTS,
    cross_fitted_auc,
    design,
    model,
    read_leads,
    single_column_aucs,
    synthesize,
    telltale_auc,
    transfer_auc,
)
from bench.results import Check, Findings, Table
from ml.core.generator.columns import CONVERTED

_SEED = 0
_WANTED = {"CONTACTED": 0.986, "ENGAGED": 0.930, "ARRIVAL": 0.858}
_TOLERANCE, _MOST_TELLTALE = 0.02, 0.70
_SHOWN = 6


def measure(context: Context) -> Findings:
    """Trained on one and tested on the other, columns alone, and telling them apart."""
    if context.leads is None:
        return Findings(data="The real leads file was not at hand, so nothing was measured.")
    real = read_leads(str(context.leads))
    like, many = synthesize(len(real), _SEED), synthesize(context.size(30_000, 5_000), _SEED + 1)
    transfers = {}
    for moment, names in MOMENTS.items():
        say(f"  {moment}")
        transfers[moment] = (
            transfer_auc(many, real, names),
            transfer_auc(real, many, names),
            cross_fitted_auc(design(real, names, real), real[CONVERTED].to_numpy(), model()),
        )
    say("  real or synthetic?")
    telltale = telltale_auc(real, like, (*CONTACTED, CONVERTED))
    columns = _columns(real, many)
    worst = max(abs(ours - theirs) for _, ours, theirs in columns)
    return Findings(
        data=f"The public X Education file against {len(many):,} synthetic leads (seed 1), and "
        f"{len(like):,} (seed 0) to tell apart from it.",
        tables=(
            Table(
                title="AUC by scoring moment",
                columns=("moment", "synthetic to real", "real to synthetic", "real to real"),
                rows=tuple((name.lower(), *map(_auc, aucs)) for name, aucs in transfers.items()),
            ),
            Table(
                title=f"The {_SHOWN} columns whose own AUC differs most",
                columns=("column", "synthetic", "real"),
                rows=tuple((n, _auc(a), _auc(b)) for n, a, b in columns[:_SHOWN]),
            ),
        ),
        checks=(
            *(check for name, aucs in transfers.items() for check in _moment_checks(name, aucs)),
            Check(figure="AUC of telling real from synthetic", measured=round(telltale, 4),
                  at_most=_MOST_TELLTALE),
            Check(figure="largest difference of a column's own AUC", measured=round(worst, 4),
                  at_most=_TOLERANCE),
        ),
        notes=("The generator stores probabilities only; no cell of it describes fewer than five "
               "leads.",),
    )  # fmt: skip


def _auc(value: float) -> str:
    return f"{value:.3f}"


def _columns(real: pd.DataFrame, many: pd.DataFrame) -> list[tuple[str, float, float]]:
    ours, theirs = single_column_aucs(many), single_column_aucs(real)
    columns = [(name, ours[name], theirs[name]) for name in ours]
    return sorted(columns, key=lambda column: -abs(column[1] - column[2]))


def _moment_checks(name: str, aucs: tuple[float, float, float]) -> list[Check]:
    ways = ("trained on synthetic, tested on real", "trained on real, tested on synthetic")
    wanted = _WANTED[name]
    return [
        Check(
            figure=f"{way}, {name.lower()}: AUC off {wanted:.3f} by",
            measured=round(abs(auc - wanted), 4),
            at_most=_TOLERANCE,
        )
        for way, auc in zip(ways, aucs, strict=False)
    ]
