"""The OpenAPI 3.1 document, made from the route table and the models: nothing in it is written twice.

Pure: rows in, a document out.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from console.auth import COOKIE, Access
from console.endpoint import Route
from console.errors import CONTENT_TYPE, DATABASE_UNUSABLE, KINDS
from console.intake import MAPPING_FIELD, UPLOAD_FIELD, UPLOAD_TYPES, Upload
from console.schemas.kinds import Empty, NoQuery
from console.schemas.service import ProblemOut

Json = dict[str, Any]
REF = "#/components/schemas/"
NOUNS = {
    "campaigns", "agents", "calls", "templates", "imports", "mappings", "lists", "suppressions", "customers",
    "owners",
}  # fmt: skip
PATH_SCHEMAS: dict[str, Json] = {
    "campaign_id": {"type": "integer", "minimum": 1, "maximum": 10**18 - 1},
    "agent_id": {"type": "string", "pattern": "^[A-Za-z0-9_.-]{1,64}$"},
    "import_id": {"type": "string", "pattern": "^[0-9a-f]{16}$"},
    "list_id": {"type": "integer", "minimum": 1, "maximum": 10**18 - 1},
    "suppression_id": {"type": "integer", "minimum": 1, "maximum": 10**18 - 1},
    "customer_id": {"type": "integer", "minimum": 1, "maximum": 10**18 - 1},
    "template": {"type": "string", "pattern": "^[a-z][a-z0-9_-]{0,60}$"},
}


def document(routes: Iterable[Route], version: str) -> Json:
    """Return the document over the API rows of the table."""
    rows = [route for route in routes if not route.page]
    paths: Json = {}
    for route in rows:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Outbound dialer and IVR service",
            "version": version,
            "description": "Campaigns, agents and live figures. Errors are problem+json with a fixed type.",
        },
        "paths": paths,
        "components": {
            "schemas": _schemas(rows),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
            },
        },
    }


SENDING: Final = frozenset({"POST", "PATCH"})
"""The methods that send something."""


def kinds_of(route: Route) -> Sequence[str]:
    """Return the ids of every problem an API row can answer with, by the order of the table of kinds."""
    found = set(route.problems) | {"invalid-input", "internal", DATABASE_UNUSABLE}
    if route.access is not Access.PUBLIC:
        found.add("not-signed-in")
    if route.access in {Access.MANAGER, Access.OWN_AGENT} or route.name == "events":
        found.add("not-yours")
    if "{" in route.path:
        found.add("no-such-route")
    if route.method in SENDING:
        found |= {"cross-site", "body-too-large", "wrong-content-type"}
        found.add("malformed-upload")
        if route.request is not Upload:
            found.add("malformed-json")
    return [kind for kind in KINDS if kind in found]


def _operation(route: Route) -> Json:
    operation: Json = {
        "operationId": route.name,
        "tags": [_tag(route)],
        "summary": route.summary,
        "description": f"For: {route.access.value}.",
        "security": [] if route.access is Access.PUBLIC else [{"bearer": []}, {"session": []}],
        "parameters": [*_path_parameters(route), *_query_parameters(route)],
        "responses": _responses(route),
    }
    if route.method in SENDING:
        operation["requestBody"] = _body(route)
    return operation


def _tag(route: Route) -> str:
    noun = route.path.removeprefix("/api/").split("/")[0]
    return noun if noun in NOUNS else "service"


def _path_parameters(route: Route) -> list[Json]:
    return [
        {"name": name, "in": "path", "required": True, "schema": schema}
        for name, schema in PATH_SCHEMAS.items()
        if f"{{{name}}}" in route.path
    ]


def _query_parameters(route: Route) -> list[Json]:
    if route.query is NoQuery:
        return []
    model: Json = route.query.model_json_schema()
    required = model.get("required", ())
    return [
        {"name": name, "in": "query", "required": name in required, "schema": _present(schema)}
        for name, schema in model["properties"].items()
    ]


def _present(schema: Json) -> Json:
    """Return the schema of a parameter that is given: left out is possible, null is not."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind.get("type") != "null"]
    given = kinds[0] if kinds else {k: v for k, v in schema.items() if k not in {"title", "default"}}
    return dict(given)


def _body(route: Route) -> Json:
    if route.request is Upload:
        form = {
            "type": "object",
            "required": [UPLOAD_FIELD],
            "additionalProperties": False,
            "properties": {
                UPLOAD_FIELD: {"type": "string", "contentMediaType": "text/csv"},
                MAPPING_FIELD: {"type": "string", "contentMediaType": "application/json"},
            },
        }
        content: Json = {kind: {"schema": {"type": "string"}} for kind in UPLOAD_TYPES}
        content["multipart/form-data"] = {"schema": form}
        return {"required": True, "content": content}
    assert route.request is not None
    assert issubclass(route.request, BaseModel)
    schema = {"$ref": REF + route.request.__name__}
    return {"required": route.request is not Empty, "content": {"application/json": {"schema": schema}}}


def _responses(route: Route) -> Json:
    schema: Json = {"type": "object"} if route.media_type == "application/json" else {"type": "string"}
    if route.response is not None:
        schema = {"$ref": REF + route.response.__name__}
    good: Json = {"description": route.summary, "content": {route.media_type: {"schema": schema}}}
    if route.status == 201:
        good["headers"] = {"Location": {"schema": {"type": "string"}, "description": "Where it is"}}
    responses: Json = {str(route.status): good}
    if route.may_go_on:
        responses["202"] = good | {"description": f"{route.summary}: not done yet, it goes on by itself"}
    if route.path == "/health":
        responses["503"] = good
    by_status: dict[int, list[str]] = {}
    for kind_id in kinds_of(route):
        by_status.setdefault(KINDS[kind_id].status, []).append(kind_id)
    for status, ids in by_status.items():
        responses[str(status)] = {
            "description": "; ".join(f"{KINDS[i].urn}: {KINDS[i].title}" for i in ids),
            "content": {CONTENT_TYPE: {"schema": {"$ref": REF + ProblemOut.__name__}}},
        }
    return responses


def _schemas(routes: Sequence[Route]) -> Json:
    """Return the schemas of every model of the rows, by name."""
    given = {r.request for r in routes if r.request is not None and issubclass(r.request, BaseModel)}
    answered = {r.response for r in routes if r.response is not None} | {ProblemOut}
    models: list[tuple[type[BaseModel], Any]] = [(model, "validation") for model in given]
    models += [(model, "serialization") for model in answered]
    models.sort(key=lambda pair: pair[0].__name__)
    _, definitions = models_json_schema(models, ref_template=REF + "{model}")
    schemas: Json = definitions["$defs"]
    return schemas
