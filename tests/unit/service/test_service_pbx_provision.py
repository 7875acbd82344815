"""Generated files, read back as Asterisk would read them."""

import re
import stat
from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest
from pbx_site import SITE

from service.pbx.errors import BadSite, PbxError
from service.pbx.layout import FOLDERS, lay_out
from service.pbx.modules import our_modules, required_modules
from service.pbx.ours import dialplan_globals, install_offline, our_instance
from service.pbx.places import PRODUCT_CONF
from service.pbx.provision import (
    TRANSPORT,
    fresh_secret,
    generated_files,
    render_network_globals,
    render_peer,
)
from service.pbx.site import RESERVED, Globals, harmful
from service.pbx.tree import Tree

SEEN = PurePosixPath("/srv/instance")
TREE = Tree(Path("/tree"), "22.10.1")


def sections(text: str) -> list[tuple[str, str, dict[str, list[str]]]]:
    """Name, options and lines of every section."""
    found: list[tuple[str, str, dict[str, list[str]]]] = []
    for line in text.splitlines():
        if head := re.fullmatch(r"\[([^]]+)\](\(.*\))?", line):
            found.append((head[1], head[2] or "", {}))
        elif line and not line.startswith(";"):
            key, value = line.split(" = ", 1)
            found[-1][2].setdefault(key, []).append(value)
    return found


def section(text: str, name: str, kind: str) -> dict[str, list[str]]:
    found = [
        lines
        for head, options, lines in sections(text)
        if head == name and kind in (options, *lines.get("type", ()))
    ]
    assert len(found) == 1, (name, kind)
    return found[0]


def test_every_include_of_the_product_is_generated() -> None:
    included = set()
    for file in PRODUCT_CONF.glob("*.conf"):
        included |= set(re.findall(r"(?m)^#include generated/(\S+)", file.read_text()))
    assert included == set(generated_files(SITE))


def test_every_template_that_is_used_stands_in_the_product() -> None:
    files = generated_files(SITE)
    for name in ("manager.conf", "pjsip.conf"):
        product = (PRODUCT_CONF / name).read_text()
        used = {options[1:-1] for _, options, _ in sections(files[name])} - {"", "+"}
        assert used
        assert [template for template in used if f"[{template}](!)" not in product] == []


def test_the_manager_listens_where_it_is_told_and_knows_one_user() -> None:
    text = generated_files(SITE)["manager.conf"]
    assert section(text, "general", "(+)") == {"bindaddr": ["127.0.0.1"], "port": ["5039"]}
    assert section(text, "dialer", "(dialer-service)") == {"secret": ["s3cret"]}


def test_a_trunk_registers_answers_challenges_and_knows_its_callers() -> None:
    text = generated_files(SITE)["pjsip.conf"]
    endpoint = section(text, "carrier", "(dialer-trunk)")
    assert endpoint["outbound_auth"] == ["carrier-auth"]
    assert endpoint["allow"] == ["ulaw", "alaw"]
    assert endpoint["media_address"] == ["127.0.0.1"]
    assert endpoint["bind_rtp_to_media_address"] == ["yes"]
    assert section(text, "carrier", "aor")["contact"] == ["sip:192.0.2.1:5070"]
    assert section(text, "carrier-auth", "auth")["password"] == ["pw"]
    registration = section(text, "carrier-registration", "registration")
    assert registration["client_uri"] == ["sip:acct@192.0.2.1:5070"]
    # Without these two Asterisk gives up for good at the first refusal.
    assert registration["fatal_retry_interval"] == registration["forbidden_retry_interval"] == ["120"]
    assert registration["retry_interval"] == ["30"]
    assert int(registration["max_retries"][0]) * 30 > 10 * 365 * 86_400
    assert section(text, "carrier-identify", "identify")["match"] == ["192.0.2.0/24"]


def test_a_trunk_by_ip_has_neither_secret_nor_registration() -> None:
    text = generated_files(SITE)["pjsip.conf"]
    assert "outbound_auth" not in section(text, "plain", "(dialer-trunk)")
    assert section(text, "plain", "(dialer-trunk)")["allow"] == ["g722"]
    assert {name for name, _, _ in sections(text) if name.startswith("plain")} == {"plain"}


def test_phones_register_or_are_found() -> None:
    text = generated_files(SITE)["pjsip.conf"]
    assert section(text, "agent-101", "(dialer-agent)")["auth"] == ["agent-101-auth"]
    assert section(text, "agent-101", "(dialer-agent-aor)") == {}
    assert "auth" not in section(text, "desk", "(dialer-agent)")
    assert section(text, "desk", "(dialer-agent-aor)")["contact"] == ["sip:desk@192.0.2.9:5060"]


def test_on_every_address_media_is_not_pinned_and_the_outside_is_told() -> None:
    site = replace(SITE, sip_host="0.0.0.0", external_host="203.0.113.5", local_networks=("10.0.0.0/8",))
    text = generated_files(site)["pjsip.conf"]
    transport = section(text, "transport-udp", "transport")
    assert transport["bind"] == ["0.0.0.0:5062"]
    assert transport["external_media_address"] == transport["external_signaling_address"] == ["203.0.113.5"]
    assert transport["local_net"] == ["10.0.0.0/8"]
    assert "media_address" not in section(text, "plain", "(dialer-trunk)")


