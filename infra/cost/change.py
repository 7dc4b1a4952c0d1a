"""What a change of the templates does to the price."""

from dataclasses import dataclass

from infra.cost.estimate import Estimate, Line


@dataclass(frozen=True, kw_only=True)
class Change:
    """Difference in one charge of one resource.

    Parameters
    ----------
    kind : str
        ``"added"``, ``"removed"`` or ``"changed"``.
    line : Line
        As it is now; of what was removed, as it was.
    before, after : float
        US dollars a month.
    """

    kind: str
    line: Line
    before: float
    after: float

    @property
    def delta(self) -> float:
        """US dollars a month more; below zero, less."""
        return self.after - self.before


def changes(before: Estimate, after: Estimate) -> list[Change]:
    """All charges that differ between two estimates of an environment, largest first.

    Parameters
    ----------
    before, after : Estimate
        Both with the same prices, so that only the templates make the difference.
    """
    old, new = _by_key(before), _by_key(after)
    found = [
        *(_change("removed", old[key], before=old[key]) for key in old.keys() - new.keys()),
        *(_change("added", new[key], after=new[key]) for key in new.keys() - old.keys()),
        *(
            _change("changed", new[key], before=old[key], after=new[key])
            for key in old.keys() & new.keys()
            if old[key].monthly != new[key].monthly
        ),
    ]
    return sorted(found, key=lambda each: (-abs(each.delta), _key(each.line)))


def _change(
    kind: str, line: Line, *, before: Line | None = None, after: Line | None = None
) -> Change:
    return Change(
        kind=kind,
        line=line,
        before=before.monthly if before else 0.0,
        after=after.monthly if after else 0.0,
    )


def _key(line: Line) -> tuple[str, str, str, str]:
    return (line.stack, line.resource, line.charge.what, line.charge.price)


def _by_key(estimated: Estimate) -> dict[tuple[str, str, str, str], Line]:
    return {_key(line): line for line in estimated.lines}
