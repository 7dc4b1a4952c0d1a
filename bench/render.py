"""Results as a page for visitors: written by the program, never by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bench.results import Cell, Check, Result, Table

_INTRO = """\
# Results

Every figure on this page was measured and written by `make bench`; nothing is typed by hand, and
none is a row of anybody's data. Peers ran beside Leadwise in the same run, in turns. Each section
says on what it was measured, when and at which commit; the values behind it lie in
`bench/results/`.

To repeat: `make bench` for everything (about ten minutes on two quiet cores),
`python -m bench --only NAME ...` for some sections, `--quick` for a smoke run whose figures mean
nothing. The quality sections need the public X Education file: name it with `LEADWISE_LEADS_CSV`.
"""


def page(results: Mapping[str, Result], titles: Mapping[str, str]) -> str:
    """The whole page, sections in the order of `titles`."""
    known = [results[name] for name in titles if name in results]
    parts = [_INTRO, "## Goals at a glance\n", _glance(known, titles), _machine(known)]
    parts += [_section(titles[result.name], result) for result in known]
    absent = [f"- {title} (`{name}`)" for name, title in titles.items() if name not in results]
    if absent:
        parts.append("## Not measured yet\n\n" + "\n".join(absent) + "\n")
    return "\n".join(parts)


def _glance(results: Sequence[Result], titles: Mapping[str, str]) -> str:
    rows = [
        (titles[result.name], check.figure, _with_unit(check.measured, check), goal(check),
         verdict(check))
        for result in results
        for check in result.findings.checks
    ]  # fmt: skip
    held = sum(check.holds for result in results for check in result.findings.checks)
    table = markdown(("section", "figure", "measured", "goal", "holds"), rows)
    return f"{held} of {len(rows)} goals hold.\n\n{table}"


def goal(check: Check) -> str:
    """A goal in words."""
    bounds = (("at least", check.at_least), ("at most", check.at_most))
    return " and ".join(
        f"{word} {_with_unit(bound, check)}" for word, bound in bounds if bound is not None
    )


def verdict(check: Check) -> str:
    """Whether a figure reaches its goal, as the page says it."""
    return "yes" if check.holds else "**no**"


def _with_unit(value: float, check: Check) -> str:
    return f"{cell(value)} {check.unit}".strip()


def _machine(results: Sequence[Result]) -> str:
    """The machine, where all sections were measured on one; otherwise each section says its own."""
    if len({tuple(result.machine.items()) for result in results}) != 1:
        return ""
    return f"\n## Machine\n\n{_facts(results[0].machine)}"


def _facts(machine: Mapping[str, str]) -> str:
    return markdown(("", ""), list(machine.items()))


def _section(title: str, result: Result) -> str:
    found = result.findings
    quick = (
        " This was a smoke run with `--quick`: its figures mean nothing." if result.quick else ""
    )
    parts = [
        f"## {title}\n",
        f"{found.data}\n",
        f"`python -m bench --only {result.name}`, {result.when}, commit {result.commit}, "
        f"{result.seconds:.0f} s, load before {result.load:g} on {result.machine['cores']} "
        f"cores.{quick}\n",
        *(f"**{table.title}**\n\n{_table(table)}" for table in found.tables),
    ]
    if found.checks:
        rows = [(c.figure, _with_unit(c.measured, c), goal(c), verdict(c)) for c in found.checks]
        held = markdown(("figure", "measured", "goal", "holds"), rows)
        parts.append(f"**Held against the goals**\n\n{held}")
    if found.notes:
        parts.append("".join(f"- {note}\n" for note in found.notes))
    return "\n".join(parts)


def _table(table: Table) -> str:
    return markdown(table.columns, table.rows)


def markdown(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """A Markdown table; numbers to the right.

    Examples
    --------
    >>> print(markdown(("server", "requests/s"), [("ours", 1234.5)]), end="")
    | server | requests/s |
    |---|---:|
    | ours | 1,234 |
    """
    listed = [list(row) for row in rows]
    right = [any(isinstance(row[at], int | float) for row in listed) for at in range(len(columns))]
    lines = [list(columns), *([cell(value) for value in row] for row in listed)]
    texts = [f"| {' | '.join(line)} |" for line in lines]
    texts.insert(1, f"|{'|'.join('---:' if one else '---' for one in right)}|")
    return "\n".join(texts) + "\n"


def cell(value: Cell) -> str:
    """A value with about three digits that mean something.

    Examples
    --------
    >>> [cell(value) for value in (1234567, 81.24, 0.98765, None)]
    ['1,234,567', '81.2', '0.988', '']
    """
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, int):
        return f"{value:,}"
    digits = next((n for n, least in enumerate((100, 10, 1)) if abs(value) >= least), 3)
    return f"{value:,.{digits}f}"
