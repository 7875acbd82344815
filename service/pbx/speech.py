"""The voice of prompts: the programs that speak, where an Asterisk runs.

Knows where they are looked for. Must not know what is said.
"""

import shutil
from collections.abc import Mapping, Sequence

from ivr.errors import NotInstalled
from ivr.prompts.speaker import PROGRAMS, VOICES, EspeakSpeaker, Voice
from service.pbx.errors import NoProgram
from service.pbx.installed import Installed
from service.pbx.instance import Instance
from service.pbx.launch import environment
from service.pbx.source import Source


def speaker_beside(instance: Instance, voices: Mapping[str, Voice] = VOICES) -> EspeakSpeaker:
    """Return the voice that speaks by the programs beside an Asterisk, into files that it can see."""

    async def run(argv: Sequence[str]) -> None:
        try:
            await instance.run(argv)
        except NoProgram as fault:
            raise NotInstalled(str(fault)) from None

    return EspeakSpeaker(run, instance.inside, voices)


def missing_programs(source: Source | None) -> Sequence[str]:
    """Return which of the programs that speak are not there for this Asterisk; None: one that exists already.

    Trees and images of ours are made with them.
    """
    if source is None:
        path = None  # as the service's own process looks for them
    elif isinstance(source, Installed):
        path = environment()["PATH"]
    else:
        return ()
    return [name for name in PROGRAMS if shutil.which(name, path=path) is None]
