"""What goes wrong at the door, as problem+json (RFC 9457) with fixed ids.

Problem    one refusal of the console: its kind, words for a person, and every fault with its place

The table ``KINDS`` is the whole list; docs/api.md is held to it. Errors of the rooms below are translated
here and nowhere else. No text of an unexpected exception ever leaves the process: only an incident number,
under which the log has the rest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from campaigns import errors as campaign_errors
from campaigns.errors import Fault
from dialer import errors as dialer_errors

DATABASE_UNUSABLE = "database-unusable"
NOT_SETTLED = "not-settled-yet"
RETRY_AFTER_S = 2
"""How soon to ask again: a restart of the database takes about a second, and so does our own."""

URN = "urn:dialer:problem:"
CONTENT_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of problem: its fixed id, its HTTP status and its title."""

    id: str
    status: int
    title: str

    @property
    def urn(self) -> str:
        """The fixed ``type`` of the problem document."""
        return URN + self.id


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        kind.id: kind
        for kind in (
            Kind("malformed-json", 400, "The body is not JSON"),
            Kind("malformed-upload", 400, "The upload cannot be read"),
            Kind("not-signed-in", 401, "Sign in first"),
            Kind("not-yours", 403, "This token may not do that"),
            Kind("cross-site", 403, "Refused: the request came from another site"),
            Kind("not-found", 404, "There is no such thing"),
            Kind("no-such-route", 404, "There is no such address"),
            Kind("method-not-allowed", 405, "This address does not take that method"),
            Kind("not-allowed-now", 409, "Not possible in the present state"),
            Kind("known-customer", 409, "The book has this person already"),
            Kind("changed-meanwhile", 409, "Somebody else was faster"),
            Kind("body-too-large", 413, "The body is too large"),
            Kind("wrong-content-type", 415, "This content type is not accepted here"),
            Kind("invalid-input", 422, "Something in what you sent is wrong"),
            Kind("internal", 500, "The service made a mistake"),
            Kind(DATABASE_UNUSABLE, 503, "The database cannot be read or written"),
            Kind(NOT_SETTLED, 503, "The service has just started and is not ready yet"),
            Kind("switch-refused", 502, "The telephone switch refused"),
            Kind("switch-unreachable", 503, "The telephone switch cannot be reached"),
            Kind("switch-login-refused", 503, "The telephone switch refused our login"),
            Kind("switch-unproven", 504, "The telephone switch did not answer; it may have happened"),
        )
    }
)


class Problem(Exception):
    """One refusal, ready to be written out. ``detail`` is plain language for the person who asked."""

    def __init__(
        self,
        kind_id: str,
        detail: str,
        faults: tuple[Fault, ...] = (),
        headers: Mapping[str, str] | None = None,
        incident: str | None = None,
    ) -> None:
        super().__init__(f"{kind_id}: {detail}")
        self.kind_id = kind_id
        self.detail = detail
        self.faults = faults
        self.headers = dict(headers or {})
        self.incident = incident

    @property
    def kind(self) -> Kind:
        """The row of the table."""
        return KINDS[self.kind_id]


_TRANSLATIONS: tuple[tuple[type[Exception], str], ...] = (
    (campaign_errors.NotFound, "not-found"),
    (campaign_errors.NotAllowedNow, "not-allowed-now"),
    (dialer_errors.NotKnown, "not-found"),
    (dialer_errors.NotAllowedNow, "not-allowed-now"),
    (dialer_errors.NotSent, "switch-unreachable"),
    (dialer_errors.Refused, "switch-refused"),
    (dialer_errors.Unproven, "switch-unproven"),
    (dialer_errors.WrongSecret, "switch-login-refused"),
)


def translate(fault: Exception) -> Problem | None:
    """Return the problem an error of the rooms below stands for; None when it is not one of theirs."""
    if isinstance(fault, campaign_errors.InvalidInput):
        return invalid(fault.faults)
    if isinstance(fault, campaign_errors.KnownCustomer):
        holders = tuple(Fault(ref, f"{name or 'no name'}: has this number") for ref, name in fault.holders)
        return Problem("known-customer", f"{fault}.", holders)
    if isinstance(fault, campaign_errors.ChangedMeanwhile):
        return Problem("changed-meanwhile", "It was changed meanwhile; nothing was corrected.", fault.changes)
    if isinstance(fault, campaign_errors.BooksShut):
        detail = f"Try again in a moment: this was not done, or nobody knows yet. {fault}"
        return Problem(DATABASE_UNUSABLE, detail, headers={"Retry-After": str(RETRY_AFTER_S)})
    if isinstance(fault, dialer_errors.NotSettled):
        return not_settled(fault)
    for kind, problem_id in _TRANSLATIONS:
        if isinstance(fault, kind):
            return Problem(problem_id, str(fault) or KINDS[problem_id].title)
    return None


def not_settled(fault: dialer_errors.NotSettled) -> Problem:
    """Return the problem of an agent who asks before it is known again what he has."""
    return Problem(NOT_SETTLED, str(fault), headers={"Retry-After": str(RETRY_AFTER_S)})


def invalid(faults: Sequence[Fault]) -> Problem:
    """Return the problem that lists every fault of an input."""
    count = len(faults)
    things = "1 thing" if count == 1 else f"{count} things"
    return Problem("invalid-input", f"{things} to correct; nothing was changed.", tuple(faults))


def from_validation(error: ValidationError, where: str = "") -> Problem:
    """Return the problem behind a model's refusal; ``where`` names what was read (``query`` or nothing)."""
    details = error.errors(include_url=False, include_input=False, include_context=False)
    for detail in details:
        if detail["type"] == "json_invalid":
            return Problem("malformed-json", detail["msg"])
    return invalid([Fault(_place(detail, where), _words(detail)) for detail in details])


def _place(detail: ErrorDetails, where: str) -> str:
    """Name the place of a fault as a client wrote it: ``hours.mon``, ``query dry_run``, ``body``."""
    path = ".".join(str(part) for part in detail["loc"] if part != "[key]")
    return " ".join(part for part in (where, path) if part) or "body"


_WORDS: Mapping[str, str] = {
    "missing": "is required",
    "extra_forbidden": "is not a known field",
    "string_pattern_mismatch": "is blank, has control or turning characters, or is not in the expected form",
    "string_too_short": "must not be empty",
    "model_type": "must be a JSON object",
}


def _words(detail: ErrorDetails) -> str:
    """Say a fault in plain words; where we have none, in the words of the checker."""
    return _WORDS.get(detail["type"], detail["msg"].replace("Input should be", "must be"))
