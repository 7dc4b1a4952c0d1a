"""How a rehearsal ends badly: in one line that says what was expected and what was seen."""

from __future__ import annotations

from ml.contract.errors import LeadwiseError


class RehearsalFailed(LeadwiseError):
    """Raised when the deployed system is not what its templates promise."""


def expect(holds: object, message: str) -> None:
    """Raise RehearsalFailed with the message unless the condition holds."""
    if not holds:
        raise RehearsalFailed(message)
