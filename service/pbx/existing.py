"""Render our part for an Asterisk that exists already, and the README that says how to include it.

Contexts, globals, the manager user, trunks and phones. Listening addresses, transports and media ports stay
the existing Asterisk's. Text in, text out; ``service.existing`` writes it.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from service.pbx.places import PRODUCT_CONF
from service.pbx.provision import HEADER, dialplan_lines, render_phone, render_trunk, section
from service.pbx.site import Site


def files_for_existing(
    directory: Path, prompts: Path, site: Site, conf_dir: Path = PRODUCT_CONF
) -> Mapping[str, str]:
    """Return the text of each file by name; some hold secrets.

    ``directory`` is where they will lie, ``prompts`` where the service puts its sounds.
    """
    pjsip = _templates(conf_dir / "pjsip.conf")
    pjsip += "".join(render_trunk(trunk, transport="") for trunk in site.trunks)
    pjsip += "".join(render_phone(phone, transport="") for phone in site.phones)
    manager = _templates(conf_dir / "manager.conf")
    manager += section(site.ami.name, "(dialer-service)", [("secret", site.ami.secret)])
    extensions = section("globals", "(+)", dialplan_lines(site.dialplan))
    extensions += _without(conf_dir / "extensions.conf", ("general", "globals"))
    return {
        "dialer-extensions.conf": HEADER + extensions,
        "dialer-manager.conf": HEADER + manager,
        "dialer-pjsip.conf": HEADER + pjsip,
        "README": _readme(directory.resolve(), prompts, site),
    }


def _readme(shown: Path, prompts: Path, site: Site) -> str:
    votes, seen_as = site.dialplan.votes, site.dialplan.prompts
    sounds = f"{prompts}" if seen_as == str(prompts) else f"{prompts} as {seen_as} (pbx.prompts_seen_as)"
    return f"""\
How to use the dialer with the Asterisk that runs here (18 or newer; pbx.managed = false in the settings):

1. At the end of its files (in /etc/asterisk, or where `asterisk -rx "core show settings"` has them) add, in
   extensions.conf   #include {shown}/dialer-extensions.conf
   manager.conf      #include {shown}/dialer-manager.conf
   pjsip.conf        #include {shown}/dialer-pjsip.conf
   extensions.conf needs a line [globals] before the include. Contexts, templates, AstDB families and the
   bridge of waiting agents are named dialer-…, globals DIALER_…: nothing of yours may be. None of your
   sections of pjsip.conf may have the name of a trunk or of an agent of these settings, and none of
   type=identify may match a trunk's address; none of your manager users may be named {site.ami.name}.
2. manager.conf needs in [general]: enabled=yes, port={site.ami.port}, timestampevents=yes.
3. pjsip.conf needs a transport that phones and trunks reach ([NAME], type=transport, protocol=udp,
   bind=ADDRESS:PORT; the sample of a fresh build has none), in its section of type=global:
   endpoint_identifier_order=username,auth_username,ip,anonymous
   and in its section of type=system (make one if there is none; it counts for every trunk and phone):
   timer_t1=125
   timer_b=8000
   Without these a provider that is dead is told from a customer who does not answer only after 32 seconds,
   and every ring time below that books "no answer" and uses up the attempts of the lists.
4. asterisk.conf needs transmit_silence=yes in [options]; features.conf needs xfersound=beep in [general]
   (the tone in an agent's ear); modules.conf must load what the product's own modules.conf names
   (with autoload=yes it does; bridge_native_rtp may stay, talks are kept off it); amd.conf must exist, empty
   or not: app_amd does not load without one.
5. Asterisk and the service share three folders. They are ours, and none of those that asterisk.conf names:
   its astdatadir, astagidir and the others may be anywhere. Asterisk's user must be able to enter each, and
   every folder above it, and
   read        {shown}
               (these files, and agi/vote.py, which keeps votes while the service is away; it needs
               /usr/bin/python3)
   read        {sounds}
               (what callers hear; the service writes it there)
   read, write {votes}
               (the votes that were kept; the service collects them)
   An Asterisk that sees other paths than this machine, as in a container, needs them mounted at just these.
   Where Asterisk's user is asterisk, as root:
   chgrp -R asterisk {shown} {votes}
   The service's user, if he is not root, must be of that group too, or he can not collect the votes.
   This says nothing where all is well:
   su -s /bin/sh asterisk -c "cat {shown}/dialer-pjsip.conf {shown}/agi/vote.py >/dev/null;
   ls {seen_as} >/dev/null; touch {votes}/trial && rm {votes}/trial"
6. Load: asterisk -rx "core restart when convenient" (a reload does not take the timers). It waits until no
   call is left. Agents' phones are calls that last all day: have every agent log out first, or it waits on.
7. Start Asterisk with -p, as Debian's unit does: else an answered customer and the sound of all talks wait in
   line for the processor behind whatever else runs.
8. Let `dialer doctor` check it.
"""


def _templates(path: Path) -> str:
    """Return the template sections, ``[name](!)``, of one of our files."""
    return "".join(text for head, text in _sections(path) if "(!" in head)


def _without(path: Path, names: Iterable[str]) -> str:
    """Return one of our files without some sections, includes and what stands before the first section."""
    left_out = {f"[{name}]" for name in names} | {""}
    return "".join(text for head, text in _sections(path) if head not in left_out)


def _sections(path: Path) -> Iterator[tuple[str, str]]:
    """Yield head (``[name](options)``, "" before the first) and text of each section, without includes."""
    head, lines = "", list[str]()
    for line in path.read_text(encoding="utf-8").splitlines(keepends=True):
        if line.startswith("["):
            yield head, "".join(lines)
            head, lines = line.split(";")[0].strip(), []
        if not line.startswith("#include"):
            lines.append(line)
    yield head, "".join(lines)
