"""How a running service is known by its AGI port: a conversation of one command that no call begins.

Whoever asks for the script ``doctor`` is told ``NOOP "dialer VERSION"``. Must not know calls.
"""

import asyncio
import contextlib
from typing import Final

from ivr.agi.line import Line
from service.version import VERSION

SCRIPT: Final = "doctor"
_NAME: Final = "dialer"
_WITHIN_S: Final = 2.0
_LONGEST: Final = 200


async def greet(line: Line) -> None:
    """Tell whoever asked that this is the service."""
    await line.command("NOOP", f"{_NAME} {VERSION}")


async def ask_who(host: str, port: int) -> str | None:
    """Return the version of the service that answers there; None when something else does.

    Raises ``OSError`` when nobody listens.
    """
    async with asyncio.timeout(_WITHIN_S):
        reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(f"agi_network_script: {SCRIPT}\nagi_uniqueid: {SCRIPT}\n\n".encode())
        async with asyncio.timeout(_WITHIN_S):
            line = await reader.readline()
            writer.write(b"200 result=0\n")
            await writer.drain()
    except (OSError, TimeoutError, ValueError):  # ValueError: a line without an end
        return None
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
    said = line[:_LONGEST].decode(errors="replace").strip()
    prefix = f'NOOP "{_NAME} '
    return said.removeprefix(prefix).rstrip('"') if said.startswith(prefix) else None
