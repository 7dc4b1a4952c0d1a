"""Parquet files as one table whose columns are read one at a time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq


class ParquetColumns:
    """The rows of several Parquet files, one file after another.

    Parameters
    ----------
    files : Path
        One or more, all of the same columns.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "leads.parquet"
    ...     pq.write_table(pa.table({"id": ["a", "b"]}), file)
    ...     ParquetColumns(file).column("id").to_pylist()
    ['a', 'b']
    """

    def __init__(self, *files: Path) -> None:
        self._files = files

    @property
    def column_names(self) -> Sequence[str]:
        """Columns of the first file, which are those of all."""
        names: list[str] = pq.read_schema(self._files[0]).names
        return names

    def column(self, name: str) -> pa.ChunkedArray:
        """One column; as a dictionary where the file keeps it as one."""
        coded = [name] if all(_is_coded(file, name) for file in self._files) else []
        parts = [
            pq.read_table(file, columns=[name], read_dictionary=coded, partitioning=None)
            for file in self._files
        ]
        return pa.concat_tables(parts).column(name)


def _is_coded(file: Path, name: str) -> bool:
    """Whether a text column's first rows lie as places in a dictionary, which then is cheap."""
    metadata = pq.read_metadata(file)
    schema = metadata.schema.to_arrow_schema()
    at = schema.get_field_index(name)
    if not metadata.num_row_groups or not pa.types.is_string(schema.field(at).type):
        return False
    encodings = metadata.row_group(0).column(at).encodings
    return any(encoding.endswith("DICTIONARY") for encoding in encodings)
