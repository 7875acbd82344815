"""One examination: every part in order. Knows which parts there are; each look knows its own."""

from service.doctor import files, machine, ports, set_up, switch
from service.doctor.asterisk_sounds import installed_sounds
from service.doctor.finding import Finding
from service.doctor.voices import voices
from service.settings import Settings


async def examine(settings: Settings) -> list[Finding]:
    """Look at every part; nothing is made and nothing is changed."""
    database, last_event = await files.database(settings)
    return [
        await set_up.asterisk(settings),
        *([await installed_sounds(settings)] if settings.pbx.managed else []),
        *await switch.look(settings),
        await ports.agi_port(settings),
        await ports.http_port(settings),
        files.sounds(settings),
        await voices(settings),
        files.cache(),
        set_up.switch_files(settings),
        set_up.sip(settings),
        set_up.callers(settings),
        database,
        await files.private(settings),
        await set_up.definitions(settings),
        await set_up.rules(settings),
        await machine.clock(last_event),
        await machine.zones(),
        await machine.processor(managed=settings.pbx.managed),
        set_up.company(settings),
    ]
