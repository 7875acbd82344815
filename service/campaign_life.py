"""``dialer campaign``: a campaign's whole life over the running service, from its draft to its end.

Knows arguments and what is printed. Decides nothing; the parts are imported when a command runs.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from campaigns.text import shown
from service.campaign_screen import Told
from service.terminal import CampaignArgument, JsonOption, SettingsOption, UrlOption, run, settings_of

campaign = typer.Typer(no_args_is_help=True, help="Make campaigns, start, pause and stop them, see to lists.")

_HOURS: Final = (
    "Calling hours of a weekday, as mon=09:00-13:00,15:00-19:00; once for each day. Days that are left out"
    " are closed; without any, the hours"
)
HoursOption = Annotated[list[str] | None, typer.Option("--hours", help=f"{_HOURS} are the template's.")]
OtherHoursOption = Annotated[list[str] | None, typer.Option("--hours", help=f"{_HOURS} stay the campaign's.")]
PackOption = Annotated[
    list[str] | None, typer.Option("--pack", help="A rule pack that binds it too; may be repeated.")
]
FurtherPackOption = Annotated[
    list[str] | None,
    typer.Option("--pack", help="A further rule pack; may be repeated. Those that bind it already stay."),
]
ListArgument = Annotated[str, typer.Argument(help="Name or number of the list.")]


@campaign.callback()
def _common() -> None:
    """Make campaigns, start, pause and stop them, see to their lists."""


@campaign.command("templates")
def templates(settings: SettingsOption = None, url: UrlOption = "", as_json: JsonOption = False) -> None:
    """Name the kinds of campaign there are, with what each asks of a list."""
    from service.campaign_screen import template_lines

    _told(_asked(settings, url, "/api/templates"), as_json, template_lines)


@campaign.command("create")
def create(
    name: Annotated[str, typer.Argument(help="What the campaign is called; no other has this name.")],
    template: Annotated[str, typer.Option(help="Kind of campaign: see `dialer campaign templates`.")],
    company: Annotated[str, typer.Option(help="In whose name people are called.")],
    caller_id: Annotated[str, typer.Option(help="Number that is shown, as +34…; needed to start.")] = "",
    callback_number: Annotated[str, typer.Option(help="Number that people call back.")] = "",
    hours: HoursOption = None,
    pack: PackOption = None,
    mode: Annotated[
        str, typer.Option(help="preview, progressive, ratio, predictive or agentless.")
    ] = "progressive",
    lines_per_agent: Annotated[float | None, typer.Option(help="Of the ratio mode.")] = None,
    weight: Annotated[int | None, typer.Option(help="Part of the agents that it shares, 1 to 10.")] = None,
    max_attempts: Annotated[int | None, typer.Option(help="Calls to one lead in all.")] = None,
    ring_timeout_s: Annotated[float | None, typer.Option(help="Seconds that a call rings.")] = None,
    wrap_up_s: Annotated[float | None, typer.Option(help="Seconds after a talk.")] = None,
    max_channels: Annotated[int | None, typer.Option(help="Calls in flight at most.")] = None,
    calls_per_second: Annotated[float | None, typer.Option(help="Calls placed in a second at most.")] = None,
    amd: Annotated[str, typer.Option(help="Detection of machines: off, human-first or strict.")] = "off",
    machine_message: Annotated[bool, typer.Option(help="Leave machines a message.")] = False,
    amd_check_share: Annotated[
        float | None, typer.Option(help="Share of machines found that agents check.")
    ] = None,
    settings: SettingsOption = None,
    url: UrlOption = "",
    as_json: JsonOption = False,
) -> None:
    """Make a draft; what is left out is the template's."""
    from service.campaign_screen import campaign_lines

    figures = {
        "max_attempts": max_attempts, "ring_timeout_s": ring_timeout_s, "wrap_up_s": wrap_up_s,
        "max_channels": max_channels, "calls_per_second": calls_per_second,
        "amd_check_share": amd_check_share, "lines_per_agent": lines_per_agent,
        "weight": weight,
    }  # fmt: skip
    body = {
        "name": name, "template": template, "company": company, "caller_id": caller_id,
        "callback_number": callback_number, "mode": mode, "amd": amd, "machine_message": machine_message,
        "packs": pack or [],
        **({} if hours is None else {"hours": _hours(hours)}),
        **{field: figure for field, figure in figures.items() if figure is not None},
    }  # fmt: skip
    _told(_asked(settings, url, "/api/campaigns", body), as_json, campaign_lines)


