"""Bands of scores: where each begins, for shares too, and the name of every score."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ml.contract.modelling import Band
from ml.core.columns import Floats


def band_names(bands: Sequence[Band], points: Floats) -> tuple[str, ...]:
    """Name of the band of each score from 0 to 100.

    Parameters
    ----------
    bands : sequence of Band
        From the best down.
    points : ndarray of shape (n,)
        Scores such as those to come, not rounded, ascending at even steps from the lowest to the
        highest: where a band of a share begins. It is the whole score that splits off the share
        best, so that leads of one score share a band.

    Examples
    --------
    >>> best, rest = Band(name="Best", best_share=0.1), Band(name="Rest", at_least=0)
    >>> band_names((best, rest), np.linspace(0, 50, 101)).index("Best")
    46
    """
    edges = [_edge(band, points) for band in bands]
    return tuple(
        next(band.name for band, edge in zip(bands, edges, strict=True) if score >= edge)
        for score in range(101)
    )


def _edge(band: Band, points: Floats) -> int:
    if band.best_share is None:
        return band.at_least or 0
    begins = np.interp(1 - band.best_share, np.linspace(0, 1, len(points)), points)
    return min(100, int(begins + 1))  # score 46 is from 45.5 points up
