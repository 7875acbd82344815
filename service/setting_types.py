"""Kinds of value in the settings, each of which says by itself what is wrong with it.

Knows shapes and numbering plans; what Asterisk's files can hold is ``pbx/site.py``'s to say. Must not know
which settings there are: what hangs on two of them is checked beside them.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import phonenumbers
from pydantic import AfterValidator, BeforeValidator, Field

from campaigns.rules.phone import is_e164, normalise
from service.pbx import site

T = TypeVar("T")


def _free_of(fault: Callable[[T], str | None], *, optional: bool = False) -> AfterValidator:
    """Return a check that refuses what ``fault`` finds something wrong with; empty passes where optional."""

    def check(value: T) -> T:
        why = None if optional and not value else fault(value)
        if why:
            raise ValueError(why)
        return value

    return AfterValidator(check)


def _number_fault(value: str) -> str | None:
    if not is_e164(value):
        return f"{value!r} is not an E.164 number such as +12025550123"
    try:
        normalise(value)
    except ValueError as fault:
        return f"{value!r} is {fault}"
    return None


def _region_fault(value: str) -> str | None:
    if value in phonenumbers.SUPPORTED_REGIONS:
        return None
    return f"{value!r} is no country that has telephone numbers: two capital letters, such as US"


def _database_fault(value: str) -> str | None:
    # The text may hold a password, so only what stands before it is repeated.
    scheme, colon, place = value.partition("://")
    if not colon or scheme.partition("+")[0] not in ("sqlite", "postgresql"):
        shown = f"{scheme}://" if colon else "this"
        return f"{shown} is not supported; use sqlite:///path or postgresql://user@host/name"
    if scheme == "sqlite" and (len(place) < 2 or place[0] != "/" or ":memory:" in place):
        return "names no file: sqlite:///path"
    return None


def _nothing_for_empty(value: Any) -> Any:
    return None if value == "" else value


def _empty_fault(value: Any) -> Any:
    if value == "":
        raise ValueError("is empty")
    return value


Port = Annotated[int, Field(ge=1, le=65535)]
PathOrNone = Annotated[Path | None, BeforeValidator(_nothing_for_empty)]
"""A path that may be left out, or given as empty."""

PathGiven = Annotated[Path, BeforeValidator(_empty_fault)]
Host = Annotated[str, _free_of(site.host_fault)]
HostOrEmpty = Annotated[str, _free_of(site.host_fault, optional=True)]
Network = Annotated[str, _free_of(site.network_fault)]
Source = Annotated[str, _free_of(site.source_fault)]
SectionName = Annotated[str, _free_of(site.name_fault)]
Login = Annotated[str, _free_of(site.login_fault)]
LoginOrEmpty = Annotated[str, _free_of(site.login_fault, optional=True)]
ContactOrEmpty = Annotated[str, _free_of(site.contact_fault, optional=True)]
Codecs = Annotated[tuple[str, ...], _free_of(site.codecs_fault)]
NumberOrEmpty = Annotated[str, _free_of(_number_fault, optional=True)]
RegionOrEmpty = Annotated[str, _free_of(_region_fault, optional=True)]
DatabaseUrl = Annotated[str, _free_of(_database_fault)]
