"""What the image holds, told from its lock: all else of this environment is out of reach there."""

import re
import runpy
from collections.abc import Iterator
from functools import cache
from importlib.metadata import Distribution, distributions
from pathlib import Path, PurePath

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from ml.contract.names import PRODUCT
from tests.support import ROOT

LOCK = ROOT / "requirements" / "image.txt"
LIGHTEN = runpy.run_path(str(ROOT / "docker" / "lighten.py"))
_FINDER = Path(__file__).with_name("image_only")


def image_only(folder: Path) -> dict[str, str]:
    """Variables with which Python finds no module that the image does not hold.

    Parameters
    ----------
    folder : Path
        Where a list of them may lie while Python runs.
    """
    file = folder / "not_in_the_image.txt"
    file.write_text("\n".join(sorted(absent_modules())))
    return {"PYTHONPATH": str(_FINDER), "NOT_IN_THE_IMAGE": str(file)}


def locked() -> Iterator[Requirement]:
    """What the lock names for this machine."""
    for line in re.findall(r"^([a-z0-9][^\\\n]*)", LOCK.read_text(), re.MULTILINE):
        requirement = Requirement(line.strip())
        if requirement.marker is None or requirement.marker.evaluate():
            yield requirement


@cache
def absent_modules() -> frozenset[str]:
    """Modules of this environment that the image does not hold, but for those within others."""
    names = {canonicalize_name(each.name) for each in locked()} | {PRODUCT}
    held, others = set(), set()
    for package in distributions():
        of = held if canonicalize_name(package.name) in names else others
        of.update(_modules(package))
    absent = (others - held) | set(_unread_modules())
    return frozenset(name for name in absent if name.rpartition(".")[0] not in absent)


def _modules(package: Distribution) -> Iterator[str]:
    for file in package.files or ():
        if file.suffix in {".py", ".so"}:
            yield from _with_parents(file)


def _unread_modules() -> Iterator[str]:
    """Of what is taken out of packages that are locked."""
    (site,) = {Path(str(each.locate_file(""))) for each in distributions() if each.name == "numpy"}
    for path in LIGHTEN["unread"](site):
        inside = path.is_relative_to(site) and ".." not in path.parts
        if inside and (path.suffix == ".so" or (path / "__init__.py").is_file()):
            yield _name(path.relative_to(site))


def _with_parents(file: PurePath) -> Iterator[str]:
    name = _name(file).removesuffix(".__init__")
    parts = name.split(".")
    return (".".join(parts[:end]) for end in range(1, len(parts) + 1))


def _name(file: PurePath) -> str:
    return ".".join((*file.parts[:-1], file.name.partition(".")[0]))
