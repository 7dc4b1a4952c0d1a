"""Blocks hold whole lines, wherever the stream happens to be cut."""

import io

import pytest

from ml.contract.errors import InputRefused
from ml.core.intake.blocks import Blocks

TEXT = b"one\r\ntwo\rthree\n\nfive\r\r\nlast"


@pytest.mark.parametrize("size", range(1, len(TEXT) + 2))
def test_blocks_hold_whole_lines_and_count_them(size):
    blocks = Blocks(io.BytesIO(TEXT).read, line_bytes=10, name="x", size=size)
    found = []
    while not blocks.final:
        blocks.grow()
        lines = blocks.text().splitlines(keepends=True)
        found += [(blocks.line + i, line) for i, line in enumerate(lines)]
        blocks.use(len(blocks.text()))
    assert found == list(enumerate(TEXT.splitlines(keepends=True), start=1))


def test_what_is_not_used_stays():
    blocks = Blocks(io.BytesIO(b"a\nb\nc\n").read, line_bytes=10, name="x")
    blocks.grow()
    blocks.use(2)
    assert (blocks.text(), blocks.line) == (b"b\nc\n", 2)
    blocks.grow()
    assert (blocks.text(), blocks.line, blocks.final) == (b"b\nc\n", 2, True)


def test_a_line_beyond_the_limit_is_refused_by_its_number():
    blocks = Blocks(io.BytesIO(b"a\n" + b"b" * 50).read, line_bytes=20, name="x", size=8)
    blocks.grow()
    blocks.grow()
    with pytest.raises(InputRefused, match="line 2: LINE_TOO_LONG"):
        blocks.grow()
