"""``dialer simulate``: one object for one day, rows for a comparison, errors in one line."""

import json
from pathlib import Path

import pytest
from command_line import typed

from dialer.simulator.comparison import PACERS, Days, NoSuchPacer
from dialer.simulator.scenarios import steady
from service.comparison_table import HEADINGS, lines_of, markdown
from service.errors import BadQuestion
from service.simulate import compare, numbers_of_days, simulate_day

FIGURES = {
    "occupancy",
    "idle_s_per_call",
    "abandoned_share",
    "worst_15min_share",
    "calls_placed",
    "answered",
    "connected",
    "calls_per_agent_hour",
    "decisions",
    "decision_us_p99",
}


def run(*arguments: str) -> tuple[int, str]:
    result = typed("simulate", *arguments)
    return result.exit_code, result.output


def test_the_whole_dialer_prints_the_same_figures_as_its_pacer_alone() -> None:
    code, printed = run(
        *("--agents", "2", "--answer-rate", "0.5", "--hours", "0.1", "--seed", "1", "--json"), "--product"
    )
    figures = json.loads(printed)
    assert code == 0
    assert set(figures) >= FIGURES
    assert (figures["pacer"], figures["calls_placed"] > 5) == ("product predictive", True)
    assert figures["decision_us_p99"] > 0
    for wrong in ("oracle", "ratio", "predictive:2"):
        code, printed = run("--agents", "2", "--pacer", wrong, "--product")
        assert (code, "the product has no mode" in printed) == (1, True)


def test_a_day_prints_one_object_with_every_figure(tmp_path: Path) -> None:
    picture = tmp_path / "day.svg"
    code, printed = run(
        *("--agents", "3", "--answer-rate", "0.3", "--pacer", "predictive", "--hours", "0.2"),
        *("--seed", "7", "--json", "--picture", str(picture)),
    )
    figures = json.loads(printed)
    assert code == 0
    assert set(figures) > FIGURES
    assert 0 < figures["occupancy"] < 1
    assert figures["answered"] == figures["connected"] + round(
        figures["abandoned_share"] * figures["answered"]
    )
    assert figures["decision_us_p99"] > 0
    assert picture.read_text(encoding="utf-8").startswith("<svg")


def test_a_knob_may_be_given_or_found_in_hindsight() -> None:
    given = simulate_day(5, 0.3, "ratio:2.5", 0.3, 1)
    found = simulate_day(5, 0.3, "ratio", 0.3, 1)
    assert given["knob"] == 2.5
    assert found["knob"] is not None
    assert found["abandoned_share"] <= 0.03


@pytest.mark.parametrize("pacer", ["ratio:-1", "ratio:nan", "ratio:1000", "ratio:inf", "predictive:3"])
def test_a_value_that_a_pacer_can_not_have_is_refused(pacer: str) -> None:
    code, printed = run("--agents", "2", "--hours", "0.1", "--pacer", pacer, "--json")
    assert (code, f"{pacer}: a value" in json.loads(printed.splitlines()[-1])["error"]) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--agents", "2", "--picture", "/nowhere/at/all/day.svg"), "there is no directory"),
        (("--agents", "2", "--picture", "day.png"), "must end in .svg"),
        (("--agents", "2", "--product", "--picture", "day.svg"), "is not drawn"),
        (("--agents", "2", "--hours", "inf"), "is no length of a day"),
        (("--sizes", "a"), "no scenario is left"),
        (("--sizes", "7"), "no scenario is left"),
        (("--only", "nothing"), "no scenario is left"),
    ],
)
def test_what_can_not_be_run_is_told_before_anything_is(arguments: tuple[str, ...], told: str) -> None:
    code, printed = run(*arguments, "--json")
    assert (code, told in json.loads(printed.splitlines()[-1])["error"]) == (1, True)


@pytest.mark.parametrize("name", ["genius", "genius:3", "ratio:much", ""])
def test_an_unknown_pacer_is_one_line_and_no_traceback(name: str) -> None:
    with pytest.raises(NoSuchPacer):
        simulate_day(5, 0.3, name, 0.1, 1)
    code, printed = run("--agents", "2", "--hours", "0.1", "--pacer", name)
    assert code == 1
    assert "there is no pacer" in printed or "a value" in printed
    assert "Traceback" not in printed


