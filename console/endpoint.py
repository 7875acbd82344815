"""From a row of the route table to an aiohttp handler: admit, read, act, answer.

A row is the only way to a route, so nothing is reachable that does not name who may use it. The type
checker holds each handler to the request and response models of its row.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, Generic, TypeVar

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import BaseModel

from console import intake
from console.auth import (
    COOKIE,
    USER_HEADER,
    Access,
    Doorkeeper,
    bearer,
    on_behalf,
    refuse_other_sites,
    require,
)
from console.errors import Problem
from console.ports import Desk, Token
from console.schemas.kinds import NoQuery, Query, Request, Response

DESK = web.AppKey("desk", Desk)
DOOR = web.AppKey("door", Doorkeeper)
NOW: web.AppKey[Callable[[], datetime]] = web.AppKey("now")

B = TypeVar("B")
R = TypeVar("R", bound=Response)
Q = TypeVar("Q", bound=Query)

MOST: Final = 2**63 - 1
"""The highest number that a database keeps."""

# The forms of the variable parts of a path. Whatever does not match is no address of ours: 404.
PATH_FORMS: Mapping[str, str] = MappingProxyType(
    {
        "campaign_id": "[1-9][0-9]{0,39}",
        "agent_id": "[A-Za-z0-9_.-]{1,64}",
        "asset": "[a-z_]{1,40}\\.[a-z]{2,5}",
        "import_id": "[0-9a-f]{16}",
        "list_id": "[1-9][0-9]{0,39}",
        "suppression_id": "[1-9][0-9]{0,39}",
        "customer_id": "[1-9][0-9]{0,39}",
        "template": "[a-z][a-z0-9_-]{0,60}",
    }
)


@dataclass(frozen=True, slots=True)
class Ask:
    """One admitted request: who asks, of which desk, and the checked query."""

    request: web.Request
    desk: Desk
    who: Token
    query: Query

    @property
    def campaign_id(self) -> int:
        """The campaign of the path."""
        return self.number("campaign_id")

    def number(self, name: str) -> int:
        """A number of the path; one that no store can count to is of nothing there is."""
        number = int(self.request.match_info[name])
        if number > MOST:
            raise Problem("not-found", f"no {name.removesuffix('_id')} {number}")
        return number

    def word(self, name: str) -> str:
        """A word of the path."""
        return self.request.match_info[name]

    @property
    def agent_id(self) -> str:
        """The agent of the path."""
        return self.request.match_info["agent_id"]

    def query_as(self, model: type[Q]) -> Q:
        """Return the query as the model that the row names."""
        if not isinstance(self.query, model):
            raise TypeError(f"the row of {self.request.path} does not name {model.__name__}")
        return self.query


@dataclass(frozen=True, slots=True)
class Reply(Generic[R]):
    """An answer with another status than the row's, or with headers."""

    body: R
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Route:
    """One row of the table. ``problems`` are the kinds beyond those every route of its sort can answer.

    ``may_go_on``: it answers 202 where what was asked is not done yet, and goes on by itself.
    """

    method: str
    path: str
    handler: Callable[[Ask, Any], Awaitable[Any]]
    access: Access
    summary: str
    request: type[Any] | None = None
    response: type[Response] | None = None
    query: type[Query] = NoQuery
    status: int = 200
    problems: tuple[str, ...] = ()
    media_type: str = "application/json"
    page: bool = False
    may_go_on: bool = False

    @property
    def name(self) -> str:
        """The operation's name: the handler's, unique over the table."""
        return self.handler.__name__

    @property
    def pattern(self) -> str:
        """The path as aiohttp matches it, with the forms of its variable parts."""
        pattern = self.path
        for name, form in PATH_FORMS.items():
            pattern = pattern.replace(f"{{{name}}}", f"{{{name}:{form}}}")
        return pattern


def api(
    method: str,
    path: str,
    access: Access,
    handler: Callable[[Ask, B], Awaitable[R | Reply[R]]],
    request: type[B],
    response: type[R],
    summary: str,
    *,
    query: type[Query] = NoQuery,
    status: int = 200,
    problems: tuple[str, ...] = (),
    may_go_on: bool = False,
) -> Route:
    """Return the row of an API call; the type checker holds the handler to ``request`` and ``response``."""
    return Route(
        method,
        path,
        handler,
        access,
        summary,
        request,
        response,
        query,
        status,
        problems,
        may_go_on=may_go_on,
    )


def stream(
    method: str,
    path: str,
    access: Access,
    handler: Callable[[Ask, None], Awaitable[web.StreamResponse]],
    summary: str,
    media_type: str,
    *,
    query: type[Query] = NoQuery,
    problems: tuple[str, ...] = (),
) -> Route:
    """Return the row of an API call that writes its own answer."""
    return Route(
        method, path, handler, access, summary, query=query, problems=problems, media_type=media_type
    )


def page(
    method: str,
    path: str,
    access: Access,
    handler: Callable[[Ask, None], Awaitable[web.StreamResponse]],
    summary: str,
    *,
    query: type[Query] = NoQuery,
) -> Route:
    """Return the row of something for people: a page, a form or an asset. Not part of the API document."""
    return Route(method, path, handler, access, summary, query=query, media_type="text/html", page=True)


NOBODY = Token(name="", role="")


def identify(request: web.Request) -> Token | None:
    """Return who asks: by bearer token if one is given, else by the pages' cookie."""
    door = request.app[DOOR]
    header = request.headers.get("Authorization")
    if header is not None:
        token = bearer(header)
        who = door.by_token(token) if token else None
        return who and on_behalf(who, request.headers.get(USER_HEADER, ""))
    cookie = request.cookies.get(COOKIE)
    return door.by_cookie(cookie, request.app[NOW]()) if cookie else None


def admit(request: web.Request, route: Route) -> Token:
    """Return who asks, once it is certain that they may; raises ``Problem``, or sends people to sign in."""
    who = identify(request)
    if route.access is Access.PUBLIC:
        return who or NOBODY
    if who is None:
        if route.page:
            raise web.HTTPSeeOther("/sign-in")
        challenge = {"WWW-Authenticate": 'Bearer realm="dialer"'}
        raise Problem("not-signed-in", "Send a valid bearer token, or sign in.", headers=challenge)
    if "Authorization" not in request.headers:
        refuse_other_sites(request.method, request.headers)
    require(route.access, who, request.match_info.get("agent_id"))
    return who


async def _read(request: web.Request, route: Route) -> Any:
    if route.request is None:
        return None
    if route.request is intake.Upload:
        return await intake.upload(request, request.app[DESK].imports.new_file())
    if issubclass(route.request, Request) and request.method not in {"GET", "HEAD"}:
        return await intake.json_body(request, route.request)
    return route.request()


def endpoint(route: Route) -> Handler:
    """Return the aiohttp handler of a row."""

    async def handle(request: web.Request) -> web.StreamResponse:
        who = admit(request, route)
        query = intake.query(request, route.query)
        given = await _read(request, route)
        result = await route.handler(Ask(request, request.app[DESK], who, query), given)
        if isinstance(result, web.StreamResponse):
            return result
        reply = result if isinstance(result, Reply) else Reply(result)
        return answer(reply.body, reply.status or route.status, reply.headers)

    return handle


def answer(body: BaseModel, status: int, headers: Mapping[str, str]) -> web.Response:
    """Return a model as a JSON response."""
    return web.Response(
        text=body.model_dump_json(), status=status, content_type="application/json", headers=headers
    )
