"""One uploaded file, limited while it arrives and gone when it has been read."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from ml.contract.faults import Rule
from ml.contract.requests.problems import Problem
from ml.serving.bodies import MEGABYTE, limited, media_type
from ml.serving.file_names import ending, shown_name
from ml.serving.scoring_api import wrong_media_type

FIELD = "file"
_FORM = "multipart/form-data"
_FORM_BYTES = 10_000  # boundaries and part headers around the file


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A file that arrived whole.

    Parameters
    ----------
    path : Path
        Where it lies until the request ends.
    name : str
        Its name, fit to show.
    sha256 : str
        Digest of its bytes.
    lines : int
        Line ends that it holds.
    """

    path: Path
    name: str
    sha256: str
    lines: int


@contextlib.asynccontextmanager
async def received(request: Request, folder: Path, most_megabytes: int) -> AsyncIterator[Upload]:
    """The file of a form post, in a folder of its own that is removed at the end.

    Raises
    ------
    Problem
        400 for an incomplete form or another number of files than one, 413 for one that is
        too large, 415 for a body that is no form.
    """
    if media_type(request) != _FORM:
        raise wrong_media_type(media_type(request), _FORM)
    body = limited(request, most_megabytes * MEGABYTE + _FORM_BYTES)
    parser = _OneFileParser(request.headers, body, max_files=1, max_fields=5)
    try:
        file = await _form_file(parser)
        with scratch(folder) as place:
            yield await run_in_threadpool(_kept, file.file, file.filename, place)
    finally:
        parser.close()


class _OneFileParser(MultiPartParser):
    """Starlette's parser, which forgets a file whose end never came."""

    def close(self) -> None:
        """Give back the memory or disk of every file, finished or not."""
        for file in self._files_to_close_on_error:
            file.close()


@contextlib.contextmanager
def scratch(folder: Path) -> Iterator[Path]:
    """A new folder below `folder`, gone afterwards."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix="upload-") as place:
        yield Path(place)


async def _form_file(parser: MultiPartParser) -> UploadFile:
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise incomplete(error.message.rstrip(".")) from None
    except ClientDisconnect:
        raise incomplete("the upload broke off") from None
    file = form.get(FIELD)
    if not isinstance(file, UploadFile):
        raise incomplete(f"the form has no complete file in its field {FIELD!r}")
    if not file.filename:
        raise incomplete("no file was chosen")
    return file


def _kept(source: IO[bytes], name: str | None, place: Path) -> Upload:
    path = place / f"leads{ending(name)}"
    with path.open("wb") as target:
        shutil.copyfileobj(source, target)
    return described(path, shown_name(name))


def described(path: Path, name: str) -> Upload:
    """A file on disk as an upload."""
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    return Upload(path=path, name=name, sha256=digest, lines=content.count(b"\n"))


def incomplete(message: str) -> Problem:
    """The answer to a form that does not hold one whole file."""
    return Problem.of(400, Rule.INCOMPLETE_UPLOAD, message, "choose one file and send it again")


def refuse_other_sites(request: Request) -> None:
    """Refuse a form that another site made the browser send (cross-site request forgery).

    Raises
    ------
    Problem
        403 when the browser says that the request began elsewhere.

    Notes
    -----
    Browsers send `Origin` with every POST and a page cannot forge it (OWASP, "verifying origin
    with standard headers"). A request without it comes from no browser and carries no one's rights.
    """
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site", "none")
    foreign = origin is not None and urlsplit(origin).netloc != request.headers.get("host")
    if foreign or site not in {"none", "same-origin"}:
        raise Problem(403, "this form was sent from another site; open the page here and try again")