def test_the_dialplan_gets_its_globals_and_rtp_its_ports() -> None:
    files = generated_files(SITE)
    assert section(files["extensions.conf"], "globals", "") == {
        "DIALER_SVC": ["agi://127.0.0.1:4573"],
        "DIALER_PROMPTS": ["/srv/prompts"],
        "DIALER_OFFLINE": ["/srv/agi/vote.py"],
        "DIALER_VOTEDIR": ["/srv/votes"],
    }
    assert section(files["rtp.conf"], "general", "(+)") == {"rtpstart": ["10000"], "rtpend": ["10199"]}


def test_the_network_knows_one_pbx() -> None:
    text = render_peer("pbx", "127.0.0.1", 5070, 5060)
    assert section(text, "transport-udp", "transport")["bind"] == ["127.0.0.1:5070"]
    assert section(text, "pbx", "aor")["contact"] == ["sip:127.0.0.1:5060"]
    assert section(text, "pbx-identify", "identify")["match"] == ["127.0.0.1"]
    with pytest.raises(BadSite, match=r"network_globals\.RECORDS"):
        render_network_globals({"RECORDS": "/x\n[evil]"})


def test_secrets_are_long_fresh_and_safe_to_write() -> None:
    made = {fresh_secret() for _ in range(100)}
    assert len(made) == 100
    assert min(map(len, made)) >= 43
    assert [secret for secret in made if harmful(secret)] == []


def test_a_directory_is_laid_out_with_secrets_for_the_owner_alone(tmp_path: Path) -> None:
    home = tmp_path / "pbx"
    for _ in range(2):  # a restart writes the same again over what is there
        our_instance(TREE, home, SITE).lay_out()
    assert {name for name in FOLDERS if (home / name).is_dir()} == set(FOLDERS)
    assert not (home / "etc" / "network").exists()
    assert (home / "etc" / "extensions.conf").read_text() == (PRODUCT_CONF / "extensions.conf").read_text()
    assert "astetcdir => /srv/instance/etc\n" in (home / "etc" / "asterisk.conf").read_text()
    modes = {stat.S_IMODE(file.stat().st_mode) for file in (home / "etc" / "generated").iterdir()}
    assert modes == {0o600}
    assert "A.ROOT-SERVERS.NET" in (home / "hosts").read_text()
    assert (home / "agi" / "vote.py").stat().st_mode & 0o111
    assert {stat.S_IMODE((home / name).stat().st_mode) for name in ("", *FOLDERS)} == {0o700}


def test_what_asterisk_wrote_outlives_a_new_layout(tmp_path: Path) -> None:
    lay_out(tmp_path, SEEN, PRODUCT_CONF, {})
    (tmp_path / "lib" / "astdb.sqlite3").write_text("votes")
    lay_out(tmp_path, SEEN, PRODUCT_CONF, {})
    assert (tmp_path / "lib" / "astdb.sqlite3").read_text() == "votes"


def test_a_path_too_long_for_a_socket_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PbxError, match="too long"):
        lay_out(tmp_path, PurePosixPath("/" + "x" * 100), PRODUCT_CONF, {})


def test_globals_name_the_script_where_asterisk_sees_it(tmp_path: Path) -> None:
    told = dialplan_globals(SEEN, "127.0.0.1:4573")
    assert told == Globals(
        "agi://127.0.0.1:4573", "/srv/instance/prompts", "/srv/instance/agi/vote.py", "/srv/instance/votes"
    )
    script = install_offline(tmp_path)
    assert script.name == Path(told.offline).name
    assert (tmp_path / "lib" / "asterisk" / "agi.py").is_file()
    assert (tmp_path / "lib" / "six.py").is_file()
    assert list((tmp_path / "lib").rglob("__pycache__")) == []


def test_without_the_offline_script_nothing_is_laid_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.pbx.ours.OFFLINE_SCRIPT", tmp_path / "gone.py")
    with pytest.raises(PbxError, match=r"gone\.py is missing"):
        our_instance(TREE, tmp_path / "pbx", SITE)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(PbxError, match="package asterisk is missing"):
        install_offline(tmp_path)


def test_no_name_of_ours_is_left_to_trunks_and_phones() -> None:
    ours = set[str]()
    for name in ("pjsip.conf", "manager.conf"):
        ours |= set(re.findall(r"(?m)^\[([^]]+)\]", (PRODUCT_CONF / name).read_text()))
    assert ours | {TRANSPORT} == RESERVED


def test_only_what_an_answered_call_needs_is_required() -> None:
    needed, ours = set(required_modules()), set(our_modules())
    assert needed < ours
    assert {"res_agi.so", "app_stack.so", "app_read.so", "app_playback.so", "chan_pjsip.so"} <= needed
    assert needed.isdisjoint({"app_amd.so", "res_musiconhold.so", "app_mixmonitor.so", "res_pjsip_acl.so"})
    assert "res_timing_timerfd.so" in ours - needed  # an existing Asterisk may have another kind
