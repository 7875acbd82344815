"""The service itself over HTTP: health, counters, who is asking, and the API document."""

import asyncio

from aiohttp import web

from console.endpoint import Ask, Reply
from console.ports import PartHealth
from console.schemas.kinds import Empty
from console.schemas.service import CountersOut, HealthOut, LiveQuery, MeOut, PartOut

OPENAPI = web.AppKey("openapi", str)
HEALTH_LIMIT_S = 5.0  # a health check that hangs is itself the answer


async def health(ask: Ask, _: Empty) -> Reply[HealthOut]:
    """Return the health of each part; 503 as soon as one of them fails that the service cannot do without."""
    try:
        async with asyncio.timeout(HEALTH_LIMIT_S):
            parts = await ask.desk.health.check()
    except TimeoutError:
        parts = [PartHealth("health check", False, f"no answer within {HEALTH_LIMIT_S:g} s")]
    failing = any(part.vital for part in parts if not part.ok)
    worse = "ok" if all(part.ok for part in parts) else "degraded"
    body = HealthOut(
        status="failing" if failing else worse,
        version=ask.desk.version,
        started_at=ask.desk.started_at,
        parts=tuple(PartOut.model_validate(part) for part in parts),
    )
    return Reply(body, status=503 if failing else 200)


async def live(ask: Ask, _: Empty) -> CountersOut:
    """Return the counters now, of one campaign or of all."""
    return CountersOut.model_validate(ask.desk.live.counters(ask.query_as(LiveQuery).campaign))


async def me(ask: Ask, _: Empty) -> MeOut:
    """Return who the token speaks for."""
    who = ask.who
    return MeOut(name=who.name, role=who.role, agent_id=who.agent_id, version=ask.desk.version)


async def openapi_document(ask: Ask, _: None) -> web.StreamResponse:
    """Return the OpenAPI document of this API."""
    return web.Response(text=ask.request.app[OPENAPI], content_type="application/json")
