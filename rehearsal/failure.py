"""How a rehearsal ends badly: in one line that says what was seen and what was expected."""

from __future__ import annotations

from ml.contract.errors import LeadwiseError


class RehearsalFailed(LeadwiseError):
    """Raised when the deployed system is not what its templates promise.

    Parameters
    ----------
    seen, expected : str
        What there is, and what should be there instead.

    Examples
    --------
    >>> str(RehearsalFailed("2 runs started", "1"))
    '2 runs started; expected 1'
    """

    def __init__(self, seen: str, expected: str) -> None:
        super().__init__(f"{seen}; expected {expected}")


def expect(holds: object, seen: str, expected: str) -> None:
    """Raise RehearsalFailed unless the condition holds."""
    if not holds:
        raise RehearsalFailed(seen, expected)
