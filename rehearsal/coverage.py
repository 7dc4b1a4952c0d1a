"""What the rehearsal covers and what it cannot prove: `python -m rehearsal --stubs`."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from rehearsal import docker
from rehearsal.assembly import Synth
from rehearsal.cloud import lambda_runtime, redshift, wiring
from rehearsal.cloud.engine.kinds import Origin, origin, unproven

#: What `--into` writes between.
BEGIN = "<!-- written by: python -m rehearsal --stubs --into docs/deploying.md -->"
END = "<!-- end of what is written by a command -->"
STAND_INS = (docker.STAND_IN, *lambda_runtime.STAND_INS, *redshift.STAND_INS, *wiring.STAND_INS)


def types_of_dev() -> Counter[str]:
    """How many resources of each type the dev templates hold, from a synth of them."""
    with tempfile.TemporaryDirectory(prefix="leadwise-types-") as folder:
        out = Path(folder) / "out"
        out.mkdir()
        assembly = Synth("app", out).wait()
        return Counter(each.type for each in assembly.resources())


def as_markdown(types: Counter[str] | None = None) -> str:
    """Two tables: what creates the resources of each type, and what is left to a real account.

    Parameters
    ----------
    types : Counter of str, optional
        Resources by type; those of the dev templates, from a synth of some seconds, unless given.

    Examples
    --------
    >>> print(as_markdown(Counter({"AWS::EC2::Route": 2})).partition("| AWS Lambda")[0].strip())
    | created by | types | resources | which |
    |---|---|---|---|
    | moto's own model | 1 | 2 | EC2::Route |
    <BLANKLINE>
    | what | only a real account proves |
    |---|---|
    """
    found = types_of_dev() if types is None else types
    return "\n\n".join([_created(found), _left(found)])


def between_marks(page: str, text: str) -> str:
    """A page with what lies between its marks replaced.

    Raises
    ------
    ValueError
        If the page does not hold both marks once.

    Examples
    --------
    >>> page = between_marks(f"Before {BEGIN} old {END} after", "new")
    >>> "old" in page, "new" in page, page.startswith("Before"), page.endswith("after")
    (False, True, True, True)
    """
    if page.count(BEGIN) != 1 or page.count(END) != 1:
        raise ValueError(f"the page has no place for the tables; expected {BEGIN} and {END} once")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{text}\n\n{END}{after}"


def _created(types: Counter[str]) -> str:
    by = {each: sorted(kind for kind in types if origin(kind) is each) for each in Origin}
    rows = [
        (each.value, str(len(kinds)), str(sum(types[kind] for kind in kinds)), _listed(kinds))
        for each, kinds in by.items()
        if kinds
    ]
    return _table(("created by", "types", "resources", "which"), rows)


def _left(types: Counter[str]) -> str:
    services = [(each.service, each.unproven) for each in STAND_INS]
    resources = [(_short(kind), unproven(kind)) for kind in sorted(types) if unproven(kind)]
    return _table(("what", "only a real account proves"), sorted(services) + resources)


def _listed(kinds: Iterable[str]) -> str:
    return ", ".join(_short(kind) for kind in kinds)


def _short(kind: str) -> str:
    return kind.removeprefix("AWS::")


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    ruler = "|".join("---" for _ in head)
    return "\n".join([_row(head), f"|{ruler}|", *(_row(row) for row in rows)])


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"
