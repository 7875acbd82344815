"""Whether all that is said to customers can be said: recorded by the operator, or spoken by a program.

Knows prompts by name. Must not know what they say.
"""

import asyncio
from collections.abc import Iterator, Sequence

from ivr.flow.model import Flow, Messages
from ivr.prompts.speaker import HOW_TO_HAVE_THEM
from service.doctor.finding import Finding
from service.errors import BadSettings
from service.known_errors import KNOWN
from service.pbx.source import source_at_hand
from service.pbx.speech import missing_programs
from service.serve import given_asterisk
from service.settings import Settings
from service.written import flows_of

NAME = "voices"


async def voices(settings: Settings) -> Finding:
    """Look for the programs that speak; who recorded every prompt needs none."""
    try:
        unrecorded = list(_unrecorded(settings))
        missing = await asyncio.to_thread(_missing, settings)
    except (BadSettings, *KNOWN):
        remedy = "correct them, see there"
        return Finding(NAME, False, "cannot be known without the Asterisk and the flows", remedy)
    if not unrecorded:
        return Finding(NAME, True, "every prompt is recorded")
    if not missing:
        return Finding(
            NAME, True, f"{len(unrecorded)} prompts are not recorded: programs that speak are there"
        )
    detail = f"not installed: {', '.join(missing)}; not recorded: {unrecorded[0]}"
    more = f" and {len(unrecorded) - 1} more" if len(unrecorded) > 1 else ""
    return Finding(NAME, False, detail + more, HOW_TO_HAVE_THEM)


def _missing(settings: Settings) -> Sequence[str]:
    if not settings.pbx.managed:
        return missing_programs(None)
    source = source_at_hand(given_asterisk(settings))
    return missing_programs(source) if source is not None else ()  # one that is built brings them


def _unrecorded(settings: Settings) -> Iterator[str]:
    """Yield the prompts without a recorded file, as such a file would be called."""
    flows = flows_of(settings)
    folder = settings.path(settings.recorded) if settings.recorded else None
    sources: tuple[Flow | Messages, ...] = (*flows.flows(), flows.messages)
    wanted = {
        f"{source.prompts.find(prompt, language)[1]}/{source.name}-{prompt}.wav"
        for source in sources
        for prompt in source.prompts.names()
        for language in settings.company.languages
    }
    yield from sorted(name for name in wanted if folder is None or not (folder / name).is_file())
