"""docs/api.md against the code: every route and who may use it, every error id and its status."""

import re
from pathlib import Path

from console.errors import KINDS
from console.routes import ROUTES

PAGE = (Path(__file__).parents[3] / "docs" / "api.md").read_text(encoding="utf-8")


def test_every_route_is_documented_with_who_may_use_it_and_no_other() -> None:
    documented = re.findall(r"^\| `([A-Z]+ /\S*)` \| ([a-z ]+) \| (.+) \|$", PAGE, re.MULTILINE)
    written = {f"{route.method} {route.path}": str(route.access) for route in ROUTES}
    assert {route: access for route, access, _ in documented} == written
    assert len(documented) == len(ROUTES)


def test_every_error_id_is_documented_with_its_status_and_no_other() -> None:
    documented = re.findall(r"^\| `([a-z-]+)` \| (\d{3}) \| (.+) \|$", PAGE, re.MULTILINE)
    assert {kind: int(status) for kind, status, _ in documented} == {k.id: k.status for k in KINDS.values()}
