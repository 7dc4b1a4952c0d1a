"""One uploaded file, limited while it arrives and gone when it has been read."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

import anyio
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from ml.contract.faults import Rule
from ml.contract.requests.problems import Problem
from ml.serving.bodies import MEGABYTE, limited, media_type
from ml.serving.file_names import ending, shown_name
from ml.serving.scoring_api import wrong_media_type

#: Fields of the form: the file, and a box that is ticked to get reasons.
FIELD, EXPLAINED = "file", "explained"
_FORM = "multipart/form-data"
#: Bodies that are a file, and how such a file ends.
BODIES = {
    "text/csv": ".csv",
    "application/vnd.apache.parquet": ".parquet",
    "application/jsonlines": ".jsonl",
    "application/x-ndjson": ".jsonl",
}
_LEADS = "leads"
_FORM_BYTES = 10_000  # boundaries and part headers around the file


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A file that arrived whole.

    Parameters
    ----------
    path : Path
        Where it lies until its job ends.
    name : str
        Its name, fit to show.
    sha256 : str
        Digest of its bytes.
    lines : int
        Line ends that it holds.
    explained : bool, default=False
        Whether the form asks for reasons.
    """

    path: Path
    name: str
    sha256: str
    lines: int
    explained: bool = False


async def received(request: Request, folder: Path, most_megabytes: int) -> Upload:
    """The file of a request, written into `folder`: the one file of a form, or the body itself.

    Raises
    ------
    Problem
        400 for an incomplete form or another number of files than one, 413 for a file that is
        too large, 415 for a body that is neither a form nor a file of leads.
    """
    kind, most_bytes = media_type(request), most_megabytes * MEGABYTE
    if kind == _FORM:
        return await _of_form(request, folder, most_bytes)
    if kind not in BODIES:
        raise wrong_media_type(kind, _FORM, *BODIES)
    name = request.query_params.get("name") or f"leads{BODIES[kind]}"
    path = folder / f"{_LEADS}{BODIES[kind]}"
    try:
        async with await anyio.open_file(path, "wb") as target:
            async for chunk in limited(request, most_bytes):
                await target.write(chunk)
    except ClientDisconnect:
        raise incomplete("the upload broke off") from None
    return await run_in_threadpool(described, path, shown_name(name))


async def _of_form(request: Request, folder: Path, most_bytes: int) -> Upload:
    body = limited(request, most_bytes + _FORM_BYTES)
    parser = _OneFileParser(request.headers, body, max_files=1, max_fields=5)
    try:
        form = await _form_of(parser)
        file = _file_of(form)
        upload = await run_in_threadpool(_kept, file.file, file.filename, folder)
        return replace(upload, explained=EXPLAINED in form)
    finally:
        parser.close()


class _OneFileParser(MultiPartParser):
    """Starlette's parser, which forgets a file whose end never came."""

    def close(self) -> None:
        """Give back the memory or disk of every file, finished or not."""
        for file in self._files_to_close_on_error:
            file.close()


async def _form_of(parser: MultiPartParser) -> FormData:
    try:
        return await parser.parse()
    except MultiPartException as error:
        raise incomplete(error.message.rstrip(".")) from None
    except ClientDisconnect:
        raise incomplete("the upload broke off") from None


def _file_of(form: FormData) -> UploadFile:
    file = form.get(FIELD)
    if not isinstance(file, UploadFile):
        raise incomplete(f"the form has no complete file in its field {FIELD!r}")
    if not file.filename:
        raise incomplete("no file was chosen")
    return file


def _kept(source: IO[bytes], name: str | None, folder: Path) -> Upload:
    path = folder / f"{_LEADS}{ending(name)}"
    with path.open("wb") as target:
        shutil.copyfileobj(source, target)
    return described(path, shown_name(name))


def described(path: Path, name: str) -> Upload:
    """A file on disk as an upload."""
    digest, lines = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(MEGABYTE):
            digest.update(chunk)
            lines += chunk.count(b"\n")
    return Upload(path=path, name=name, sha256=digest.hexdigest(), lines=lines)


def incomplete(message: str) -> Problem:
    """The answer to a form that does not hold one whole file."""
    return Problem.of(400, Rule.INCOMPLETE_UPLOAD, message, "choose one file and send it again")