@campaign.command("list")
def all_campaigns(
    tests: Annotated[
        bool, typer.Option("--tests", help="Name those of test calls (`dialer call`), too.")
    ] = False,
    settings: SettingsOption = None,
    url: UrlOption = "",
    as_json: JsonOption = False,
) -> None:
    """Name all campaigns, oldest first."""
    from service.campaign_screen import overview_lines

    path = "/api/campaigns?tests=true" if tests else "/api/campaigns"
    _told(_asked(settings, url, path), as_json, overview_lines)


@campaign.command("show")
def show(
    campaign: CampaignArgument,
    settings: SettingsOption = None,
    url: UrlOption = "",
    as_json: JsonOption = False,
) -> None:
    """Show how a campaign is set, and who changed its status last and why."""
    from service.campaign_screen import campaign_lines

    _told(_asked(settings, url, f"/api/campaigns/{campaign}"), as_json, campaign_lines)


@campaign.command("start")
def start(
    campaign: CampaignArgument,
    settings: SettingsOption = None,
    url: UrlOption = "",
    as_json: JsonOption = False,
) -> None:
    """Start dialing."""
    _changed(settings, url, campaign, "start", as_json)


@campaign.command("pause")
def pause(
    campaign: CampaignArgument,
    reason: Annotated[str, typer.Option(help="Why; it stands in the ledger and beside the campaign.")],
    cancel_unanswered: Annotated[
        bool, typer.Option("--cancel-unanswered", help="Hang up calls that nobody has answered yet.")
    ] = False,
    settings: SettingsOption = None,
    url: UrlOption = "",
    as_json: JsonOption = False,
) -> None:
    """Pause; the receipt says from when on no call is placed, and what is still under way."""
    from service.campaign_screen import receipt_lines

    body = {"reason": reason, "cancel_unanswered": cancel_unanswered}
    path = f"/api/campaigns/{campaign}/pause"
    _told(_asked(settings, url, path, body), as_json, receipt_lines)


@campaign.command("resume")
def resume(
    campaign: CampaignArgument,
    settings: SettingsOption = None,
    url: UrlOption = "",
    as_json: JsonOption = False,
) -> None:
    """Dial again after a pause."""
    _changed(settings, url, campaign, "resume", as_json)


@campaign.command("stop")
def stop(
    campaign: CampaignArgument,
    settings: SettingsOption = None,
    url: UrlOption = "",
    as_json: JsonOption = False,
) -> None:
    """Stop for good: unanswered calls are hung up, talks go on; it cannot be started again."""
    from service.campaign_screen import receipt_lines

    path = f"/api/campaigns/{campaign}/stop"
    _told(_asked(settings, url, path, {}), as_json, receipt_lines)


@campaign.command("rules")
def rules(
    campaign: CampaignArgument,
    hours: OtherHoursOption = None,
    pack: FurtherPackOption = None,
    settings: SettingsOption = None,
    url: UrlOption = "",
    as_json: JsonOption = False,
) -> None:
    """Give a campaign other calling hours and further rule packs; refused leads are judged anew."""
    from service.campaign_screen import campaign_lines

    body = {"packs": pack or [], **({} if hours is None else {"hours": _hours(hours)})}
    path = f"/api/campaigns/{campaign}/rules"
    _told(_asked(settings, url, path, body), as_json, campaign_lines)


