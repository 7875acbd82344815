"""The route table: everything the console answers to, who may use it, and what it can go wrong with.

The application, the API document, the authorisation tests and docs/api.md all read this one table.
"""

from console.api import agents, campaigns, service
from console.auth import Access
from console.endpoint import Route, api, page, stream
from console.events import events
from console.intake import Upload
from console.pages import views
from console.schemas.agents import AgentOut, AgentPauseIn, AgentsOut, HistoryOut, RecordIn
from console.schemas.campaigns import (
    CampaignIn,
    CampaignOut,
    CampaignPauseIn,
    CampaignsOut,
    ImportOut,
    ImportQuery,
    ReceiptOut,
    ReportOut,
    TemplatesOut,
    TestCallIn,
    TestCallOut,
)
from console.schemas.kinds import Empty
from console.schemas.service import CountersOut, EventsQuery, HealthOut, LiveQuery, MeOut

PUBLIC, ANYONE, MANAGER, OWN = Access.PUBLIC, Access.ANYONE, Access.MANAGER, Access.OWN_AGENT
GONE = ("not-found",)
STATE = ("not-found", "not-allowed-now")
SWITCH = (
    *STATE,
    "switch-refused",
    "switch-unreachable",
    "switch-login-refused",
    "switch-unproven",
)
ONE = "/api/campaigns/{campaign_id}"
AGENT = "/api/agents/{agent_id}"

CAMPAIGN_ROUTES: tuple[Route, ...] = (
    api("GET", "/api/templates", MANAGER, campaigns.list_templates, Empty, TemplatesOut,
        "All templates with their defaults"),
    api("GET", "/api/campaigns", MANAGER, campaigns.list_campaigns, Empty, CampaignsOut,
        "All campaigns, oldest first"),
    api("POST", "/api/campaigns", MANAGER, campaigns.create_campaign, CampaignIn, CampaignOut,
        "Create a draft campaign", status=201),
    api("GET", ONE, MANAGER, campaigns.get_campaign, Empty, CampaignOut,
        "One campaign", problems=GONE),
    api("POST", f"{ONE}/import", MANAGER, campaigns.import_list, Upload, ImportOut,
        "Load a list, or only check it with dry_run=true; faulty rows are named and left out",
        query=ImportQuery, problems=STATE),
    api("POST", f"{ONE}/start", MANAGER, campaigns.start_campaign, Empty, CampaignOut,
        "Start dialing", problems=SWITCH),
    api("POST", f"{ONE}/pause", MANAGER, campaigns.pause_campaign, CampaignPauseIn, ReceiptOut,
        "Pause; the receipt says from when on no call is placed", problems=SWITCH),
    api("POST", f"{ONE}/resume", MANAGER, campaigns.resume_campaign, Empty, CampaignOut,
        "Dial again", problems=SWITCH),
    api("POST", f"{ONE}/stop", MANAGER, campaigns.stop_campaign, Empty, ReceiptOut,
        "Pause for good; unanswered calls are hung up, talks go on", problems=SWITCH),
    api("GET", f"{ONE}/report", MANAGER, campaigns.campaign_report, Empty, ReportOut,
        "The campaign summed up, with everybody who was not reached by name and reason", problems=GONE),
    api("POST", "/api/calls", MANAGER, campaigns.test_call, TestCallIn, TestCallOut,
        "Place one test call through the same door as every other call", status=202, problems=SWITCH),
)  # fmt: skip

AGENT_ROUTES: tuple[Route, ...] = (
    api("GET", "/api/agents", MANAGER, agents.list_agents, Empty, AgentsOut,
        "The board: one line about each agent"),
    api("GET", AGENT, OWN, agents.get_agent, Empty, AgentOut,
        "One agent with the call, the customer's file and the script", problems=GONE),
    api("POST", f"{AGENT}/login", OWN, agents.log_in_agent, Empty, AgentOut,
        "Call the agent's phone and seat him", problems=SWITCH),
    api("POST", f"{AGENT}/ready", OWN, agents.ready_agent, Empty, AgentOut,
        "Take calls from now on", problems=SWITCH),
    api("POST", f"{AGENT}/pause", OWN, agents.pause_agent, AgentPauseIn, AgentOut,
        "Take no calls; in a talk, from its wrap-up on", problems=SWITCH),
    api("POST", f"{AGENT}/end-call", OWN, agents.end_agent_call, Empty, AgentOut,
        "Leave the talk; the customer goes on to the vote", problems=SWITCH),
    api("POST", f"{AGENT}/record", OWN, agents.record_talk, RecordIn, AgentOut,
        "Record the outcome of a talk and a note", problems=SWITCH),
    api("POST", f"{AGENT}/end-wrap-up", OWN, agents.end_agent_wrap_up, Empty, AgentOut,
        "End the wrap-up early", problems=SWITCH),
    api("POST", f"{AGENT}/logout", OWN, agents.log_out_agent, Empty, AgentOut,
        "Leave; the phone is hung up", problems=SWITCH),
    api("GET", f"{AGENT}/history", OWN, agents.agent_history, Empty, HistoryOut,
        "The contact history of the customer the agent has now", problems=GONE),
)  # fmt: skip

SERVICE_ROUTES: tuple[Route, ...] = (
    api("GET", "/health", PUBLIC, service.health, Empty, HealthOut,
        "The health of each part; 503 as soon as one fails"),
    api("GET", "/api/me", ANYONE, service.me, Empty, MeOut,
        "Who the token speaks for"),
    api("GET", "/api/live", MANAGER, service.live, Empty, CountersOut,
        "The counters now, of one campaign or of all", query=LiveQuery, problems=GONE),
    stream("GET", "/api/events", ANYONE, events,
           "Live events: counters and board for managers, the own page for agents", "text/event-stream",
           query=EventsQuery, problems=GONE),
    stream("GET", "/openapi.json", ANYONE, service.openapi_document,
           "This API as an OpenAPI 3.1 document", "application/json"),
)  # fmt: skip

PAGE_ROUTES: tuple[Route, ...] = (
    page("GET", "/", ANYONE, views.home, "Leads to one's own page"),
    page("GET", "/sign-in", PUBLIC, views.sign_in_form, "The sign-in form"),
    page("POST", "/sign-in", PUBLIC, views.sign_in, "Checks a token and sets the cookie"),
    page("POST", "/sign-out", PUBLIC, views.sign_out, "Deletes the cookie"),
    page("GET", "/manager", ANYONE, views.manager, "The manager's page"),
    page("GET", "/agent", ANYONE, views.agent, "The agent's page", query=views.AgentPageQuery),
    page("GET", "/static/{asset}", PUBLIC, views.asset, "Style sheets, scripts and the icon"),
)

ROUTES: tuple[Route, ...] = (*CAMPAIGN_ROUTES, *AGENT_ROUTES, *SERVICE_ROUTES, *PAGE_ROUTES)
