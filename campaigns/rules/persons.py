"""What a customer is after a row of a list: the row's word, and what is kept where the row is silent.

Knows customers and rows. Must not know files or where customers are kept. The store and its twin both ask
here, so that they cannot drift apart.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final, NamedTuple

from campaigns.lists import ListRow
from campaigns.model import Customer, CustomerClass
from campaigns.rules.phone import zones_of


class Person(NamedTuple):
    """Everything of a customer that a row may change, apart from numbers and consents."""

    name: str
    title: str
    language: str
    customer_class: CustomerClass
    zones: tuple[str, ...]
    extras: Mapping[str, str]
    own_zone: str
    country: str
    region: str
    owner: str


class Kept(NamedTuple):
    """What stays of a customer where a row is silent; the defaults are what somebody new gets."""

    name: str = ""
    title: str = ""
    language: str = ""
    customer_class: CustomerClass = CustomerClass.ORDINARY
    extras: Mapping[str, str] = MappingProxyType({})
    own_zone: str = ""
    country: str = ""
    region: str = ""
    owner: str = ""


NOTHING_KEPT: Final = Kept()


def person_of(row: ListRow, numbers: Sequence[str] = (), kept: Kept = NOTHING_KEPT) -> Person:
    """Return what a row makes of a customer who has ``numbers``, and of whom so much was ``kept``.

    What the row leaves empty stays as it was kept, each column of his own too. Without an own zone every
    zone that any of the numbers implies counts.
    """
    own_zone = row.own_zone or kept.own_zone
    return Person(
        row.name or kept.name,
        row.title or kept.title,
        row.language or kept.language,
        row.customer_class or kept.customer_class,
        (own_zone,) if own_zone else _implied(row, numbers),
        {**kept.extras, **row.extras} if kept.extras else row.extras,
        own_zone,
        row.country or kept.country,
        row.region or kept.region,
        row.owner or kept.owner,
    )


def kept_of(customer: Customer) -> Kept:
    """Return that of a customer which stays where a row is silent."""
    return Kept(
        customer.name,
        customer.title,
        customer.language,
        customer.customer_class,
        customer.extras,
        customer.own_zone,
        customer.country,
        customer.region,
        customer.owner,
    )


def person_in(customer: Customer) -> Person:
    """Return that part of a customer."""
    return Person(
        name=customer.name,
        title=customer.title,
        language=customer.language,
        customer_class=customer.customer_class,
        zones=customer.zones,
        extras=customer.extras,
        own_zone=customer.own_zone,
        country=customer.country,
        region=customer.region,
        owner=customer.owner,
    )


def with_person(customer: Customer, person: Person) -> Customer:
    """Return a customer of whom that part is different."""
    return replace(
        customer,
        name=person.name,
        title=person.title,
        language=person.language,
        customer_class=person.customer_class,
        zones=person.zones,
        extras=dict(person.extras),
        own_zone=person.own_zone,
        country=person.country,
        region=person.region,
        owner=person.owner,
    )


def _implied(row: ListRow, numbers: Sequence[str]) -> tuple[str, ...]:
    if not row.others and numbers == [row.number]:  # nearly always
        return row.zones
    others = {number for number, _ in row.others}.union(numbers)
    others.discard(row.number)
    if not others:
        return row.zones
    return tuple(sorted({*row.zones, *(name for number in others for name in zones_of(number))}))
