"""The console as one aiohttp application: the table's routes, errors as problem+json, security headers.

``create_app`` is all the composition root needs. Importing this module does nothing.
"""

import asyncio
import functools
import json
import secrets
from collections.abc import Callable
from datetime import UTC, datetime

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from console.api.service import OPENAPI
from console.auth import Doorkeeper
from console.endpoint import DESK, DOOR, NOW, endpoint
from console.errors import CONTENT_TYPE, DATABASE_UNUSABLE, Problem, translate
from console.events import PACE, STOPPING, Pace
from console.intake import UPLOAD_LIMIT, too_large
from console.openapi import document
from console.pages.views import PAGES, load_pages
from console.ports import Desk
from console.routes import ROUTES
from console.schemas.service import ProblemOut

log = structlog.get_logger(__name__)

# Everything comes from here and nowhere else; nobody may frame the pages; nothing is kept by caches, for the
# pages show customers' files. Same-origin referrers keep the Origin header, by which sign-in is checked.
SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def utc_now() -> datetime:
    """Return the moment, aware, in UTC."""
    return datetime.now(UTC)


def create_app(
    desk: Desk, *, now: Callable[[], datetime] = utc_now, pace: Pace | None = None
) -> web.Application:
    """Return the application over the use cases of ``desk``. ``now`` only dates sign-ins."""
    app = web.Application(middlewares=[_problems], client_max_size=UPLOAD_LIMIT)
    app[DESK] = desk
    app[DOOR] = Doorkeeper(desk.tokens)
    app[NOW] = now
    app[PACE] = pace or Pace()
    app[STOPPING] = asyncio.Event()
    app[OPENAPI] = _openapi_text(desk.version)
    app[PAGES] = load_pages()
    for route in ROUTES:
        app.router.add_route(route.method, route.pattern, endpoint(route), name=route.name)
    app.on_response_prepare.append(_secure)
    app.on_shutdown.append(_stop_streams)
    return app


@functools.cache
def _openapi_text(version: str) -> str:
    """Return the API document as text; it depends on nothing but the version, so it is made once."""
    return json.dumps(document(ROUTES, version))


async def _stop_streams(app: web.Application) -> None:
    """End live streams first, or the server would wait for them until its patience ends."""
    app[STOPPING].set()


async def _secure(_: web.Request, response: web.StreamResponse) -> None:
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["Server"] = "dialer"


@web.middleware
async def _problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn everything that goes wrong into problem+json. No text of an unexpected error gets out."""
    try:
        return await handler(request)
    except Problem as problem:
        return problem_response(problem)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return problem_response(_of_http(error))
    except Exception as error:
        known = translate(error)
        if known is not None and known.kind_id == DATABASE_UNUSABLE:
            # Whoever reads the log must see that requests fail; the way there is the same for all of them.
            log.warning("database_unusable", method=request.method, path=request.path, cause=str(error))
        return problem_response(known or _incident(request, error))


def _incident(request: web.Request, error: Exception) -> Problem:
    incident = secrets.token_hex(6)
    log.error("request_failed", incident=incident, method=request.method, path=request.path, exc_info=error)
    detail = f"Nothing more is known here; the log has the rest under incident {incident}."
    return Problem("internal", detail, incident=incident)


def _of_http(error: web.HTTPException) -> Problem:
    """Translate what aiohttp itself refuses."""
    if isinstance(error, web.HTTPMethodNotAllowed):
        allowed = ", ".join(sorted(error.allowed_methods))
        return Problem("method-not-allowed", f"Allowed here: {allowed}.", headers={"Allow": allowed})
    if isinstance(error, web.HTTPRequestEntityTooLarge):
        return too_large(UPLOAD_LIMIT)
    if isinstance(error, web.HTTPNotFound):
        return Problem("no-such-route", "There is nothing at this address.")
    return Problem("malformed-upload", "The request cannot be read.")


def problem_response(problem: Problem) -> web.Response:
    """Write a problem out as RFC 9457 has it."""
    kind = problem.kind
    response = web.Response(
        text=ProblemOut.of(problem).model_dump_json(exclude_none=True),
        status=kind.status,
        content_type=CONTENT_TYPE,
        headers=problem.headers,
    )
    if kind.id == "body-too-large":
        response.force_close()  # the rest of the body would otherwise be read, only to be thrown away
    return response
