"""Errors of a deploy that say which resource they are about."""

from __future__ import annotations

from moto.cloudformation.exceptions import ValidationError

# The page that Flask answers with where moto raises.
_CRASH = (
    "<!doctype html> <html lang=en> <title>500 Internal Server Error</title> <h1>Internal Server "
    "Error</h1> <p>The server encountered an internal error and was unable to complete your "
    "request. Either the server is overloaded or there is an error in the application.</p>"
)


def told(error: Exception, logical_id: str, kind: str) -> ValidationError:
    """The same error, with the resource's name in front; one that is told already stays."""
    if getattr(error, "told", False):
        return error
    message = str(getattr(error, "message", None) or error) or type(error).__name__
    if not isinstance(error, ValidationError):
        message = f"{type(error).__name__}: {message}"
    one_line = " ".join(message.split()).partition(", must be one of")[0]
    one_line = one_line.replace(_CRASH, "moto itself failed, see its log")
    named = ValidationError(message=f"{logical_id} ({kind}): {one_line}")
    named.told = True
    return named
