"""Data sets of several files: a manifest says which files count, and what they must hold."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field

from ml.contract.errors import BrokenDataset

#: The file that is written last: without it the others are not there.
MANIFEST = "manifest.json"


@dataclass(frozen=True, kw_only=True)
class Part:
    """One committed file.

    Parameters
    ----------
    key : str
        Where it lies in the lake.
    bytes, rows : int
        How large it is.
    sha256 : str
        Of its bytes.
    version : str or None, default=None
        Under which a lake that keeps versions gives these bytes and no others.
    """

    key: str
    bytes: int
    rows: int
    sha256: str
    version: str | None = None


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """Files that together are one table.

    Parameters
    ----------
    parts : tuple of Part, default=()
        In their order.
    schema : dict of str to str, default={}
        Arrow type of each column of every part, in their order.

    Examples
    --------
    >>> part = Part(key="a/part-0.parquet", bytes=9, rows=2, sha256="c0ffee")
    >>> dataset = Dataset(parts=(part,), schema={"id": "string"})
    >>> Dataset.of_json(dataset.to_json(), "a/manifest.json") == dataset
    True
    """

    parts: tuple[Part, ...] = ()
    schema: dict[str, str] = field(default_factory=dict)

    def only(self, key: str) -> Dataset:
        """The data set without its other files."""
        parts = tuple(part for part in self.parts if part.key == key)
        return Dataset(parts=parts, schema=self.schema)

    def to_json(self) -> str:
        """Text that `of_json` reads back to an equal value."""
        return json.dumps(asdict(self), indent=1)

    @classmethod
    def of_json(cls, text: str | bytes, key: str) -> Dataset:
        """The data set that a manifest describes.

        Raises
        ------
        BrokenDataset
            Naming the manifest by `key`, if it is cut or is none.
        """
        try:
            found = json.loads(text)
            parts = tuple(Part(**part) for part in found["parts"])
            return cls(parts=parts, schema={str(k): str(v) for k, v in found["schema"].items()})
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise BrokenDataset(
                key, f"is no manifest of a data set ({type(error).__name__}: {error})"
            ) from error
