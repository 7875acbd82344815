"""Template files: the ready-made one holds the practice, and a broken one names every fault."""

import csv
import re
from dataclasses import replace
from datetime import time
from importlib.resources import files
from pathlib import Path

import pytest
from campaign_cases import CAMPAIGN, SOUND, utc

from campaigns.desk.columns import map_columns
from campaigns.desk.listrow import RowReader
from campaigns.desk.samples import sample
from campaigns.desk.sheet import Row
from campaigns.errors import InvalidInput
from campaigns.lists import ListRow
from campaigns.model import Anchor, CreditKind, Disposition, HoursWindow, Purpose
from campaigns.rules.hours import window_faults
from campaigns.templates import format_hours, load_templates, parse_hours, parse_template


def faults_of(text: str) -> dict[str, str]:
    with pytest.raises(InvalidInput) as refusal:
        parse_template(text)
    return {fault.place: fault.problem for fault in refusal.value.faults}


def test_revisit_is_the_practice_of_a_service_centre() -> None:
    revisit = load_templates()["revisit"]
    assert revisit.purpose is Purpose.SERVICE
    assert revisit.anchor == Anchor("service_date", 0, 3)
    assert (revisit.ring_timeout_s, revisit.connect_limit_s, revisit.wrap_up_s) == (25, 2, 30)
    assert revisit.vote_scale == (1, 5)
    assert window_faults(revisit.hours) == ()
    assert {window.weekday for window in revisit.hours} == set(range(6))  # Sunday is free
    assert not any(w.opens < time(14) and w.closes > time(12) for w in revisit.hours)  # noon is rest
    assert all(time(9) <= w.opens and w.closes <= time(18, 30) for w in revisit.hours)
    assert set(Disposition) - set(revisit.retries) == {Disposition.CONNECTED, Disposition.BAD_NUMBER}
    assert {
        "satisfied",
        "so_so",
        "not_satisfied",
        "callback",
        "wrong_person",
        "machine",
        "do_not_call",
    } <= set(revisit.outcomes)


def test_the_revisit_script_only_asks_for_values_that_every_list_has() -> None:
    revisit = load_templates()["revisit"]
    script = revisit.script
    texts = [script.opening, *script.questions, script.closing_satisfied, script.closing_dissatisfied]
    wanted = {name for text in texts for name in re.findall(r"\{(\w*)\}", text)}
    assert wanted == {"agent_name", "company", "customer_title", "customer_name", "service", "service_date"}
    assert {"name", "service", "service_date"} <= set(revisit.required_columns)


def test_the_version_is_of_the_text_itself() -> None:
    first = parse_template(SOUND)
    assert re.fullmatch(r"[0-9a-f]{16}", first.version)
    assert parse_template(SOUND).version == first.version
    assert parse_template(SOUND.replace("Good day", "Good morning")).version != first.version


