"""Rule packs on the wire."""

from console.schemas.kinds import Response


class PacksOut(Response):
    """The rule packs in force, version by name; which of them a reload brought, changed or took away."""

    packs: dict[str, str]
    added: tuple[str, ...]
    changed: tuple[str, ...]
    gone: tuple[str, ...]
