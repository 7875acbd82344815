"""Settings: all faults at once, paths from the file's own place, secrets from elsewhere; the page."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from dialer.caller_number import CallerForm
from service.errors import BadSettings
from service.secret_files import read_secret
from service.settings import AgentPart, Company, Database, Hotline, Http, Pbx, Rules, Settings, TrunkPart
from service.settings_file import parse_settings
from service.trunks import trunk_of

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "settings.md").read_text(encoding="utf-8")
NOTHING: Mapping[str, str] = {}


def places(error: BadSettings) -> dict[str, str]:
    return {fault.place: fault.problem for fault in error.faults}


def faults_of(text: str) -> dict[str, str]:
    with pytest.raises(BadSettings) as caught:
        parse_settings(text, Path("/srv"), NOTHING)
    return places(caught.value)


def test_every_fault_is_named_at_once_with_its_place() -> None:
    found = faults_of(
        """
        colour = "blue"
        [company]
        caller_id = "0034600"
        callback_number = "12"
        languages = []
        [http]
        port = 70000
        hosts = "x"
        [pbx]
        sip_port = "many"
        [hotline]
        wrap_up_s = -1
        [[trunks]]
        name = "one"
        host = "a.example"
        only = "("
        channels = 0
        country_code = "x"
        [[trunks]]
        host = "b.example"
        number_format = "e123"
        [[agents]]
        id = "a b"
        [[agents]]
        id = "a1"
        """
    )
    assert set(found) == {
        "colour",
        "company.caller_id",
        "company.callback_number",
        "company.languages",
        "http.port",
        "http.hosts",
        "pbx.sip_port",
        "hotline.wrap_up_s",
        "trunks.0.only",
        "trunks.0.channels",
        "trunks.0.country_code",
        "trunks.1.name",
        "trunks.1.number_format",
        "agents.0.id",
    }
    assert found["colour"] == found["http.hosts"] == "there is no such setting"
    assert "'0034600' is not an E.164 number" in found["company.caller_id"]
    assert "is not a pattern" in found["trunks.0.only"]


def test_a_form_that_needs_a_country_code_says_so() -> None:
    found = faults_of(
        """
        [[trunks]]
        name = "one"
        host = "a"
        caller_id_format = "national"
        international_prefix = "0x"
        """
    )
    assert found["trunks.0.country_code"] == "is missing: caller_id_format `national` cuts it off"
    assert set(found) == {"trunks.0.country_code", "trunks.0.international_prefix"}


@pytest.mark.parametrize(
    ("written", "region", "abroad", "home"),
    [
        ('country_code = "44"\nnational_prefix = "0"', "US", "00", "GB"),
        ('country_code = "1"', "US", "011", "US"),
        ('country_code = "1"', "CA", "011", "CA"),
        ('country_code = "34"\ninternational_prefix = "+"', "", "+", "ES"),
    ],
)
def test_a_national_trunk_dials_abroad_as_people_there_do(
    written: str, region: str, abroad: str, home: str
) -> None:
    head = '[[trunks]]\nname = "one"\nhost = "a"\nnumber_format = "national"\n'
    (part,) = parse_settings(head + written, DOCS, NOTHING).trunks
    trunk = trunk_of(part, region)
    assert trunk.dialled("+81312345678") == f"{abroad}81312345678"
    assert trunk.caller_form == CallerForm("national", home, said=False)


def test_names_given_twice_are_named_beside_other_faults() -> None:
    found = faults_of(
        """
        typo = 1
        [[trunks]]
        name = "one"
        host = "a"
        [[trunks]]
        name = "one"
        host = "b"
        [[agents]]
        id = "a1"
        [[agents]]
        id = "a1"
        """
    )
    assert found == {
        "typo": "there is no such setting",
        "trunks": "one more than once",
        "agents": "a1 more than once",
    }


def test_what_could_not_work_is_named_by_the_settings_own_places_beside_other_faults() -> None:
    found = faults_of(
        """
        typo = 1
        uploads = ""
        [company]
        caller_id = "+120225501"
        callback_number = "+999"
        region = "XX"
        [database]
        url = "mysql://user:hidden@host/name"
        [http]
        host = "256.1.1.1"
        [pbx]
        sip_host = "not a host"
        external_host = "a b"
        local_networks = ["10.0.0.0/8", "10.0.0.0/40"]
        rtp_first = 20000
        rtp_last = 10000
        ami_port = 5038
        agi_port = 5038
        [[trunks]]
        name = "a b"
        host = ""
        register = true
        codecs = ["g729"]
        sources = ["192.0.2.0/24", "300.1.1.1"]
        [[trunks]]
        name = "dialer-agent"
        host = "b.example"
        number_format = "national"
        username = "4711"
        from_domain = "-"
        [[trunks]]
        name = "three"
        host = "c.example"
        password_file = "secret"
        [[trunks]]
        name = "three"
        host = "d.example"
        [[agents]]
        id = "101"
        contact = "desk"
        [[agents]]
        id = "three"
        [[agents]]
        id = "dialer-agent"
        """
    )
    assert found == {
        "typo": "there is no such setting",
        "uploads": "is empty",
        "company.caller_id": "'+120225501' is not a telephone number: wrong length for its country",
        "company.callback_number": "'+999' is not a telephone number: unknown country code",
        "company.region": "'XX' is no country that has telephone numbers: two capital letters, such as US",
        "database.url": "mysql:// is not supported; use sqlite:///path or postgresql://user@host/name",
        "http.host": "'256.1.1.1' is no address",
        "pbx.sip_host": "'not a host' is no address and no host name",
        "pbx.external_host": "'a b' is no address and no host name",
        "pbx.local_networks.1": "'10.0.0.0/40' is no address and no network",
        "pbx.rtp_last": "20000-10000 is no range of ports from 1024 up",
        "pbx.agi_port": "5038 is ami_port too",
        "trunks.0.name": ("'a b' is not of the form wanted here: up to 40 letters, digits, '_', '.' and '-'"),
        "trunks.0.host": "is empty",
        "trunks.0.register": "needs a username and a password_file",
        "trunks.0.codecs": "['g729']: name one or more of alaw, g722, gsm, opus, ulaw",
        "trunks.0.sources.1": "'300.1.1.1' is no address, network or host name",
        "trunks.1.name": "'dialer-agent' is a name that our own files use",
        "trunks.1.password_file": "is missing: a username needs a password",
        "trunks.1.from_domain": "'-' is no address and no host name",
        "trunks.1.country_code": "is missing: number_format `national` cuts it off",
        "trunks.2.password_file": "needs a username",
        "trunks": "three more than once",
        "agents.0.contact": "'desk' is not of the form sip:user@host",
        "agents": "dialer-agent, three names a trunk too; dialer-agent is a name that our own files use",
    }


@pytest.mark.parametrize(
    ("text", "place", "problem"),
    [
        ("[http]\nport = 4573", "pbx", "agi_port: 4573 is http.port too"),
        ("[pbx]\nsip_port = 10500", "pbx.rtp_last", "sip_port 10500 lies among the ports of media"),
        ('[[agents]]\nid = "dialer-service"', "agents", "dialer-service is a name that our own files use"),
        (
            '[[trunks]]\nname = "one"\nhost = "a"\n[[agents]]\nid = "one"',
            "agents",
            "one names a trunk too",
        ),
        ('[database]\nurl = "sqlite://x.db"', "database.url", "names no file: sqlite:///path"),
        ('[database]\nurl = "dialer.db"', "database.url", "this is not supported"),
    ],
)
def test_what_hangs_on_two_settings_is_a_fault_too(text: str, place: str, problem: str) -> None:
    ((told, why),) = faults_of(text).items()
    assert (told, problem in why) == (place, True)


def test_what_may_be_left_out_may_be_empty() -> None:
    settings = parse_settings(
        """
        flows = ""
        templates = ""
        recorded = ""
        [company]
        caller_id = ""
        region = ""
        [pbx]
        asterisk = ""
        external_host = ""
        prompts = ""
        votes = ""
        [rules]
        packs_dir = ""
        [[trunks]]
        name = "one"
        host = "[2001:db8::1]"
        password_file = ""
        [[agents]]
        id = "101"
        password_file = ""
        contact = ""
        """,
        Path("/srv"),
        NOTHING,
    )
    pbx = settings.pbx
    left_out = [settings.flows, settings.templates, settings.recorded, pbx.asterisk, pbx.prompts, pbx.votes]
    left_out += [settings.rules.packs_dir, settings.trunks[0].password_file, settings.agents[0].password_file]
    assert left_out == [None] * len(left_out)


def test_wrong_shapes_are_faults_and_not_crashes() -> None:
    assert "home" in faults_of("home = 5")
    assert "database" in faults_of("database = 5")
    with pytest.raises(BadSettings):
        parse_settings("database = 5", Path("/srv"), {"DIALER_DATABASE_URL": "sqlite:///x"})


def test_relative_paths_start_from_the_file_and_absolute_ones_stay() -> None:
    settings = parse_settings("", Path("/srv/dialer"), NOTHING)
    assert settings.path(settings.http.tokens_file) == Path("/srv/dialer/var/tokens.json")
    assert settings.path(Path("/etc/x")) == Path("/etc/x")
    assert settings.database_url == "sqlite:////srv/dialer/var/dialer.db"
    moved = parse_settings('home = "data"', Path("/srv/dialer"), NOTHING)
    assert moved.path(Path("x")) == Path("/srv/dialer/data/x")
    far = parse_settings('home = "/var/lib/dialer"', Path("/srv/dialer"), NOTHING)
    assert far.path(Path("x")) == Path("/var/lib/dialer/x")


@pytest.mark.parametrize(
    ("url", "made"),
    [
        ("sqlite:////abs/x.db", "sqlite:////abs/x.db"),
        ("sqlite:///deep/x.db", "sqlite:////srv/deep/x.db"),
        ("postgresql://host/db", "postgresql://host/db"),
    ],
)
def test_only_a_relative_file_of_sqlite_is_made_absolute(url: str, made: str) -> None:
    settings = parse_settings(f'[database]\nurl = "{url}"', Path("/srv"), NOTHING)
    assert settings.database_url == made


def test_the_environment_may_hold_the_database_s_address_and_nobody_prints_it() -> None:
    secret = "postgresql://dialer:very-secret@db/dialer"
    settings = parse_settings(
        '[database]\nurl = "sqlite:///x.db"', Path("/srv"), {"DIALER_DATABASE_URL": secret}
    )
    assert settings.database_url == secret
    assert "very-secret" not in repr(settings)
    assert parse_settings("", Path("/srv"), {"DIALER_DATABASE_URL": secret}).database.url == secret


def test_settings_do_not_change_after_loading() -> None:
    settings = parse_settings("", Path("/srv"), NOTHING)
    with pytest.raises(ValidationError, match="frozen"):
        settings.company.name = "x"  # type: ignore[misc]


def test_a_secret_comes_from_the_environment_or_its_file_and_is_masked(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    with pytest.raises(BadSettings, match=r"secret cannot be read: .* \(or set SECRET\)"):
        read_secret(file, "SECRET", NOTHING)
    file.write_text("  \n")
    with pytest.raises(BadSettings, match="the secret is empty"):
        read_secret(file, "SECRET", NOTHING)
    file.write_text("from-file\n")
    assert read_secret(file, "SECRET", NOTHING).get_secret_value() == "from-file"
    secret = read_secret(file, "SECRET", {"SECRET": "from-environment"})
    assert secret.get_secret_value() == "from-environment"
    assert "from-environment" not in repr(secret)


# The page.

SECTIONS: dict[str, type[BaseModel]] = {
    "`[company]`": Company,
    "`[database]`": Database,
    "`[http]`": Http,
    "`[pbx]`": Pbx,
    "`[hotline]`": Hotline,
    "`[rules]`": Rules,
    "`[[trunks]]`": TrunkPart,
    "`[[agents]]`": AgentPart,
}


def rows(model: type[BaseModel]) -> Iterator[str]:
    """Yield what the page must say of each setting of a section: name, default, meaning."""
    for name, field in model.model_fields.items():
        default = "required" if field.is_required() else shown(field.default)
        yield f"| `{field.alias or name}` | {default} | {field.description} |"


def shown(default: Any) -> str:
    if default is None or default == "" or default == () or default == Path():
        return "–"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, tuple):
        return ", ".join(f"`{one}`" for one in default)
    return f"`{default}`"


def table_below(heading: str) -> list[str]:
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return [line for line in section.splitlines() if line.startswith("| `")]


@pytest.mark.parametrize("heading", SECTIONS)
def test_every_setting_is_documented_with_its_default_and_meaning(heading: str) -> None:
    assert table_below(heading) == list(rows(SECTIONS[heading]))


def test_every_section_is_documented_and_no_other() -> None:
    assert re.findall(r"^## (`.*`)$", PAGE, re.MULTILINE) == list(SECTIONS)
    fields = dict(Settings.model_fields)
    sections = {heading.strip("`[]") for heading in SECTIONS}
    assert sections <= set(fields)
    top = [
        f"| `{name}` | {shown(fields[name].default)} | {fields[name].description} |"
        for name in fields
        if name not in sections
    ]
    assert table_below("Top of the file") == top


def test_every_variable_is_documented() -> None:
    code = "".join(file.read_text(encoding="utf-8") for file in (DOCS.parent / "service").rglob("*.py"))
    variables = set(re.findall(r'"(DIALER_[A-Z_]+)"', code))
    dialplan = (DOCS.parent / "asterisk" / "conf" / "extensions.conf").read_text(encoding="utf-8")
    variables -= set(re.findall(r"DIALER_[A-Z]+", dialplan))  # its globals: no part of the environment
    assert variables >= {"DIALER_SETTINGS", "DIALER_AMI_SECRET", "DIALER_CACHE", "DIALER_DATABASE_URL"}
    assert variables == set(re.findall(r"^\| `(DIALER_[A-Z_]+)` \|", PAGE, re.MULTILINE))


def test_the_example_is_sound() -> None:
    settings = parse_settings((DOCS / "dialer.example.toml").read_text(encoding="utf-8"), DOCS, NOTHING)
    assert settings.trunks
    assert settings.agents
