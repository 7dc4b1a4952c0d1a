"""Commands that a page of documentation tells people to type."""

import re
from collections.abc import Iterator

_BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"(?:(?<=\s)|^)#.*$", re.MULTILINE)
_INLINE = re.compile(r"`([^`\n]+)`")
_ENDS = frozenset("|;&>\n)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def code_of(page: str) -> Iterator[str]:
    """Blocks of shell commands, lines joined, no comments; then code within sentences."""
    for block in _BLOCK.findall(page):
        yield _COMMENT.sub("", block).replace("\\\n", " ")
    yield from _INLINE.findall(re.sub(r"^```.*?^```", "", page, flags=re.MULTILINE | re.DOTALL))


def commands(code: str, program: str) -> Iterator[list[str]]:
    """Words of each call of a program, those within ``$(...)`` too, without what is quoted."""
    for start in re.finditer(rf"(?:(?<=[\s(;|])|^){program} ", code):
        yield _bare(code[start.end() :]).split()


def _bare(rest: str) -> str:
    """A command's words up to its end; what is quoted or substituted becomes one dot."""
    kept, quote, depth = [], "", 0
    for place, letter in enumerate(rest):
        if quote == "'" or (quote and letter == quote):
            quote = "" if letter == quote else quote
        elif depth:
            depth += {"(": 1, ")": -1}.get(letter, 0)
        elif letter == "(" and rest[place - 1] == "$":
            depth = 1
        elif quote:
            continue
        elif letter in "'\"":
            quote = letter
            kept.append(".")
        elif letter in _ENDS:
            break
        else:
            kept.append(letter)
    return "".join(kept)


def anchors(page: str) -> dict[str, str]:
    """Text below each heading, by the anchor that GitHub gives to the heading."""
    plain = re.sub(r"^```.*?^```", "", page, flags=re.MULTILINE | re.DOTALL)
    found = list(_HEADING.finditer(plain))
    ends = [each.start() for each in found[1:]] + [len(plain)]
    return {
        _slug(heading[1]): plain[heading.end() : end]
        for heading, end in zip(found, ends, strict=True)
    }


def _slug(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
