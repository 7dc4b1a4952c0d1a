"""The page on security, section by section, from what code and templates say."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from infra.environments import ENVIRONMENTS
from infra.policy.acknowledgements import ACKNOWLEDGEMENTS
from infra.policy.catalogue import HELD_BY, NOT_HELD
from infra.policy.control import EVERY_TYPE, Control
from infra.policy.controls import CONTROLS
from infra.policy.design_rules import DESIGN_RULES, DesignRule
from infra.policy.nag_answers import ANSWERS
from infra.policy.template import Stack

INTRO = Path(__file__).with_name("security_intro.md")
#: Broken rules of cdk-nag: pack, then rule, then how many resources break it.
Broken = Mapping[str, Mapping[str, int]]


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def section(*parts: str) -> str:
    """A heading and what stands below it."""
    return "\n\n".join(parts)


def page(sections: Iterable[str]) -> str:
    """The whole page."""
    return "\n\n".join([INTRO.read_text().strip(), *sections]) + "\n"


def controls_section(
    stacks: Sequence[Stack], broken: set[str], mutants: Mapping[str, Sequence[str]]
) -> str:
    """Every control, where it applies, and which mutants would break it.

    Parameters
    ----------
    stacks : sequence of Stack
        Of all environments.
    broken : set of str
        Numbers of controls that some resource breaks.
    mutants : mapping of str to sequence of str
        By control: what a template loses when the control is seen to break.
    """
    rows = [
        (
            control.id,
            control.says,
            where(control, stacks),
            "; ".join(mutants.get(control.id, ())),
            "no" if control.id in broken else "yes",
        )
        for control in CONTROLS
    ]
    held = sum(row[-1] == "yes" for row in rows)
    return section(
        "## Controls",
        f"{held} of {len(rows)} hold. Each is looked at in every template at each synth, which "
        "fails when one is broken (`infra/policy/controls`). Numbers are AWS Security Hub's, or "
        "ours where they begin with LW. The fourth column names what a test takes out of the "
        "templates to see the control break (`tests/templates/test_policy.py`).",
        table(("Control", "It is checked that", "Where", "Seen to break by", "Holds"), rows),
    )


def where(control: Control, stacks: Sequence[Stack]) -> str:
    """Environments that have a resource which a control looks at."""
    if EVERY_TYPE in control.types:
        return "everywhere"
    deployed = [each.name for each in ENVIRONMENTS]
    found = {each.environment.name for each in stacks if any(each.of_type(*control.types))}
    names = [name for name in deployed if name in found]
    if names == deployed:
        return "everywhere"
    return ", ".join(names) or "with that option"


def catalogue_section() -> str:
    """Controls of Security Hub that are not ours by number."""
    held = ", ".join(f"{theirs} by {ours}" for theirs, ours in HELD_BY.items())
    rows = table(("Control", "Why not"), NOT_HELD.items())
    return section(
        "### What else Security Hub asks of these services",
        f"Held by a control with another number: {held}.",
        "Not held, each on purpose:",
        rows,
    )


def rules_section() -> str:
    """The design's rules, and what holds each."""
    rows = [(id, rule.says, holders(rule), _state(rule)) for id, rule in DESIGN_RULES.items()]
    complete = sum(not rule.lacks for rule in DESIGN_RULES.values())
    return section(
        "## The design's rules",
        f"{complete} of {len(rows)} hold in full; the last column says what the others lack.",
        table(("Rule", "What it asks for", "Held by", "Holds"), rows),
    )


def holders(rule: DesignRule) -> str:
    """Controls and tests that hold a rule, as links."""
    return ", ".join([*rule.controls.split(), *(_link(test) for test in rule.tests)])


def _link(test: str) -> str:
    path, _, name = test.partition("::")
    return f"[{name or path.rpartition('/')[2]}](../{path})"


def _state(rule: DesignRule) -> str:
    return f"in part: {rule.lacks}" if rule.lacks else "yes"


def reasons_section() -> str:
    """Every acknowledgement of a finding of cdk-nag, with its reason."""
    rows = [
        (", ".join(f"`{rule}`" for rule in each.rules), ", ".join(_place(p) for p in each.paths),
         each.reason)
        for each in ACKNOWLEDGEMENTS
    ]  # fmt: skip
    return section(
        "### Reasons",
        f"{len(rows)} reasons cover all of them; a test refuses more than 40, and any that has no "
        "finding left (`tests/templates/test_nag.py`).",
        table(("Rules", "Where", "Why"), rows),
    )


def _place(path: str) -> str:
    return f"`{path}`"


def packs_section(found: Mapping[str, tuple[int, int]]) -> str:
    """Packs that may have no open finding.

    Parameters
    ----------
    found : mapping of str to tuple of int
        By pack: findings, and how many of those have no reason.
    """
    rows = [
        (pack, str(all_), str(all_ - open_), str(open_)) for pack, (all_, open_) in found.items()
    ]
    return section(
        "## cdk-nag",
        "Over dev, staging, prod and an environment with every option on. A finding without a "
        "reason fails the synth.",
        table(("Pack", "Findings", "With a reason", "Open"), rows),
    )


def reports_section(broken: Broken) -> str:
    """NIST 800-53 R5 and HIPAA: which rules are broken, how often, and what we say."""
    rules = sorted({rule for counts in broken.values() for rule in counts})
    rows = [
        (rule, *(str(counts.get(rule, 0)) for counts in broken.values()), ANSWERS.get(rule, ""))
        for rule in rules
    ]
    broken_rules = ", ".join(f"{len(counts)} of {pack}" for pack, counts in broken.items())
    return section(
        "## NIST 800-53 and HIPAA",
        "Reports, which nothing fails on: they ask for more than this product needs, or look where "
        f"we do it another way. Rules that dev, staging or prod breaks: {broken_rules}. Numbers "
        "count resources.",
        table(("Rule", *broken, "Our answer"), rows),
    )