@campaign.command("weigh")
def weigh(
    campaign: CampaignArgument,
    weight: Annotated[int, typer.Argument(help="1 to 10, compared with campaigns that share its agents.")],
    settings: SettingsOption = None,
    url: UrlOption = "",
    as_json: JsonOption = False,
) -> None:
    """Give a campaign another part of the agents that it shares with others, also while it runs."""
    from service.campaign_screen import campaign_lines

    path = f"/api/campaigns/{campaign}/weight"
    _told(_asked(settings, url, path, {"weight": weight}), as_json, campaign_lines)


@campaign.command("lists")
def lists(
    campaign: CampaignArgument,
    settings: SettingsOption = None,
    url: UrlOption = "",
    as_json: JsonOption = False,
) -> None:
    """Show a campaign's lists with their leads counted."""
    from service.campaign_screen import list_lines

    _told(_asked(settings, url, f"/api/campaigns/{campaign}/lists"), as_json, list_lines)


@campaign.command("activate")
def activate(
    campaign: CampaignArgument,
    list_name: ListArgument,
    settings: SettingsOption = None,
    url: UrlOption = "",
    as_json: JsonOption = False,
) -> None:
    """Switch a list on: its leads are called."""
    _switched(settings, url, campaign, list_name, "activate", as_json)


@campaign.command("deactivate")
def deactivate(
    campaign: CampaignArgument,
    list_name: ListArgument,
    settings: SettingsOption = None,
    url: UrlOption = "",
    as_json: JsonOption = False,
) -> None:
    """Switch a list off, effective at once: no lead of it is called any more, calls under way go on."""
    _switched(settings, url, campaign, list_name, "deactivate", as_json)


@campaign.command("export")
def export(
    campaign: CampaignArgument,
    file: Annotated[Path, typer.Argument(help="CSV file to write; nobody else may read it.")],
    list_name: Annotated[str, typer.Option("--list", help="One list, by name or number; default all.")] = "",
    settings: SettingsOption = None,
    url: UrlOption = "",
    as_json: JsonOption = False,
) -> None:
    """Write a campaign's leads with where each stands, and its last call, as CSV."""
    from service.remote import export_leads

    told = run(export_leads(settings_of(settings), url, campaign, list_name, file))
    _told(told, as_json, lambda made: [f"{made['rows']} leads in {made['file']}"])


def _asked(settings: Path | None, url: str, path: str, body: dict[str, Any] | None = None) -> Told:
    """Ask the running service: a GET, or with a body a POST; a refusal ends the command."""
    from service.remote import ask

    told: Told = run(ask(settings_of(settings), url, path, body))
    return told


def _changed(settings: Path | None, url: str, campaign: int, what: str, as_json: bool) -> None:
    from service.campaign_screen import overview_line

    told = _asked(settings, url, f"/api/campaigns/{campaign}/{what}", {})
    _told(told, as_json, lambda one: [overview_line(one)])


def _switched(
    settings: Path | None, url: str, campaign: int, list_name: str, what: str, as_json: bool
) -> None:
    from service.campaign_screen import list_line
    from service.remote import switch_list

    def follow(leads: Mapping[str, int]) -> None:
        left = leads["held" if what == "activate" else "waiting"]
        word = "let wait" if what == "activate" else "put aside"
        typer.echo(f"switched; leads still to be {word}: {left}", err=True)

    told = run(switch_list(settings_of(settings), url, campaign, list_name, what, follow))
    _told(told, as_json, lambda one: [list_line(one)])


def _told(told: Told, as_json: bool, lines: Callable[[Told], Sequence[str]]) -> None:
    """Print an answer: as the API gives it, or in lines."""
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False))
        return
    for line in lines(told):
        typer.echo(shown(line))


def _hours(given: Sequence[str]) -> dict[str, str]:
    """Return hours by weekday, from words like ``mon=09:00-18:00``; what the words mean is judged later."""
    hours: dict[str, str] = {}
    for word in given:
        day, mark, windows = word.partition("=")
        if not mark or day in hours:
            problem = "is said twice" if mark else "is not written like mon=09:00-18:00"
            raise typer.BadParameter(f"{word!r} {problem}", param_hint="--hours")
        hours[day] = windows
    return hours
