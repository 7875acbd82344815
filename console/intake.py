"""Reading what a client sent: bodies within their limit, JSON into a model, one uploaded file, the query.

Nothing is read past the limit; compressed bodies are measured after unpacking. An upload goes to a file as it
comes, never into memory. Raises ``Problem``.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Annotated, BinaryIO, TypeVar
from urllib.parse import unquote

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web_request import Request as HttpRequest
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from campaigns.errors import Fault
from campaigns.private_files import private_writer
from console.errors import Problem, from_validation, invalid

JSON_LIMIT = 64 * 1024
UPLOAD_LIMIT = 512 * 1024 * 1024
UPLOAD_FIELD = "file"
MAPPING_FIELD = "mapping"
UPLOAD_TYPES = (
    "text/csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/octet-stream",
)
_CHUNK = 64 * 1024

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Upload:
    """One uploaded file, at ``path``, for whoever handles it to delete; what kind of file it is, is for the
    reader of lists to find out. ``columns`` is a mapping that came with it.
    """

    path: Path
    name: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)


MappingPart: TypeAdapter[dict[str, str]] = TypeAdapter(
    Annotated[dict[str, Annotated[str, Field(max_length=2_000)]], Field(max_length=60)]
)


class _Spool:
    """A file that an upload goes to; it is gone again when the upload breaks off."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: BinaryIO = private_writer(path)
        self._size = 0

    def __enter__(self) -> "_Spool":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _value: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._file.close()
        if kind is not None:
            self.path.unlink(missing_ok=True)

    def write(self, chunk: bytes) -> None:
        """Append; raises body-too-large as soon as that is certain."""
        self._size += len(chunk)
        if self._size > UPLOAD_LIMIT:
            raise too_large(UPLOAD_LIMIT)
        self._file.write(chunk)


def too_large(limit: int) -> Problem:
    """Return the refusal of a body above ``limit`` bytes."""
    size = f"{limit // 1024**2} MB" if limit >= 1024**2 else f"{limit // 1024} kB"
    return Problem("body-too-large", f"At most {size} are accepted here.")


def query(request: HttpRequest, model: type[M]) -> M:
    """Read the query into its model; an unknown or repeated parameter is a fault, never ignored."""
    repeated = sorted({name for name in request.query if len(request.query.getall(name)) > 1})
    if repeated:
        raise invalid([Fault(f"query {name}", "is given more than once") for name in repeated])
    try:
        return model.model_validate(dict(request.query))
    except ValidationError as error:
        raise from_validation(error, "query") from None


async def body(request: HttpRequest, limit: int) -> bytes:
    """Read the whole body; raises body-too-large as soon as that is certain."""
    if (request.content_length or 0) > limit:
        raise too_large(limit)
    parts, size = [], 0
    async for chunk in _chunks(request):
        size += len(chunk)
        if size > limit:
            raise too_large(limit)
        parts.append(chunk)
    return b"".join(parts)


async def _chunks(request: HttpRequest) -> AsyncIterator[bytes]:
    try:
        async for chunk in request.content.iter_chunked(_CHUNK):
            yield chunk
    except (web.RequestPayloadError, HttpProcessingError, ValueError) as fault:
        raise Problem("malformed-upload", "The body is cut short or wrongly encoded.") from fault


async def json_body(request: HttpRequest, model: type[M]) -> M:
    """Read a JSON body into its model. No body at all means ``{}``."""
    content = await body(request, JSON_LIMIT)
    if not content:
        content = b"{}"
    elif request.content_type != "application/json":
        raise Problem("wrong-content-type", "Send the body as application/json.")
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        raise from_validation(error) from None


async def upload(request: HttpRequest, path: Path) -> Upload:
    """Read one file to ``path``: the whole body, or the part ``file`` of a multipart form.

    A form may have a part ``mapping`` as well: a JSON object of header names by column.
    """
    if request.content_type in UPLOAD_TYPES:
        if (request.content_length or 0) > UPLOAD_LIMIT:
            raise too_large(UPLOAD_LIMIT)
        with _Spool(path) as spool:
            async for chunk in _chunks(request):
                spool.write(chunk)
        return Upload(path, unquote(request.headers.get("X-File-Name", ""))[:200])
    if request.content_type == "multipart/form-data":
        if (request.content_length or 0) > UPLOAD_LIMIT + 2 * _CHUNK:
            raise too_large(UPLOAD_LIMIT)
        try:
            with _Spool(path) as spool:
                return await _form(request, spool)
        except (web.RequestPayloadError, HttpProcessingError, ValueError, AssertionError, KeyError) as fault:
            raise Problem("malformed-upload", "The multipart form is broken.") from fault
    raise Problem("wrong-content-type", "Send the list as text/csv or XLSX, or as a form with one file.")


async def _form(request: HttpRequest, spool: _Spool) -> Upload:
    """Read the form to its end; any part that is not known, or there twice, is a fault."""
    name: str | None = None
    columns: Mapping[str, str] | None = None
    form = await request.multipart()
    while (part := await form.next()) is not None:
        field_name = part.name if isinstance(part, BodyPartReader) else None
        if isinstance(part, BodyPartReader) and field_name == UPLOAD_FIELD and name is None:
            name = (part.filename or "")[:200]
            while chunk := await part.read_chunk(_CHUNK):
                spool.write(chunk)
        elif isinstance(part, BodyPartReader) and field_name == MAPPING_FIELD and columns is None:
            columns = await _columns(part)
        elif field_name in (UPLOAD_FIELD, MAPPING_FIELD):
            raise invalid([Fault(f"part {field_name}", "is given more than once")])
        else:
            raise invalid([Fault(f"part {field_name or '(unnamed)'}", "is not a known field")])
    if name is None:
        raise invalid([Fault(f"part {UPLOAD_FIELD}", "is required")])
    return Upload(spool.path, name, columns or {})


async def _columns(part: BodyPartReader) -> Mapping[str, str]:
    content = bytearray()
    while chunk := await part.read_chunk(_CHUNK):
        content += chunk
        if len(content) > JSON_LIMIT:
            raise too_large(JSON_LIMIT)
    try:
        return MappingPart.validate_json(bytes(content))
    except ValidationError as error:
        raise from_validation(error, f"part {MAPPING_FIELD}") from None
