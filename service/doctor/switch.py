"""The Asterisk that runs: whether our user may do and hear what a call needs, and what is loaded in it.

Asks the manager interface as the service does, with its rights. Must not place a call, nor change a thing.
"""

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import replace
from typing import Final

from dialer.ami.config import AmiConfig
from dialer.ami.inspection import Inspection
from dialer.errors import NotBooted, NotSent, TelephonyError, WrongSecret
from service.doctor.asterisk_files import our_contexts, site_findings
from service.doctor.asterisk_sounds import existing_sounds
from service.doctor.endpoints import endpoint_finding
from service.doctor.finding import Finding
from service.doctor.ways import RESTART, Ways, ways_of
from service.errors import BadSettings
from service.lines import phones_not_found, phones_unknown, trunk_lines, trunks_unknown
from service.pbx.errors import HOW_TO_HAVE_MODULES
from service.pbx.modules import our_modules
from service.serve import ami_of, shared_directories
from service.settings import Pbx, Settings

LOOK_S: Final = 25.0
"""How long all questions to the Asterisk may take together."""

BOOTED_S: Final = 6.0
"""How long FullyBooted may take after a login: it comes at once from an Asterisk that is up."""

MOST_AHEAD_S: Final = 2.0
"""How far Asterisk's clock may be from ours, in seconds: times of one call come from both."""

RIGHTS: Final = "read=call,system and write=call,originate,system,reporting"


async def look(settings: Settings) -> list[Finding]:
    """Look for the manager's secret, and with it at everything that the Asterisk tells."""
    try:
        ami = ami_of(settings)
    except BadSettings as fault:
        remedy = f"run {ways_of(settings).secret}, whose first run makes the secret; or write it to that file"
        return [Finding("manager secret", False, str(fault), remedy)]
    patience = replace(ami, connect_timeout_s=3.0, boot_limit_s=BOOTED_S)
    return await within(_asked(patience, settings), "manager login")


async def within(look: Awaitable[list[Finding]], name: str, seconds: float = LOOK_S) -> list[Finding]:
    """Return what a look found, or that it took too long."""
    try:
        async with asyncio.timeout(seconds):
            return await look
    except TimeoutError:
        remedy = "see whether the Asterisk hangs; restart it"
        return [Finding(name, False, f"no answer in {seconds:g} s", remedy)]


async def _asked(ami: AmiConfig, settings: Settings) -> list[Finding]:
    """Log in, then ask everything; what cannot be asked is a fault of the rights."""
    inspection = Inspection(ami)
    ways = ways_of(settings)
    try:
        await inspection.open()
        login = Finding("manager login", True, f"{_place(ami)}, Asterisk {await inspection.version()}")
        rights = await _rights(inspection, ways)
        if not rights.ok:
            return [login, rights]
        return [login, rights, *await _loaded(inspection, settings, ways)]
    except NotSent as fault:
        return [_no_login(ami, fault, ways)]
    except WrongSecret:
        return [_refused(ami, ways)]
    except TelephonyError as fault:
        detail = f"logged in, but: {fault}"
        return [Finding("manager rights", False, detail, _give_rights(ways))]
    finally:
        inspection.close()


def _no_login(ami: AmiConfig, fault: NotSent, ways: Ways) -> Finding:
    name, place = "manager login", _place(ami)
    if isinstance(fault, NotBooted):
        detail = f"{place}: {ami.username} is logged in but hears nothing of the system: {fault}"
        remedy = f"if the Asterisk has just been started, ask again; else: {_give_rights(ways)}"
        return Finding(name, False, detail, remedy)
    told = str(fault) if place in str(fault) else f"{place}: {fault}"
    return Finding(name, False, told, ways.start)


def _refused(ami: AmiConfig, ways: Ways) -> Finding:
    remedy = "compare pbx.ami_user and the file of pbx.ami_secret_file with Asterisk's manager.conf; "
    remedy += ways.renew("manager.conf", "manager reload")
    return Finding("manager login", False, f"{_place(ami)} refused user {ami.username}", remedy)


async def _rights(inspection: Inspection, ways: Ways) -> Finding:
    """Whether the user may send all that the service sends, and hears what becomes of a call."""
    lacking = await inspection.not_allowed()
    faults = [f"may not send {', '.join(lacking)}"] if lacking else []
    if "Originate" not in lacking:
        hearing = await inspection.hearing()
        if not hearing.calls:
            faults.append("hears no events of calls")
        elif not hearing.stamped:
            faults.append("events do not tell when they were (timestampevents)")
    if faults:
        return Finding("manager rights", False, "; ".join(faults), _give_rights(ways))
    return Finding("manager rights", True, "may send and hears all that the service needs")


