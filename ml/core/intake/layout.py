"""How the rows of a delimited file are laid out, once its header is understood."""

from __future__ import annotations

from dataclasses import dataclass

from ml.contract.intake.limits import Limits


@dataclass(frozen=True, kw_only=True)
class Layout:
    """What a reader of delimited text needs to know.

    Parameters
    ----------
    delimiter : str
        One ASCII character.
    width : int
        Cells per row that the header names.
    trailing : int
        Nameless columns after them, which must be empty.
    positions : tuple of int
        Places of the columns taken, from 0.
    limits : Limits
        Sizes of cells and lines.
    name : str
        What messages call the file.
    """

    delimiter: str
    width: int
    trailing: int = 0
    positions: tuple[int, ...]
    limits: Limits
    name: str
