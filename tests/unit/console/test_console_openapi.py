"""The API document: complete over the route table, every reference leads somewhere, examples hold."""

import json
import re

import jsonschema_rs
import pytest
from pydantic import BaseModel

from console.endpoint import Route
from console.errors import KINDS
from console.intake import Upload
from console.openapi import document, kinds_of
from console.routes import ROUTES

API = [route for route in ROUTES if not route.page]
DOCUMENT = document(ROUTES, "1.2.3")


def test_every_api_route_is_in_it_and_no_page() -> None:
    documented = {(m.upper(), path) for path, methods in DOCUMENT["paths"].items() for m in methods}
    assert documented == {(route.method, route.path) for route in API}
    ids = [
        operation["operationId"] for methods in DOCUMENT["paths"].values() for operation in methods.values()
    ]
    assert len(set(ids)) == len(ids) == len(API)


def test_every_reference_leads_somewhere() -> None:
    names = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(DOCUMENT)))
    assert names
    assert names <= set(DOCUMENT["components"]["schemas"])


def test_no_two_models_share_a_name() -> None:
    """Two of one name get the names of our modules before them, which are nobody's business outside."""
    assert [name for name in DOCUMENT["components"]["schemas"] if not re.fullmatch(r"[A-Za-z]+", name)] == []


@pytest.mark.parametrize("route", API, ids=lambda route: route.name)
def test_an_operation_names_its_parameters_access_and_problems(route: Route) -> None:
    operation = DOCUMENT["paths"][route.path][route.method.lower()]
    in_path = {p["name"] for p in operation["parameters"] if p["in"] == "path"}
    assert in_path == set(re.findall(r"\{(\w+)\}", route.path))
    in_query = {p["name"] for p in operation["parameters"] if p["in"] == "query"}
    assert in_query == set(route.query.model_fields)
    required = {name for name, field in route.query.model_fields.items() if field.is_required()}
    assert {p["name"] for p in operation["parameters"] if p["in"] == "query" and p["required"]} == required
    assert (operation["security"] == []) is (route.path == "/health")
    for kind_id in kinds_of(route):
        assert KINDS[kind_id].urn in operation["responses"][str(KINDS[kind_id].status)]["description"]


# What a call means by leaving something out.
TEXTS_MEANT = {"ImportQuery.list": "main", "RegistryQuery.reason": "imported registry"}


def test_no_example_stands_for_what_was_left_out() -> None:
    """A call that leaves something out is refused or means nothing by it; it never gets a made-up answer."""
    given = {model for route in API for model in (route.request, route.query) if model not in (None, Upload)}
    texts = {
        f"{model.__name__}.{name}": field.default
        for model in given
        for name, field in model.model_fields.items()
        if type(field.default) is str and field.default
    }
    assert texts == TEXTS_MEANT


MODELS = sorted(
    {r.request for r in API if r.request is not None and r.request is not Upload}, key=lambda m: m.__name__
)


@pytest.mark.parametrize("model", MODELS)
def test_every_request_has_examples_that_its_model_and_its_schema_accept(model: type[BaseModel]) -> None:
    schema = DOCUMENT["components"]["schemas"][model.__name__]
    assert schema["examples"]
    assert schema["additionalProperties"] is False
    whole = {**DOCUMENT, **schema}
    for example in schema["examples"]:
        model.model_validate_json(json.dumps(example))
        assert jsonschema_rs.Draft202012Validator(whole).is_valid(example)
        assert not jsonschema_rs.Draft202012Validator(whole).is_valid({**example, "unknown": 1})
