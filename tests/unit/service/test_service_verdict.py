"""``dialer verdict``: named packs alone, one JSON object as the last line, one clear line for bad input."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from command_line import typed

TUESDAY = "2026-03-03T12:00:00+01:00"
FRANCE = {"number": "+33142685300", "purpose": "marketing", "pack": "fr", "at": TUESDAY}


def run(*flags: str, **options: str | Path) -> Result:
    words = [word for name, value in options.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    return typed("verdict", *words, *flags)


def verdict(*flags: str, **options: str | Path) -> dict[str, Any]:
    result = run("--json", *flags, **options)
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return found


def test_an_allowed_call() -> None:
    found = verdict(**FRANCE)
    assert set(found) == {"allowed", "rule", "pack", "version", "reason", "next_allowed", "zones"}
    assert (found["allowed"], found["rule"], found["pack"]) == (True, "allowed", "fr")
    assert (found["next_allowed"], found["zones"]) == (None, ["Europe/Paris"])


def test_a_refused_call_names_pack_version_and_next_moment() -> None:
    found = verdict(**{**FRANCE, "at": "2026-03-03T13:00:00+01:00"})
    assert (found["allowed"], found["rule"], found["pack"]) == (False, "hours", "fr")
    assert found["next_allowed"] == "2026-03-03T13:00:00Z"
    assert found["version"].startswith("2026-")
    assert "13:00" in found["reason"]


def test_house_and_jurisdiction_are_not_asked_unless_named() -> None:
    night = {"number": "+442079460123", "purpose": "service", "at": "2026-03-01T03:00:00Z"}
    assert verdict(**night, pack="uk")["allowed"]
    found = verdict(**night, pack="uk, house")
    assert (found["allowed"], found["pack"]) == (False, "house")


def test_consent_is_none_unless_said() -> None:
    spain = {"number": "+34912345678", "purpose": "marketing", "pack": "es", "at": TUESDAY}
    assert verdict(**spain)["rule"] == "consent"
    assert verdict(**spain, consent="given")["allowed"]
    assert verdict(**FRANCE, consent="refused")["rule"] == "consent"


def test_zones_of_the_number_or_those_given() -> None:
    toll_free = {"number": "+18005550123", "purpose": "marketing", "pack": "us-federal"}
    wide = verdict(**toll_free, at="2026-03-03T18:30:00Z")
    assert len(wide["zones"]) > 3
    one = verdict(**toll_free, at="2026-03-03T18:30:00Z", zone="America/Chicago")
    assert (one["zones"], one["allowed"]) == (["America/Chicago"], True)
    assert verdict(**toll_free, at="2026-03-03T13:30:00Z", zone="America/Chicago")["rule"] == "hours"
    unknown = verdict(number="+999123456", purpose="service", pack="uk", at=TUESDAY)
    assert (unknown["allowed"], unknown["rule"], unknown["zones"]) == (False, "zone", [])


def test_a_history_uses_caps_up_and_sets_off_blocks(tmp_path: Path) -> None:
    file = tmp_path / "past.json"
    days = [{"at": f"2026-02-{day:02}T11:00:00+01:00"} for day in (20, 21, 22, 23)]
    file.write_text(json.dumps(days), encoding="utf-8")
    found = verdict(**FRANCE, history=file)
    assert (found["rule"], found["next_allowed"]) == ("cap", "2026-03-23T09:00:00Z")
    file.write_text(json.dumps([*days[1:], {**days[0], "placed": False}]), encoding="utf-8")
    assert verdict(**FRANCE, history=file)["allowed"]
    file.write_text(json.dumps([*days[1:], {**days[0], "company": "Other Ltd"}]), encoding="utf-8")
    assert verdict(**FRANCE, history=file)["allowed"]
    said_no = {"at": "2026-02-20T11:00:00+01:00", "disposition": "connected", "outcome": "refused"}
    file.write_text(json.dumps([said_no]), encoding="utf-8")
    assert verdict(**FRANCE, history=file)["rule"] == "block"


def test_the_documented_history_is_read(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "rule-packs.md").read_text(encoding="utf-8")
    file = tmp_path / "past.json"
    file.write_text(page.split("```json\n")[1].split("```")[0], encoding="utf-8")
    assert verdict(**FRANCE, history=file)["rule"] == "block"


def test_dates_appointments_addresses_and_agents() -> None:
    china = {"number": "+8613800138000", "purpose": "marketing", "at": "2026-11-20T12:00:00+08:00"}
    early = verdict(**china, pack="cn-property-insurance", date="expiry=2026-12-31")
    assert (early["rule"], early["next_allowed"]) == ("anchor", "2026-11-21T01:00:00Z")
    late = {**china, "at": "2026-11-20T21:30:00+08:00", "pack": "cn-life-insurance"}
    assert not verdict(**late)["allowed"]
    assert verdict(**late, appointment="2026-11-20T21:30:00+08:00")["allowed"]
    spain = {"number": "+34912345678", "purpose": "marketing", "pack": "es", "consent": "given"}
    assert verdict(**spain, at="2026-03-19T12:00:00+01:00")["rule"] == "holiday"
    assert verdict(**spain, at="2026-03-19T12:00:00+01:00", country="ES", region="CT")["allowed"]
    london = {"number": "+442079460123", "purpose": "marketing", "pack": "uk", "at": TUESDAY}
    assert verdict("--automated", **london)["rule"] == "consent"


def test_a_reserved_agent_lifts_the_british_silence(tmp_path: Path) -> None:
    file = tmp_path / "past.json"
    file.write_text(
        json.dumps([{"at": "2026-03-02T12:00:00Z", "disposition": "abandoned"}]), encoding="utf-8"
    )
    london = {"number": "+442079460123", "purpose": "service", "pack": "uk", "at": TUESDAY, "history": file}
    assert verdict(**london)["rule"] == "block"
    assert verdict("--agent-ready", **london)["allowed"]


def test_people_get_one_line() -> None:
    assert run(**FRANCE).stdout == "allowed: fr in Europe/Paris\n"
    refused = run(**{**FRANCE, "at": "2026-03-07T12:00:00+01:00"}).stdout
    assert refused.startswith("refused (hours): France: 12:00 on a Saturday")
    assert refused.endswith("; not before 2026-03-09 09:00:00 UTC\n")
    never = run(number="+8613800138000", purpose="marketing", pack="cn-service", at=TUESDAY).stdout
    assert never.endswith("; never\n")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"number": ""}, "--number is missing"),
        ({"number": "abc"}, "--number 'abc'"),
        ({"number": "0142685300"}, "country code"),
        ({"purpose": "fun"}, "--purpose 'fun': write one of marketing, service, complaint"),
        ({"pack": "atlantis"}, "no rule pack 'atlantis'; there are carrier"),
        ({"pack": ","}, "no rule pack"),
        ({"at": "noon"}, "--at 'noon': write it like"),
        ({"at": "2026-03-03T12:00:00"}, "say the offset"),
        ({"at": "0001-01-01T00:00:00+14:00"}, "is not between 1970 and 2100"),
        ({"at": "0001-01-01T00:00:00+00:00"}, "--at '0001-01-01T00:00:00+00:00': is not between"),
        ({"at": "9999-12-31T23:59:59+00:00"}, "is not between 1970 and 2100"),
        ({"at": "9999-12-31T23:59:59-14:00"}, "is not between 1970 and 2100"),
        ({"appointment": "9999-12-31T23:59:59+00:00"}, "--appointment '9999"),
        ({"zone": "Mars/Olympus"}, "unknown time zone 'Mars/Olympus'"),
        ({"zone": "../../etc/passwd"}, "unknown time zone"),
        ({"consent": "maybe"}, "--consent 'maybe'"),
        ({"appointment": "soon"}, "--appointment 'soon'"),
        ({"date": "tomorrow"}, "--date 'tomorrow'"),
        ({"date": "expiry=soon"}, "--date 'expiry=soon': write it like expiry=2026-12-31"),
        ({"date": "expiry="}, "--date 'expiry='"),
        ({"date": "expirey=2026-12-31"}, "no rule pack asks for 'expirey'; there are expiry"),
        ({"country": "ZZ"}, "--country: 'ZZ' is not a country code like ES"),
        ({"country": "Atlantis"}, "--country: 'Atlantis'"),
        (
            {"region": "Zone D"},
            "--region 'Zone D': no calendar or rule pack of FR knows it; there are 57, 6AE",
        ),
        ({"region": "FLA", "country": "US"}, "of US knows it; there are AK, AL"),
        ({"region": "Floida", "country": "US"}, "of US knows it"),
        ({"region": "CT", "country": "CN"}, "of CN knows it; none is known, so leave it out"),
        ({"history": "gone.json"}, "--history gone.json"),
        ({"packs_dir": "gone"}, "cannot be read"),
    ],
)
def test_bad_input_is_one_clear_line(change: dict[str, str], words: str) -> None:
    result = run("--json", **{**FRANCE, **change})
    assert result.exit_code == 2
    assert words in result.stderr
    assert result.stderr.count("\n") == 1
    told = {"error": "the question cannot be read", "faults": [result.stderr.rstrip("\n")]}
    assert json.loads(result.stdout) == told


def test_every_bad_argument_is_told_at_once() -> None:
    result = run("--json", number="abc", purpose="fun", pack="atlantis", at="noon", country="ZZ", date="x")
    told = [line.split()[0].rstrip(":") for line in result.stderr.splitlines()]
    assert (result.exit_code, json.loads(result.stdout)["faults"]) == (2, result.stderr.splitlines())
    assert told == ["--number", "--purpose", "--at", "--pack", "--country", "--date"]


def test_an_address_is_read_as_in_a_list() -> None:
    spain = {"number": "+34912345678", "purpose": "marketing", "pack": "es", "consent": "given"}
    holiday = {**spain, "at": "2026-03-19T12:00:00+01:00"}  # not in Catalonia
    for country, region in (("España", "ct"), ("es", "ES-CT"), ("", "CT")):
        assert verdict(**holiday, country=country, region=region)["allowed"]
    assert verdict(**holiday, country="ES", region="GA")["rule"] == "holiday"
    florida = {"number": "+13055550123", "purpose": "marketing", "pack": "us-florida"}
    for region in ("FL", "us-fl", "Florida"):
        assert verdict(**florida, at="2026-03-03T12:00:00-05:00", country="USA", region=region)["zones"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "--history"),
        ("{}", "must be a list"),
        ("[7]", "contact 1: must be an object"),
        ('[{"number": "+34912345678"}]', "at least the moment"),
        ('[{"at": "yesterday"}]', "contact 1: at 'yesterday'"),
        ('[{"at": 7}]', "at must be a text"),
        ('[{"at": "2026-03-02T10:00:00Z", "when": "x"}]', "no such field when"),
        ('[{"at": "2026-03-02T10:00:00Z", "placed": "no"}]', "true or false"),
        ('[{"at": "2026-03-02T10:00:00Z", "disposition": "sad"}]', "disposition 'sad'"),
        ('[{"at": "2026-03-02T10:00:00Z"}, {"at": "2026-03-02T10:00:00Z", "purpose": "fun"}]', "contact 2"),
        ("[" * 100_000, "--history"),
    ],
)
def test_a_broken_history_is_one_clear_line(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "past.json"
    file.write_text(text, encoding="utf-8")
    result = run(**FRANCE, history=file)
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr
    assert result.stderr.count("\n") == 1
