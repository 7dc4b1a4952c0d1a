"""Errors as the outside sees them: application/problem+json (RFC 9457), never a traceback."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

from ml.contract.faults import Fault, Rule, Severity

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):
    """Raised to answer a request with a 4xx or 5xx status.

    Parameters
    ----------
    status : int
        HTTP status.
    title : str
        What went wrong, as one short sentence without a final stop.
    errors : iterable of mapping, default=()
        One entry per fault, as `entry` builds them.
    headers : mapping of str to str, optional
        Further headers of the response.
    """

    def __init__(
        self,
        status: int,
        title: str,
        errors: Iterable[Mapping[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status, self.title, self.errors = status, title, [dict(error) for error in errors]
        self.headers = dict(headers or {})
        self.error_id = os.urandom(8).hex()
        super().__init__(title)

    @classmethod
    def of(cls, status: int, rule: Rule, message: str, hint: str, pointer: str = "") -> Problem:
        """A problem with one fault."""
        fault = Fault(rule=rule, severity=Severity.FILE, message=message, hint=hint)
        return cls(status, message, [entry(fault, pointer)])

    def to_dict(self) -> dict[str, Any]:
        """The problem as JSON values."""
        code = str(self.errors[0]["rule"]).lower() if self.errors else f"http_{self.status}"
        return {
            "type": f"urn:leadwise:problem:{code.replace('_', '-')}",
            "title": self.title,
            "status": self.status,
            "error_id": self.error_id,
            "errors": self.errors,
        }


def entry(fault: Fault, pointer: str = "") -> dict[str, Any]:
    """One fault as an entry of `errors`.

    Parameters
    ----------
    fault : Fault
    pointer : str, default=''
        JSON pointer (RFC 6901) to the value; empty for files and whole documents.

    Examples
    --------
    >>> entry(Fault(rule=Rule.NO_ROWS, severity=Severity.FILE, message="no leads", hint="add one"))
    {'rule': 'NO_ROWS', 'message': 'no leads', 'hint': 'add one'}
    """
    shown = {
        "pointer": pointer or None,
        "row": fault.line,
        "column": fault.column,
        "rule": fault.rule.value,
        "message": fault.message,
        "hint": fault.hint,
        "value": fault.value,
    }
    return {name: value for name, value in shown.items() if value is not None}


def pointer_to(*steps: str | int) -> str:
    """JSON pointer through keys and positions.

    Examples
    --------
    >>> pointer_to("leads", 3, "a/b")
    '/leads/3/a~1b'
    """
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)
