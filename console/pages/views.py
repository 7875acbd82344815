"""The pages and the way in: templates filled on the server, assets, the sign-in form and its cookie.

Knows who may see which page. What the pages show, they fetch from the API like every other client.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs

import structlog
from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import Field

from campaigns.books import NEVER_AGAIN
from campaigns.desk.campaigns import BOUNDS, MAX_NAME
from campaigns.desk.encoding import NAMES
from campaigns.desk.lists import MAX_RETENTION_DAYS, RETENTION_DAYS
from campaigns.model import CustomerClass, Disposition, NumberKind, Purpose
from campaigns.suppression import OPT_OUT_ID
from console import intake
from console.auth import COOKIE, SESSION, refuse_other_sites
from console.endpoint import DOOR, NOW, Ask, identify
from console.errors import Problem
from console.ports import Token
from console.schemas.agents import AgentLineOut
from console.schemas.kinds import Query

log = structlog.get_logger(__name__)

FORM_LIMIT = 4096
_HERE = Path(__file__).parent
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Asset:
    """One static file in memory, with its type and a tag that changes with its content."""

    content: bytes
    content_type: str
    etag: str


@dataclass(frozen=True, slots=True)
class Pages:
    """All templates and assets, read once at start."""

    templates: Environment
    assets: Mapping[str, Asset]

    def render(self, template: str, who: Token | None, status: int = 200, **values: object) -> web.Response:
        """Return a page. Everything filled in is escaped; a name the template does not know is an error."""
        text = self.templates.get_template(template).render(who=who, **values)
        return web.Response(text=text, status=status, content_type="text/html")


PAGES = web.AppKey("pages", Pages)


class AgentPageQuery(Query):
    """Whose page a manager wants to see."""

    agent: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_.-]{1,64}$")


def load_pages() -> Pages:
    """Read templates and assets from beside this module."""
    templates = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    assets = {}
    for path in sorted((_HERE.parent / "static").iterdir()):
        if path.suffix in _TYPES:
            content = path.read_bytes()
            assets[path.name] = Asset(content, _TYPES[path.suffix], hashlib.sha256(content).hexdigest()[:16])
    return Pages(templates, assets)


def _pages(ask: Ask) -> Pages:
    return ask.request.app[PAGES]


def _home_of(who: Token) -> str:
    return "/manager" if who.role == "manager" else "/agent"


async def home(ask: Ask, _: None) -> web.StreamResponse:
    """Lead to one's own page."""
    raise web.HTTPSeeOther(_home_of(ask.who))


async def sign_in_form(ask: Ask, _: None) -> web.StreamResponse:
    """Show the sign-in form; whoever is signed in already is led on."""
    who = identify(ask.request)
    if who is not None:
        raise web.HTTPSeeOther(_home_of(who))
    return _pages(ask).render("sign_in.html", None, refused="")


async def sign_in(ask: Ask, _: None) -> web.StreamResponse:
    """Check the token and set the cookie. A wrong token shows the form again, with status 401."""
    request = ask.request
    refuse_other_sites(request.method, request.headers)
    if request.content_type != "application/x-www-form-urlencoded":
        raise Problem("wrong-content-type", "Send the form as a browser does.")
    form = parse_qs((await intake.body(request, FORM_LIMIT)).decode("utf-8", "replace"), max_num_fields=10)
    given = form.get("token", [""])[0].strip()
    door, moment = request.app[DOOR], request.app[NOW]()
    who, sealed = door.by_token(given), door.seal(given, moment)
    if who is None or sealed is None:
        log.warning("sign_in_refused", peer=request.remote)
        return _pages(ask).render("sign_in.html", None, 401, refused="Nobody here knows that token.")
    response = web.HTTPSeeOther(_home_of(who))
    response.set_cookie(
        COOKIE,
        sealed,
        max_age=int(SESSION.total_seconds()),
        httponly=True,
        samesite="Strict",
        secure=request.secure,
    )
    raise response


async def sign_out(ask: Ask, _: None) -> web.StreamResponse:
    """Delete the cookie."""
    refuse_other_sites(ask.request.method, ask.request.headers)
    response = web.HTTPSeeOther("/sign-in")
    response.del_cookie(COOKIE, httponly=True, samesite="Strict")
    raise response


def _for_managers(ask: Ask, template: str, **values: object) -> web.Response:
    if ask.who.role != "manager":
        raise web.HTTPSeeOther(_home_of(ask.who))
    return _pages(ask).render(template, ask.who, 200, **values)


async def manager(ask: Ask, _: None) -> web.StreamResponse:
    """Show the manager's page; an agent is led to his own."""
    return _for_managers(
        ask,
        "manager.html",
        version=ask.desk.version,
        dispositions=[str(one) for one in Disposition],
        retention_days=RETENTION_DAYS,
        max_retention_days=MAX_RETENTION_DAYS,
        encodings=tuple(NAMES),
        never_again=NEVER_AGAIN,
        bounds=BOUNDS,
        max_name=MAX_NAME,
    )


async def customers(ask: Ask, _: None) -> web.StreamResponse:
    """Show customers, do-not-call lists and owners; an agent is led to his own page."""
    return _for_managers(
        ask,
        "customers.html",
        opt_out_id=OPT_OUT_ID,
        purposes=[str(one) for one in Purpose],
        classes=[str(one) for one in CustomerClass],
        kinds=[str(one) for one in NumberKind],
        encodings=tuple(NAMES),
    )


async def agent(ask: Ask, _: None) -> web.StreamResponse:
    """Show an agent his page; a manager may look at anybody's, and chooses first whose."""
    chosen = ask.query_as(AgentPageQuery).agent if ask.who.role == "manager" else ask.who.agent_id
    views = ask.desk.floor.views()
    if chosen is None:
        lines = [AgentLineOut.of(view) for view in views]
        return _pages(ask).render("choose_agent.html", ask.who, agents=lines)
    # From the board, which is there before anybody is found again after a start: the page waits for that.
    name = next((view.name for view in views if view.agent_id == chosen), None)
    if name is None:
        raise Problem("not-found", f"there is no agent {chosen!r}")
    classes = [str(one) for one in CustomerClass]
    return _pages(ask).render("agent.html", ask.who, agent_id=chosen, name=name, classes=classes)


async def asset(ask: Ask, _: None) -> web.StreamResponse:
    """Return a static file; browsers ask again each time and mostly hear that nothing changed."""
    found = ask.request.app[PAGES].assets.get(ask.request.match_info["asset"])
    if found is None:
        raise Problem("no-such-route", "There is nothing at this address.")
    headers = {"Cache-Control": "no-cache", "ETag": f'"{found.etag}"'}
    if any(tag.value == found.etag for tag in ask.request.if_none_match or ()):
        return web.Response(status=304, headers=headers)
    return web.Response(body=found.content, content_type=found.content_type, charset="utf-8", headers=headers)