def test_a_comparison_has_a_row_for_each_pacer_in_order_whatever_the_cores() -> None:
    scenarios = [steady(2, 0.6, 0.1)]
    rows = list(compare(scenarios, PACERS, Days(1, 2), 2))
    assert [row.pacer for row in rows] == list(PACERS)
    again = list(compare(scenarios, PACERS, Days(1, 2), 1))
    assert [row.figures.occupancy for row in again] == [row.figures.occupancy for row in rows]
    lines = list(markdown([*rows, *compare([steady(1, 0.6, 0.1)], PACERS, Days(1, 2), 1)]))
    assert len(lines) == 2 + 2
    assert all(line.count("|") == len(HEADINGS) + 1 for line in lines)
    (cells,) = lines_of(rows)
    figures = {row.pacer: row.figures for row in rows}
    line = dict(zip(HEADINGS, cells, strict=True))
    behind = 100 * (figures["oracle"].occupancy - figures["predictive"].occupancy)
    assert line["behind it"].startswith(f"{behind:.1f} ± ")
    assert line["progressive"] == f"{100 * figures['progressive'].occupancy:.1f}"
    assert line["hours"] == "2 × 0.1"


def test_small_teams_may_live_more_days_and_rivals_others() -> None:
    days = Days(5, *numbers_of_days("1:3,2"), rivals_first=90, rivals=1)
    assert [days.of(agents, "predictive") for agents in (1, 2)] == [range(5, 8), range(5, 7)]
    assert [days.of(agents, "ratio") for agents in (1, 2)] == [range(90, 91)] * 2
    rows = list(compare([steady(1, 0.6, 0.1)], PACERS, days, 1))
    assert {row.pacer: len(row.occupancies) for row in rows} == {
        **dict.fromkeys(PACERS, 1),
        **dict.fromkeys(("predictive", "oracle"), 3),
    }
    (cells,) = lines_of(list(compare([steady(1, 0.6, 0.1)], PACERS, Days(5, 1), 1)))
    assert not any("±" in cell for cell in cells)
    assert Days(5, *numbers_of_days("4")).of(1, "ratio") == range(5, 9)


@pytest.mark.parametrize("wrong", ["", "1:", "one", "1:0", "2:x,3"])
def test_numbers_of_days_that_are_none_are_refused_in_one_line(wrong: str) -> None:
    with pytest.raises(BadQuestion, match="--seeds"):
        numbers_of_days(wrong)
    code, printed = run("--sizes", "1", "--seeds", wrong)
    assert (code, "Traceback" in printed) == (1, False)


COMPARED = ("--sizes", "1", "--only", "steady 60", "--seeds", "2", "--markdown", "--days")


def test_a_comparison_that_was_stopped_goes_on_where_it_stood(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dialer.simulator.scenarios.day_hours", lambda agents: 0.1)
    file = tmp_path / "days.jsonl"
    code, whole = run(*COMPARED, str(file))
    assert code == 0
    days = file.read_text(encoding="utf-8").splitlines(keepends=True)
    # As a kill in the middle of a line leaves it.
    file.write_text("".join(days[:5]) + days[5][:40], encoding="utf-8")
    code, again = run(*COMPARED, str(file))
    assert (code, again) == (0, whole)
    assert sorted(file.read_text(encoding="utf-8").splitlines(keepends=True)) == sorted(days)
    tampered = json.loads(days[0])
    tampered["tally"]["talk_s"] *= 2
    file.write_text("".join([json.dumps(tampered) + "\n", *days[1:]]), encoding="utf-8")
    code, used = run(*COMPARED, str(file))
    assert (code, used != whole) == (0, True)


def test_a_file_of_something_else_is_refused_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "days.jsonl"
    file.write_text('{"day": [], "tally": {}}\n', encoding="utf-8")
    code, printed = run(*COMPARED, str(file))
    assert (code, "line 1: not a simulated day" in printed) == (1, True)
    assert file.read_text(encoding="utf-8") == '{"day": [], "tally": {}}\n'