@pytest.mark.parametrize(
    ("was", "becomes", "place", "problem"),
    [
        ('name = "tiny"', 'name = "Tiny Name"', "name", "form"),
        ('label = "Tiny"', "", "label", "missing"),
        ('purpose = "service"', 'purpose = "fun"', "purpose", "marketing, service, complaint"),
        ("max_attempts = 3", "max_attempts = 0", "max_attempts", "from 1 to 100"),
        ("max_attempts = 3", "max_attempts = true", "max_attempts", "whole number"),
        ("ring_timeout_s = 25", "ring_timeout_s = nan", "ring_timeout_s", "number"),
        ("ring_timeout_s = 25", "ring_timeout_s = 900", "ring_timeout_s", "not from 5 to 120"),
        ("vote_scale = [1, 5]", "vote_scale = [5, 1]", "vote_scale", "lower first"),
        ("vote_scale = [1, 5]", "vote_scale = [1, 12]", "vote_scale", "two keys"),
        ('["ref", "phone", "service_date"]', "[]", "required_columns", "'phone'"),
        ('"phone", ', "", "required_columns", "'phone'"),
        ('mon = "09:00-12:00"', 'mon = "9-12"', "hours.mon", "not a window"),
        ('mon = "09:00-12:00"', "mon = 9", "hours.mon", "text"),
        ('mon = "09:00-12:00"', "", "hours", "no calling hours"),
        ("latest_days = 3", "latest_days = -1", "anchor.latest_days", "before earliest"),
        ('field = "service_date"', 'field = "birthday"', "anchor.field", "not in required_columns"),
        ("busy = {", "engaged = {", "retries.engaged", "no such disposition"),
        ("busy = {", "connected = {", "retries.connected", "talked to"),
        ("attempts = 2", "tries = 2", "retries.busy.tries", "no such setting"),
        ("after_s = 600", "after_s = -1", "retries.busy.after_s", "not from 0"),
        ('satisfied = "Satisfied"', '"so so" = "So-so"', "outcomes.so so", "small letters"),
        ('satisfied = "Satisfied"', "", "outcomes", "no outcomes"),
        ('questions = ["Satisfied?"]', "questions = [1]", "script.questions", "list of texts"),
        ('closing_satisfied = "Thank you"', 'closing = "Thank you"', "script.closing", "no such setting"),
        ("[anchor]", "[ancor]", "ancor", "no such setting"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_place(was: str, becomes: str, place: str, problem: str) -> None:
    assert was in SOUND
    faults = faults_of(SOUND.replace(was, becomes))
    assert problem in faults[place]


def test_what_may_be_left_out() -> None:
    text = re.sub(r"\[anchor\].*?\[outcomes\]", "[outcomes]", SOUND, flags=re.DOTALL)
    template = parse_template(text.replace('["Satisfied?"]', "[]"))
    assert (template.anchor, template.retries, template.script.questions) == (None, {}, ())


def test_every_ready_made_template_is_sound() -> None:
    for name, template in load_templates().items():
        assert template.name == name
        assert window_faults(template.hours) == ()


def test_all_faults_are_told_at_once() -> None:
    broken = SOUND.replace("max_attempts = 3", 'max_attempts = "3"').replace("09:00-12:00", "25:00-26:00")
    broken = broken.replace('flow = "tiny"', "").replace('opening = "Good day"', "")
    assert set(faults_of(broken)) == {"max_attempts", "hours.mon", "flow", "script.opening"}


def test_what_is_not_toml_says_where() -> None:
    assert "line 2" in faults_of('name = "a"\nlabel = = 1\n')["file"]


def test_a_folder_is_read_whole_and_every_file_named(tmp_path: Path) -> None:
    (tmp_path / "tiny.toml").write_text(SOUND)
    (tmp_path / "readme.txt").write_text("not a template")
    assert list(load_templates(tmp_path)) == ["tiny"]
    (tmp_path / "other.toml").write_text(SOUND)
    (tmp_path / "broken.toml").write_text(SOUND.replace("max_attempts = 3", ""))
    with pytest.raises(InvalidInput) as refusal:
        load_templates(tmp_path)
    assert {fault.place for fault in refusal.value.faults} == {
        "broken.toml: max_attempts",
        "other.toml: name",
    }


def test_hours_are_read_in_order_and_written_back() -> None:
    week = {
        "tue": "14:00-18:30 , 9:00-12:00",
        "mon": "22:00-24:00",
        "sun": "00:00-00:00",
        "wed": "closed",
        "thu": "",
    }
    read = parse_hours(week)
    assert read == (
        HoursWindow(0, time(22), time(0)),
        HoursWindow(1, time(9), time(12)),
        HoursWindow(1, time(14), time(18, 30)),
        HoursWindow(6, time(0), time(0)),
    )
    assert window_faults(read) == ()
    assert format_hours(read) == {
        "mon": "22:00-00:00",
        "tue": "09:00-12:00, 14:00-18:30",
        "sun": "00:00-00:00",
    }
    assert parse_hours(format_hours(read)) == read


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("22:00-02:00", "over midnight is written as two"),
        ("12:00-12:00", "closes before it opens"),
        ("09:00-12:00, 11:59-13:00", "overlaps"),
        ("24:00-24:00", "opens at the end"),
        ("09:00-24:30", "there is no 24:30"),
        ("09:60-12:00", "there is no 09:60"),
        ("09:00", "not a window"),
        ("09:00-12:00,", "not a window"),
        ("all day", "not a window"),
    ],
)
def test_hours_that_cannot_be_meant_are_refused(text: str, problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem) as refusal:
        parse_hours({"fri": text, "funday": "09:00-12:00"})
    assert [fault.place for fault in refusal.value.faults] == ["hours.funday", "hours.fri"]


def test_windows_may_touch() -> None:
    assert len(parse_hours({"mon": "09:00-12:00,12:00-13:00"})) == 2


@pytest.mark.parametrize(
    ("name", "purpose", "anchor"),
    [
        ("revisit", Purpose.SERVICE, Anchor("service_date", 0, 3)),
        ("second-revisit", Purpose.SERVICE, Anchor("revisit_date", 1, 7)),
        ("renewal", Purpose.MARKETING, Anchor("expiry", -30, 0)),
        ("enquiry", Purpose.MARKETING, Anchor("enquiry_date", 0, 7)),
        ("reminder", Purpose.SERVICE, Anchor("due_date", -14, 0)),
    ],
)
def test_the_kinds_of_campaign_of_a_service_centre(name: str, purpose: Purpose, anchor: Anchor) -> None:
    template = load_templates()[name]
    assert (template.purpose, template.anchor) == (purpose, anchor)
    assert template.hours == load_templates()["revisit"].hours
    assert {"callback", "wrong_person", "machine", "do_not_call"} <= set(template.outcomes)
    script = template.script
    closings = (script.closing_satisfied, script.closing_dissatisfied)
    asked = " ".join((script.opening, *script.questions, *closings))
    words = set(re.findall(r"{(\w+)}", asked)) - {"agent_name", "company", "customer_title", "customer_name"}
    assert words <= {"service", anchor.field}


def test_what_sells_is_credited_and_what_serves_is_not() -> None:
    worth = {name: dict(one.credits) for name, one in load_templates().items() if one.credits}
    assert worth == {
        "renewal": {"renewed": CreditKind.CLOSED, "upgraded": CreditKind.CLOSED},
        "enquiry": {"bought": CreditKind.CLOSED, "interested": CreditKind.BROUGHT},
    }


def test_credits_are_of_outcomes_and_of_known_kinds() -> None:
    with pytest.raises(InvalidInput) as refusal:
        parse_template(SOUND.replace('satisfied = "closed"', 'nobody = "closed"\nsatisfied = "won"'))
    assert {fault.place for fault in refusal.value.faults} == {"credits.nobody", "credits.satisfied"}


@pytest.mark.parametrize("name", ["revisit", "second-revisit", "renewal", "enquiry", "reminder"])
@pytest.mark.parametrize("source", ["file", "made"])
def test_every_kind_has_sample_lists_that_are_all_good(name: str, source: str) -> None:
    templates = load_templates()
    template = templates[name]
    made = sample(name, templates)
    text = files("campaigns").joinpath("samples", f"{name}-example.csv").read_text(encoding="utf-8")
    moment = utc("2026-11-21 08:00")
    kept = {"purpose": template.purpose, "anchor": template.anchor, "hours": template.hours}
    kind = replace(CAMPAIGN, template=name, **kept)  # type: ignore[arg-type]
    header, *rows = csv.reader((text if source == "file" else made).splitlines())
    needs = template.required_columns
    reader = RowReader(kind, header, map_columns(header, needs), needs, None, moment)
    read = [reader.read(Row(number, tuple(row))) for number, row in enumerate(rows, 1)]
    assert read
    assert all(isinstance(one, ListRow) for one in read), read
