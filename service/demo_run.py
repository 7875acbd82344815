"""Runs the demo from the command line: finds an Asterisk, plays, shows, cleans up."""

from pathlib import Path

from service.demo import play, staged
from service.demo_screen import DemoScreen
from service.pbx.source import find_source_apart
from service.pbx.workdir import workdir
from service.signals import all_like_ctrl_c


async def run_demo(given: Path | None, *, headless: bool, as_json: bool, picture: Path | None) -> None:
    """Run the demo to its end, or until it is told to stop; what it started is stopped and removed.

    ``given`` is the Asterisk of the settings; without one it is found.
    """
    screen = DemoScreen(headless, as_json, picture)
    with all_like_ctrl_c():
        source = await find_source_apart(given, screen.say)
        screen.say(f"Using {source.describe()}")
        with workdir() as directory:
            async with staged(source, directory) as stage:
                screen.open(stage)
                try:
                    result = await play(stage, screen.show)
                finally:
                    screen.close()
            screen.result(result)
