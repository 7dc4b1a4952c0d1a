"""The outcomes of a training file: every one must be a word that the task knows."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from ml.contract.errors import InputRefused
from ml.contract.faults import Fault, Rule
from ml.contract.intake.saying import file_fault

#: Different strange outcomes that are reported.
_SHOWN = 10


class TargetCheck:
    """Collects strange outcomes while a file is read.

    Parameters
    ----------
    header : str
        The target column as the file spells it.
    words : tuple of str
        The only texts that it may hold.
    """

    def __init__(self, header: str, words: tuple[str, ...]) -> None:
        self._header, self._words = header, words
        self._first: dict[str, int] = {}

    @property
    def failed(self) -> bool:
        """Whether a strange outcome was seen."""
        return bool(self._first)

    def look(self, lines: pa.Int64Array, cells: pa.StringArray) -> None:
        """Look at the outcomes of some rows."""
        strange = pc.invert(pc.is_in(cells, value_set=pa.array(self._words, pa.string())))
        if not pc.any(strange).as_py() or len(self._first) > _SHOWN:
            return
        rows = zip(
            cells.filter(strange).to_pylist(), lines.filter(strange).to_pylist(), strict=True
        )
        for text, line in rows:
            if len(self._first) <= _SHOWN:
                self._first.setdefault(text or "", line)

    def refuse_if_failed(self) -> None:
        """Refuse the file if a strange outcome was seen.

        Raises
        ------
        InputRefused
            TARGET_VALUES, one fault for each different outcome with its first line.
        """
        if self.failed:
            raise InputRefused([self._fault(text, line) for text, line in self._first.items()])

    def _fault(self, text: str, line: int) -> Fault:
        words = " or ".join(repr(word) for word in self._words)
        return file_fault(
            Rule.TARGET_VALUES,
            f"the outcome is {text!r:.60}; to train it must be exactly {words} in every row",
            f"write {words}, and leave out rows whose outcome is not known",
            line=line,
            column=self._header,
            value=text,
        )
