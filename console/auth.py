"""Who is asking, and what they may do: bearer tokens, the cookie, roles, and requests from other sites.

The cookie never holds the token: it is a time of expiry sealed with a key drawn from the token. So it
survives a restart of the service, needs no memory of sessions, and dies with its token.
Knows nothing of routes or pages. The moment is an argument.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from console.errors import Problem
from console.ports import Token

COOKIE = "dialer_session"
SESSION = timedelta(hours=12)
SAFE_METHODS = frozenset({"GET", "HEAD"})
USER_HEADER = "Dialer-User"
"""What the command line says of the user it runs for."""
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@+\\$-]{0,63}")


class Access(StrEnum):
    """Who may use a route."""

    PUBLIC = "public"  # no token
    ANYONE = "anyone"  # any valid token
    MANAGER = "manager"
    OWN_AGENT = "own agent"  # the agent of the path himself, or a manager


class Doorkeeper:
    """Knows the tokens. Every comparison takes the same time, whatever was given."""

    def __init__(self, tokens: Mapping[str, Token]) -> None:
        self._known = [
            (_digest(token), hashlib.sha256(b"dialer session key\0" + token.encode()).digest(), who)
            for token, who in tokens.items()
        ]

    def by_token(self, given: str) -> Token | None:
        """Return whom a bearer token speaks for; None when nobody knows it."""
        digest, found = _digest(given), None
        for known, _, who in self._known:
            if hmac.compare_digest(known, digest):
                found = who
        return found

    def seal(self, given: str, moment: datetime) -> str | None:
        """Return the cookie for a token, good for ``SESSION``; None when nobody knows the token."""
        digest, sealed = _digest(given), None
        expires = int((moment + SESSION).timestamp())
        for known, key, _ in self._known:
            if hmac.compare_digest(known, digest):
                sealed = f"{expires}.{_mac(key, expires)}"
        return sealed

    def by_cookie(self, given: str, moment: datetime) -> Token | None:
        """Return whom a cookie speaks for; None when it is forged, expired or its token is gone."""
        expires_text, _, mac = given.partition(".")
        # Ten digits reach the year 2286: a longer number is no cookie of ours, and would cost time to read.
        if not (len(expires_text) == 10 and expires_text.isascii() and expires_text.isdigit()):
            return None
        expires, found = int(expires_text), None
        for _, key, who in self._known:
            if hmac.compare_digest(_mac(key, expires).encode(), mac.encode("utf-8", "surrogateescape")):
                found = who
        return found if moment.timestamp() < expires else None


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()


def _mac(key: bytes, expires: int) -> str:
    return hmac.new(key, str(expires).encode(), hashlib.sha256).hexdigest()


def bearer(header: str) -> str | None:
    """Return the token of an Authorization header; None when it is not of the bearer kind."""
    scheme, _, token = header.partition(" ")
    token = token.strip()
    return token if scheme.lower() == "bearer" and token else None


def is_plain_user(name: str) -> bool:
    """Say whether a user's name can stand beside a token's."""
    return _USER.fullmatch(name) is not None


def on_behalf(who: Token, user: str) -> Token:
    """Return a manager with the user beside his name who sat at the command line, as it said itself.

    The token's own name stays in front: only that is proven. Raises ``Problem`` for what is no plain name.
    """
    if who.role != "manager" or not user:
        return who
    if not is_plain_user(user):
        raise Problem("invalid-input", f"{USER_HEADER} holds no plain name of up to 64 characters.")
    return replace(who, name=f"{who.name} (cli:{user})")


def require(access: Access, who: Token, agent_id: str | None) -> None:
    """Let pass who may use a route; raises ``Problem`` not-yours. ``agent_id`` is the agent of the path."""
    if who.role == "manager" or access in {Access.PUBLIC, Access.ANYONE}:
        return
    if access is Access.OWN_AGENT and agent_id is not None and who.agent_id == agent_id:
        return
    needs = "a manager's token" if access is Access.MANAGER else "that agent's own token, or a manager's"
    raise Problem("not-yours", f"This needs {needs}.")


def refuse_other_sites(method: str, headers: Mapping[str, str]) -> None:
    """Refuse a changing request that another site made the browser send along with the cookie.

    Browsers say where a request comes from: in Sec-Fetch-Site (sent to https and loopback only), else in
    Origin. One that says neither is refused; programs use a bearer token, which no browser sends by itself.
    """
    if method in SAFE_METHODS:
        return
    site = headers.get("Sec-Fetch-Site")
    if site is not None:
        same = site == "same-origin"
    else:
        origin = headers.get("Origin", "")
        same = bool(origin) and urlsplit(origin).netloc == headers.get("Host", "")
    if not same:
        raise Problem("cross-site", "The request did not come from this service's own pages.")