def _give_rights(ways: Ways) -> str:
    general = "" if ways.files_are_ours else " and timestampevents=yes in [general]"
    return f"the user needs {RIGHTS}{general}: {ways.renew('manager.conf', 'manager reload')}"


async def _loaded(inspection: Inspection, settings: Settings, ways: Ways) -> list[Finding]:
    """Our dialplan, modules, and the trunks and phones of the settings."""
    found = [
        await _dialplan(inspection, settings, ways),
        await _modules(inspection, ways),
    ]
    if not ways.files_are_ours:
        found += [await site_findings(inspection), await existing_sounds(inspection)]
    found.append(await endpoint_finding(inspection, settings, ways))
    found += await _reached(inspection, settings, ways)
    return [*found, await _clock(inspection)]


async def _dialplan(inspection: Inspection, settings: Settings, ways: Ways) -> Finding:
    """Whether answered calls come to us: our contexts, and whom and what they name."""
    name, remedy = "dialplan", ways.renew("extensions.conf", "dialplan reload")
    wanted_steps = our_contexts()
    steps = {context: await inspection.steps_in(context) for context in wanted_steps}
    if missing := [context for context, count in steps.items() if not count]:
        return Finding(name, False, f"not in this Asterisk: {', '.join(missing)}", remedy)
    if other := [context for context, count in steps.items() if count != wanted_steps[context]]:
        return Finding(name, False, f"another version's, or changed: {', '.join(other)}", remedy)
    faults = [
        f"{variable} is {told or 'not set'}, by the settings {wanted}"
        for variable, wanted in _globals(settings).items()
        if (told := await inspection.variable(variable)) != wanted
    ]
    if faults:
        return Finding(name, False, "; ".join(faults), remedy)
    return Finding(name, True, f"all contexts are there and call {_service(settings.pbx)}")


def _globals(settings: Settings) -> dict[str, str]:
    """Return what the dialplan must be told; paths only where they are the same for Asterisk and us."""
    wanted = {"DIALER_SVC": _service(settings.pbx)}
    if not settings.pbx.managed:
        wanted["DIALER_PROMPTS"] = settings.pbx.prompts_seen_as or str(shared_directories(settings)[0])
    return wanted


def _service(pbx: Pbx) -> str:
    return f"agi://{pbx.agi_host}:{pbx.agi_port}"


async def _modules(inspection: Inspection, ways: Ways) -> Finding:
    wanted = our_modules()
    if missing := await inspection.modules_missing(wanted):
        remedy = "; ".join(f'`asterisk -rx "module load {module}"`' for module in missing)
        remedy += "; and name each in modules.conf (load => …), or the next start leaves it out"
        if ways.files_are_ours:
            remedy = "see Asterisk's log for why"
        remedy += f"; {HOW_TO_HAVE_MODULES}, and restart the Asterisk"
        return Finding("modules", False, f"not loaded: {', '.join(missing)}", remedy)
    return Finding("modules", True, f"all {len(wanted)} are loaded")


async def _reached(inspection: Inspection, settings: Settings, ways: Ways) -> list[Finding]:
    """Trunk by trunk and phone by phone, what the Asterisk knows of them."""
    reach = await inspection.reach()
    lines = trunk_lines(settings.trunks, reach)
    told = "; ".join(f"{line.name} {line.detail}" for line in lines) or "none"
    unknown = trunks_unknown(settings.trunks, reach)
    down = [line.name for line in lines if line.fault and line.name not in unknown]
    renew = ways.renew("pjsip.conf", RESTART)
    remedies = [f"{', '.join(unknown)}: {renew}"] if unknown else []
    if down:
        see = "host, port, account, firewall, the provider; then the Asterisk's log"
        remedies.append(f"see to {', '.join(down)}: {see}")
    return [
        Finding("trunks", not remedies, told, "; ".join(remedies)),
        _phones(phones_unknown(settings.agents, reach), phones_not_found(settings.agents, reach), renew),
    ]


def _phones(unknown: Sequence[str], missing: Sequence[str], renew: str) -> Finding:
    if unknown:
        return Finding("phones", False, f"not in this Asterisk: {', '.join(unknown)}", renew)
    told = f"not found now, off or not registered: {', '.join(missing)}" if missing else "all can be called"
    return Finding("phones", True, told)


async def _clock(inspection: Inspection) -> Finding:
    ahead_s = await inspection.ahead_s()
    how = f"{abs(ahead_s):.1f} s {'ahead of' if ahead_s > 0 else 'behind'} this machine's"
    if abs(ahead_s) > MOST_AHEAD_S:
        remedy = "switch on time synchronisation on the Asterisk's machine and on this one"
        return Finding("asterisk's clock", False, how, remedy)
    return Finding("asterisk's clock", True, "agrees with this machine's")


def _place(ami: AmiConfig) -> str:
    return f"{ami.host}:{ami.port}"
