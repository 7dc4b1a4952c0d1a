"""Values that the reference does not have: how many of them chance brings."""

from __future__ import annotations

from scipy import stats

#: What four standard errors leave to chance, on both sides: over a hundred figures, a quiet look
#: raises one less than once in a hundred looks.
BY_CHANCE = 6.3e-5


def beyond_chance_unseen(new: int, rows: int, *, seen: int, of: int) -> bool:
    """Whether so many rows that the reference knows nothing of are more than chance brings.

    Parameters
    ----------
    new, rows : int
        Rows of now with something new, and all of them.
    seen : int
        For numbers out of range, 2: one for each end. For levels, one more than the reference's
        rows of levels that it has seen once.
    of : int
        Rows of the reference.

    Notes
    -----
    Of `of` exchangeable rows, the share of what lies outside of their range is Beta(2, of - 1)
    (S. S. Wilks, Annals of Mathematical Statistics 12, 1941); the share of unseen levels is about
    that of levels seen once (I. J. Good, Biometrika 40, 1953), with the same spread.

    Examples
    --------
    >>> beyond_chance_unseen(40, 200, seen=1, of=1_000), beyond_chance_unseen(1, 200, seen=1, of=90)
    (True, False)
    """
    if not new:
        return False
    return bool(stats.betabinom.sf(new - 1, rows, seen, max(1, of - 1)) < BY_CHANCE)
