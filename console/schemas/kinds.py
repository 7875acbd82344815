"""Base models and text kinds that all request and response models share.

Requests refuse unknown fields and wrong types: a mistyped field name must never be a silent default.
Responses are read from the frozen data classes of the rooms below.
"""

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from campaigns.rules.phone import normalise

Example = dict[str, Any]


class Request(BaseModel):
    """Base of what clients send: strict types, no unknown fields, no NaN."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class Query(BaseModel):
    """Base of query parameters: it arrives as text, so types are converted; unknown names are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Response(BaseModel):
    """Base of what the service answers: read from data classes by attribute."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


class Empty(Request):
    """A request without any field. An empty body and ``{}`` mean the same."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}]})


class NoQuery(Query):
    """No query parameters."""


# Control characters never belong in a name: databases refuse NUL, line ends could forge lines of a log.
# Nor do the signs that turn text around (``campaigns.text``): a name must read as it is.
# A blank text is as good as none, so a required line holds at least one visible character.
_NEVER = r"\x7f-\x9f\u202a-\u202e\u2066-\u2069"
_ANY = rf"[^\x00-\x1f{_NEVER}]"
Line = Annotated[str, StringConstraints(max_length=200, pattern=rf"^{_ANY}*$")]
RequiredLine = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, pattern=rf"^{_ANY}*[^\x00-\x20{_NEVER}]{_ANY}*$"),
]
Note = Annotated[
    str, StringConstraints(max_length=4000, pattern=rf"^[^\x00-\x08\x0b\x0c\x0e-\x1f{_NEVER}]*$")
]
E164_FORM = r"^\+[1-9][0-9]{3,14}$"
_E164 = re.compile(E164_FORM.removesuffix("$"))  # which would let a line end pass
E164 = Annotated[str, StringConstraints(pattern=E164_FORM)]


def _callable_number(value: str) -> str:
    """Refuse what nobody can be called at, in words that say what a number looks like."""
    try:
        if not _E164.fullmatch(value):
            raise ValueError("not a telephone number with its country code")
        return normalise(value)
    except ValueError as fault:
        words = f"is {fault}; write it as +12025550123"
        raise PydanticCustomError("telephone_number", "{words}", {"words": words}) from None


Telephone = Annotated[
    str, AfterValidator(_callable_number), WithJsonSchema({"type": "string", "pattern": E164_FORM})
]
"""A number that can be called: of the form of E.164, and in its country's numbering plan."""

AgentId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]


def _moment(value: Any) -> Any:
    """Moments come as text; anything else is no moment."""
    if value is None or isinstance(value, str):
        return value
    raise ValueError("must be a moment with an offset, as text")


def _in_utc(moment: datetime) -> datetime:
    """Moments inside are in UTC."""
    try:
        return moment.astimezone(UTC)
    except OverflowError as fault:
        raise ValueError("is out of range") from fault


Moment = Annotated[AwareDatetime, BeforeValidator(_moment), AfterValidator(_in_utc), Field(strict=False)]
