"""COPY and UNLOAD with Parquet files in S3."""

from __future__ import annotations

import io
import json
import re
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, groupby
from operator import itemgetter
from typing import IO, Any
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.parquet as pq
from botocore.exceptions import ClientError
from pyarrow import csv

from tests.support.data_api.results import Column

_LITERAL = r"'((?:[^'\\]|''|\\.)*)'"
_COPY = re.compile(
    rf"COPY (\S+) FROM {_LITERAL} IAM_ROLE {_LITERAL} FORMAT AS PARQUET MANIFEST$", re.DOTALL
)
_UNLOAD = re.compile(
    rf"UNLOAD \({_LITERAL}\) TO {_LITERAL} IAM_ROLE {_LITERAL} "
    r"FORMAT AS PARQUET MANIFEST VERBOSE( PARALLEL OFF)?$",
    re.DOTALL,
)
_ARROW = {
    "bool": pa.bool_(), "int2": pa.int16(), "int4": pa.int32(), "int8": pa.int64(),
    "float4": pa.float32(), "float8": pa.float64(), "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
}  # fmt: skip
#: How PostgreSQL writes NULL here; the same as a text it puts in quotes.
NULL = r"\N"
#: Rows in each file that UNLOAD writes.
PART_ROWS = 1_000_000
_BLOCK = 2**22


@dataclass(frozen=True)
class Copy:
    """COPY of the files of a manifest."""

    table: str
    manifest: str
    role: str


@dataclass(frozen=True)
class Unload:
    """UNLOAD of a query's rows."""

    sql: str
    to: str
    role: str


def transfer(sql: str) -> Copy | Unload | None:
    """The transfer that a statement asks for, if it asks for one."""
    if found := _COPY.match(sql):
        return Copy(found[1], _text(found[2]), _text(found[3]))
    if found := _UNLOAD.match(sql):
        return Unload(_text(found[1]), _text(found[2]), _text(found[3]))
    return None


def _text(literal: str) -> str:
    return re.sub(r"''|\\(.)", lambda found: found[1] or "'", literal, flags=re.DOTALL)


def parts(s3: Any, manifest: str) -> Iterator[pa.Table]:
    """Tables of a manifest's files.

    Raises
    ------
    LookupError
        In Redshift's words, if a file is absent or of another size.
    """
    for entry in json.loads(_get(s3, manifest))["entries"]:
        content = _get(s3, entry["url"])
        if len(content) != entry["meta"]["content_length"]:
            raise LookupError(f"File {entry['url']} has another size than the manifest says")
        yield pq.read_table(pa.BufferReader(content))


def _get(s3: Any, uri: str) -> bytes:
    place = urlsplit(uri)
    try:
        answer = s3.get_object(Bucket=place.netloc, Key=place.path[1:])
    except ClientError as error:
        code = error.response["Error"]["Code"]
        raise LookupError(
            f"S3ServiceException:The specified key does not exist.,Status 404,Error {code} ({uri})"
        ) from error
    content: bytes = answer["Body"].read()
    return content


def as_csv(table: pa.Table) -> IO[bytes]:
    """A table as PostgreSQL reads CSV: NULL is empty and bare, all else is quoted."""
    stream = io.BytesIO()
    options = csv.WriteOptions(include_header=False, quoting_style="all_valid")
    csv.write_csv(table, stream, options)
    stream.seek(0)
    return stream


def write_parts(s3: Any, rows: IO[bytes], columns: list[Column], to: str, part_rows: int) -> int:
    """Write CSV of PostgreSQL, while it comes, as Parquet files and their manifest; the rows."""
    entries, total = [], 0
    pieces = _pieces(_batches(rows, columns), part_rows)
    for number, group in groupby(pieces, key=itemgetter(0)):
        uri = f"{to}{number:04}_part_00.parquet"
        size, count = _put(s3, uri, (batch for _, batch in group))
        entries.append({"url": uri, "meta": {"content_length": size, "record_count": count}})
        total += count
    place = urlsplit(f"{to}manifest")
    body = json.dumps({"entries": entries, "meta": {"record_count": total}})
    s3.put_object(Bucket=place.netloc, Key=place.path[1:], Body=body.encode())
    return total


def _pieces(
    batches: Iterable[pa.RecordBatch], part_rows: int
) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Rows with the number of the file that they belong to."""
    row = 0
    for batch in batches:
        at = 0
        while at < batch.num_rows:
            count = min(batch.num_rows - at, part_rows - row % part_rows)
            yield row // part_rows, batch.slice(at, count)
            at, row = at + count, row + count


def _batches(rows: IO[bytes], columns: list[Column]) -> Iterator[pa.RecordBatch]:
    options = csv.ConvertOptions(
        column_types={column.name: _arrow(column) for column in columns},
        null_values=[NULL],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
        true_values=["t"],
        false_values=["f"],
    )
    try:
        batches = csv.open_csv(
            rows,
            read_options=csv.ReadOptions(
                column_names=[column.name for column in columns], block_size=_BLOCK
            ),
            parse_options=csv.ParseOptions(newlines_in_values=True),
            convert_options=options,
        )
    except pa.ArrowInvalid as error:
        if "Empty CSV file" in str(error):
            return
        raise
    yield from batches


def _arrow(column: Column) -> pa.DataType:
    if column.type == "numeric":
        return pa.decimal128(column.precision or 38, column.scale or 0)
    return _ARROW.get(column.type, pa.string())


def _put(s3: Any, uri: str, batches: Iterator[pa.RecordBatch]) -> tuple[int, int]:
    """Bytes and rows of the file that was written."""
    first, count = next(batches), 0
    with tempfile.TemporaryFile() as file:
        with pq.ParquetWriter(file, first.schema, write_statistics=False) as writer:
            for batch in chain([first], batches):
                writer.write_batch(batch)
                count += batch.num_rows
        size = file.tell()
        file.seek(0)
        place = urlsplit(uri)
        s3.put_object(Bucket=place.netloc, Key=place.path[1:], Body=file)
    return size, count
