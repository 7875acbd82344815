"""The API against its own document: sound, handed out, and generated requests get documented answers."""

import asyncio
import json
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import jsonschema_rs
import pytest
import schemathesis
from aiohttp import web
from aiohttp.test_utils import TestClient
from console_world import AGENT, AGENTS, MANAGER, TOKENS
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.specs.openapi.definitions import OPENAPI_31

from console.app import create_app
from console.memory import MemoryDesk
from console.openapi import document
from console.routes import ROUTES

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
DOCUMENT = document(ROUTES, "1.2.3")
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
# A stream has no end to wait for; test_console_events.py reads it.
OPERATIONS = [one.ok() for one in SCHEMA.get_all_operations() if one.ok().path != "/api/events"]


class Served:
    """The application on a loopback port, in a thread with its own loop: the generated requests block."""

    def __init__(self) -> None:
        self.base = ""
        self._loop = asyncio.new_event_loop()
        self._up = threading.Event()
        self._folder = tempfile.TemporaryDirectory()
        self._thread = threading.Thread(target=self._run, name="console under test")

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        runner = self._loop.run_until_complete(self._start())
        self._up.set()
        self._loop.run_forever()
        self._loop.run_until_complete(runner.cleanup())
        self._loop.close()

    async def _start(self) -> web.AppRunner:
        world = MemoryDesk(TOKENS, AGENTS, Path(self._folder.name))
        world.floor.agents["0"] = replace(world.floor.view("1001"), agent_id="0")
        runner = web.AppRunner(create_app(world.desk))
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.base = "http://{}:{}".format(*runner.addresses[0][:2])
        return runner

    def __enter__(self) -> "Served":
        self._thread.start()
        assert self._up.wait(5)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        assert not self._thread.is_alive()
        self._folder.cleanup()


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with Served() as server:
        yield server


def test_the_structure_is_openapi_3_1() -> None:
    faults = jsonschema_rs.Draft202012Validator(OPENAPI_31).iter_errors(DOCUMENT)
    assert [str(fault) for fault in faults] == []
    assert DOCUMENT["info"]["version"] == "1.2.3"


async def test_the_service_hands_its_document_out(client: TestClient) -> None:
    handed_out = await (await client.get("/openapi.json", headers=AGENT)).json()
    assert handed_out["paths"] == json.loads(json.dumps(DOCUMENT["paths"]))


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.definition.raw["operationId"])
def test_generated_requests_get_documented_answers(served: Served, operation) -> None:
    good = operation.as_strategy()
    bad = operation.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE)
    asked = 0

    @settings(
        max_examples=12,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=st.one_of(good, bad) if operation.body or operation.query else good)
    def run(case: schemathesis.Case) -> None:
        nonlocal asked
        asked += 1
        response = case.call(base_url=served.base, headers=dict(MANAGER))
        case.validate_response(response, checks=CHECKS)

    run()
    assert asked
