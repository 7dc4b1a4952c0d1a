"""How much of a file intake is willing to read."""

from __future__ import annotations

from dataclasses import dataclass, fields

from ml.contract.errors import InvalidSettings


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Sizes beyond which a file, a line or a cell is refused.

    Parameters
    ----------
    bytes : int or None, default=None
        Size of the file as it arrives; the web passes 10 MB, the command line none.
    rows : int or None, default=None
        Rows of the file; the web passes 50,000, the command line none.
    columns : int, default=200
        Columns of the file, known or not.
    cell_bytes : int, default=32768
        Size of one cell in UTF-8; a longer one quarantines its row.
    line_bytes : int, default=8388608
        Size of one line or quoted row; more costs memory, since a row is held whole.
    inflated_bytes : int, default=50000000
        Size that a gzip file may unpack to.
    inflation : int, default=100
        How many times its own size a gzip file may unpack to.

    Raises
    ------
    InvalidSettings
        If a limit is below 1.
    """

    bytes: int | None = None
    rows: int | None = None
    columns: int = 200
    cell_bytes: int = 32 * 1024
    line_bytes: int = 8 * 1024 * 1024
    inflated_bytes: int = 50_000_000
    inflation: int = 100

    def __post_init__(self) -> None:
        for field in fields(self):
            size = getattr(self, field.name)
            if size is not None and size < 1:
                raise InvalidSettings(f"limit {field.name} is {size}; expected 1 or more")
