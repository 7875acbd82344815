"""Whose number is it: what of a batch of rows is left out because a number is another customer's.

Knows rows and the terms they come under. Must not know where customers are kept: what is known about them is
handed in. The book in memory and the one at rest decide by this.
"""

from collections.abc import Callable, Collection, Mapping, Sequence

from campaigns.lists import Known, LeftOut, ListRow, LoadTerms

Holders = Mapping[str, Sequence[str]]
"""By number the references of the customers who have it, as far as the terms look."""


def asked_about(
    rows: Sequence[ListRow],
    terms: LoadTerms,
    is_there: Callable[[ListRow], bool],
    kept: Callable[[str], Collection[str]],
) -> set[str]:
    """Return the numbers whose holders ``set_aside`` has to know: those that are new to the row's customer.

    ``is_there`` says whether the row's lead is in the campaign already: it stays, whoever else has come to
    share its number. ``kept`` returns the numbers that the customer with a reference is known by.
    """
    if terms.known is Known.ALLOW:
        return set()
    numbers = {row.number for row in rows if not is_there(row)}
    for row in rows:
        if row.others:
            known = kept(row.ref)
            numbers.update(number for number, _ in row.others if number not in known)
    return numbers


def set_aside(
    rows: Sequence[ListRow],
    terms: LoadTerms,
    is_there: Callable[[ListRow], bool],
    kept: Callable[[str], Collection[str]],
    holders: Holders,
) -> tuple[list[ListRow], list[LeftOut]]:
    """Return the rows to be loaded, and what is left out of them, in their order.

    A row whose number to be called is another customer's is left out as a whole; one of whose further
    numbers is, is loaded without that. Among the rows themselves a number is the first one's.
    """
    if terms.known is Known.ALLOW:
        return list(rows), []
    taken: dict[str, str] = {}
    good: list[ListRow] = []
    left_out: list[LeftOut] = []

    def owner_of(number: str, ref: str) -> str | None:
        for holder in holders.get(number, ()):
            if holder != ref:
                return holder
        first = taken.get(number, ref)
        return first if first != ref else None

    for row in rows:
        if not is_there(row) and (owner := owner_of(row.number, row.ref)) is not None:
            left_out.append(LeftOut(row.row, row.ref, row.number, owner))
            continue
        taken.setdefault(row.number, row.ref)
        if row.others:
            known = kept(row.ref)
            free = []
            for number, kind in row.others:
                if number not in known and (owner := owner_of(number, row.ref)) is not None:
                    left_out.append(LeftOut(row.row, row.ref, number, owner, further=True))
                    continue
                taken.setdefault(number, row.ref)
                free.append((number, kind))
            if len(free) < len(row.others):
                row = row._replace(others=tuple(free))
        good.append(row)
    return good, left_out
