"""Reading what a client sent: bodies within their limit, JSON into a model, one uploaded file, the query.

Nothing is read past the limit; compressed bodies are measured after unpacking. Raises ``Problem``.
"""

from dataclasses import dataclass
from typing import TypeVar

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web_request import Request as HttpRequest
from pydantic import BaseModel, ValidationError

from campaigns.errors import Fault
from console.errors import Problem, from_validation, invalid

JSON_LIMIT = 64 * 1024
UPLOAD_LIMIT = 50 * 1024 * 1024
UPLOAD_FIELD = "file"
_CHUNK = 64 * 1024

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Upload:
    """One uploaded file, as bytes: which encoding they are in is for the reader of lists to find out."""

    content: bytes


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
    try:
        async for chunk in request.content.iter_chunked(_CHUNK):
            size += len(chunk)
            if size > limit:
                raise too_large(limit)
            parts.append(chunk)
    except (web.RequestPayloadError, HttpProcessingError, ValueError) as fault:
        raise Problem("malformed-upload", "The body is cut short or wrongly encoded.") from fault
    return b"".join(parts)


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


async def upload(request: HttpRequest) -> Upload:
    """Read one file: a text/csv body, or the part ``file`` of a multipart form."""
    if request.content_type == "text/csv":
        return Upload(await body(request, UPLOAD_LIMIT))
    if request.content_type == "multipart/form-data":
        if (request.content_length or 0) > UPLOAD_LIMIT + _CHUNK:
            raise too_large(UPLOAD_LIMIT)
        try:
            return Upload(await _form_file(request))
        except (web.RequestPayloadError, HttpProcessingError, ValueError, AssertionError, KeyError) as fault:
            raise Problem("malformed-upload", "The multipart form is broken.") from fault
    raise Problem("wrong-content-type", "Send the list as text/csv, or as a form with one file.")


async def _form_file(request: HttpRequest) -> bytes:
    """Read the form to its end and return the one file in it; any other part is a fault."""
    content: bytes | None = None
    form = await request.multipart()
    while (part := await form.next()) is not None:
        name = part.name if isinstance(part, BodyPartReader) else None
        if not isinstance(part, BodyPartReader) or name != UPLOAD_FIELD:
            raise invalid([Fault(f"part {name or '(unnamed)'}", "is not a known field")])
        if content is not None:
            raise invalid([Fault(f"part {UPLOAD_FIELD}", "is given more than once")])
        content = await _part(part)
    if content is None:
        raise invalid([Fault(f"part {UPLOAD_FIELD}", "is required")])
    return content


async def _part(part: BodyPartReader) -> bytes:
    content = bytearray()
    while chunk := await part.read_chunk(_CHUNK):
        content += chunk
        if len(content) > UPLOAD_LIMIT:
            raise too_large(UPLOAD_LIMIT)
    return bytes(content)
