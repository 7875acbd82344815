"""Runs the pyst2 client with a time limit from outside."""

import asyncio
import sys
from pathlib import Path

_CLIENT = Path(__file__).with_name("pyst2_client.py")


async def run_pyst2(host: str, port: int, user: str, secret: str, channel: str, channel_id: str) -> list[str]:
    """Return the lines it printed; fails when it does not end by itself in time."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-W", "ignore", str(_CLIENT), host, str(port), user, channel, channel_id),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        out, err = await asyncio.wait_for(process.communicate(f"{secret}\n".encode()), 15)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, err.decode()
    return out.decode().splitlines()
