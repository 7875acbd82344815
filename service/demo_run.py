"""Runs the demo from the command line: finds an Asterisk, plays, shows, cleans up."""

import asyncio
import signal
from pathlib import Path

from service.demo import play, staged
from service.demo_screen import DemoScreen
from service.pbx.source import find_source
from service.pbx.workdir import workdir


async def run_demo(*, headless: bool, as_json: bool, picture: Path | None) -> None:
    """Run the demo to its end; everything it started is stopped and removed, also after Ctrl-C or SIGTERM."""
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, signal.raise_signal, signal.SIGINT)
    screen = DemoScreen(headless, as_json, picture)
    source = await asyncio.to_thread(find_source, None, screen.say)
    screen.say(f"Using {source.describe()}")
    with workdir() as directory:
        async with staged(source, directory) as stage:
            screen.open(stage)
            try:
                result = await play(stage, screen.show)
            finally:
                screen.close()
        screen.result(result)
