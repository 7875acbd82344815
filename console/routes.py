"""The route table: everything the console answers to, who may use it, and what it can go wrong with.

The application, the API document, the authorisation tests and docs/api.md all read this one table.
"""

from console.api import (
    agents,
    campaigns,
    forecast,
    ledger,
    lists,
    owners,
    pacing,
    packs,
    people,
    service,
    why,
)
from console.auth import Access
from console.endpoint import Route, api, page, stream
from console.errors import NOT_SETTLED
from console.events import events
from console.intake import Upload
from console.pages import views
from console.schemas.agents import AgentOut, AgentPauseIn, AgentsOut, HistoryOut, LeaveIn, RecordIn, SkipIn
from console.schemas.campaigns import (
    CampaignIn,
    CampaignOut,
    CampaignPauseIn,
    CampaignsOut,
    CampaignsQuery,
    ReceiptOut,
    ReportOut,
    RulesIn,
    TemplatesOut,
    TestCallIn,
    TestCallOut,
    WeightIn,
)
from console.schemas.forecast import ForecastOut, ForecastQuery
from console.schemas.kinds import Empty
from console.schemas.ledger import LedgerHeadOut, LedgerReportOut, VerifyQuery
from console.schemas.lists import (
    DeleteListIn,
    ImportOut,
    ImportQuery,
    ImportsOut,
    LeadListOut,
    LeadListsOut,
    MappingIn,
    MappingNameIn,
    MappingOut,
    MappingsOut,
    MergeIn,
    PreviewOut,
    PreviewQuery,
    RecycledOut,
    RecycleIn,
)
from console.schemas.owners import AbilityIn, AbsenceEndIn, AbsenceIn, HandOverIn, OwnersOut, SharedOut
from console.schemas.pacing import PacingOut
from console.schemas.packs import PacksOut
from console.schemas.people import (
    CallerIn,
    ClassIn,
    ConsentIn,
    CreditIn,
    CustomerChangeIn,
    CustomerIn,
    CustomersOut,
    ErasedOut,
    EraseIn,
    FileOut,
    FindQuery,
    KnownCallerIn,
    NoteIn,
    PromiseIn,
)
from console.schemas.report_pages import NotReachedOut, NotReachedQuery, RecordsOut, RecordsQuery, ReportQuery
from console.schemas.service import CountersOut, EventsQuery, HealthOut, LiveQuery, MeOut
from console.schemas.suppressions import (
    BarredOut,
    NumberIn,
    NumberQuery,
    NumbersIn,
    RegistryOut,
    RegistryQuery,
    SuppressionListIn,
    SuppressionListOut,
    SuppressionListsOut,
    UnreadOut,
)
from console.schemas.why import PersonWhyOut, WhoQuery, WhyOut

PUBLIC, ANYONE, MANAGER, OWN = Access.PUBLIC, Access.ANYONE, Access.MANAGER, Access.OWN_AGENT
GONE = ("not-found",)
STATE = ("not-found", "not-allowed-now")
OWN_PAGE = ("not-found", NOT_SETTLED)
OWN_STATE = (*STATE, NOT_SETTLED)
TAKEN = ("known-customer",)
CALLER = (*OWN_STATE, *TAKEN)
SWITCH = (
    *STATE,
    "switch-refused",
    "switch-unreachable",
    "switch-login-refused",
    "switch-unproven",
)
OWN_SWITCH = (*SWITCH, NOT_SETTLED)
ONE = "/api/campaigns/{campaign_id}"
AGENT = "/api/agents/{agent_id}"
IMPORT = "/api/imports/{import_id}"
LIST = "/api/lists/{list_id}"
SUPPRESSION = "/api/suppressions/{suppression_id}"
CUSTOMER = "/api/customers/{customer_id}"

CAMPAIGN_ROUTES: tuple[Route, ...] = (
    api("GET", "/api/templates", MANAGER, campaigns.list_templates, Empty, TemplatesOut,
        "All templates with their defaults"),
    api("GET", "/api/campaigns", MANAGER, campaigns.list_campaigns, Empty, CampaignsOut,
        "All campaigns, oldest first; with `tests=true` those of test calls too", query=CampaignsQuery),
    api("POST", "/api/campaigns", MANAGER, campaigns.create_campaign, CampaignIn, CampaignOut,
        "Create a draft campaign", status=201),
    api("GET", ONE, MANAGER, campaigns.get_campaign, Empty, CampaignOut,
        "One campaign", problems=GONE),
    api("POST", f"{ONE}/rules", MANAGER, campaigns.change_rules, RulesIn, CampaignOut,
        "Other calling hours and further rule packs; leads refused under the old ones are judged anew",
        problems=GONE),
    api("POST", f"{ONE}/weight", MANAGER, campaigns.weigh, WeightIn, CampaignOut,
        "Another part of the agents that it shares with other campaigns, also while it runs", problems=GONE),
    api("POST", f"{ONE}/start", MANAGER, campaigns.start_campaign, Empty, CampaignOut,
        "Start dialing", problems=SWITCH),
    api("POST", f"{ONE}/pause", MANAGER, campaigns.pause_campaign, CampaignPauseIn, ReceiptOut,
        "Pause; the receipt says from when on no call is placed", problems=SWITCH),
    api("POST", f"{ONE}/resume", MANAGER, campaigns.resume_campaign, Empty, CampaignOut,
        "Dial again", problems=SWITCH),
    api("POST", f"{ONE}/stop", MANAGER, campaigns.stop_campaign, Empty, ReceiptOut,
        "Stop for good: unanswered calls are hung up, talks go on; it cannot start again", problems=SWITCH),
    api("GET", f"{ONE}/pacing", MANAGER, pacing.campaign_pacing, Empty, PacingOut,
        "Why the campaign started the calls it started: decisions, figures, limits", problems=GONE),
    api("GET", f"{ONE}/report", MANAGER, campaigns.campaign_report, Empty, ReportOut,
        "The campaign summed up, with the first of those who were not reached and of the attempts",
        query=ReportQuery, problems=GONE),
    api("GET", f"{ONE}/report/not-reached", MANAGER, campaigns.report_not_reached, Empty, NotReachedOut,
        "Everybody who was not reached, by name and reason, page by page", query=NotReachedQuery,
        problems=GONE),
    api("GET", f"{ONE}/report/records", MANAGER, campaigns.report_records, Empty, RecordsOut,
        "Every attempt, newest first, page by page", query=RecordsQuery, problems=GONE),
    api("GET", f"{ONE}/forecast", MANAGER, forecast.campaign_forecast, Empty, ForecastOut,
        "A day of the campaign, forecast with its real leads: when it is done, agents needed, who is left",
        query=ForecastQuery, problems=STATE),
    api("GET", f"{ONE}/why", MANAGER, why.campaign_why, Empty, WhyOut,
        "Why it is or is not dialing now: counted over all leads, with the next moments", problems=GONE),
    api("GET", f"{ONE}/why/customer", MANAGER, why.customer_why, Empty, PersonWhyOut,
        "What stands in the way of one customer: verdict, every rule's finding, history", query=WhoQuery,
        problems=GONE),
    api("POST", "/api/calls", MANAGER, campaigns.test_call, TestCallIn, TestCallOut,
        "Place one test call through the same door as every other call", status=202, problems=SWITCH),
)  # fmt: skip

LIST_ROUTES: tuple[Route, ...] = (
    api("POST", f"{ONE}/import", MANAGER, lists.import_list, Upload, ImportOut,
        "Load a list, or only check it with dry_run=true; faulty rows are named and left out",
        query=ImportQuery, problems=STATE, may_go_on=True),
    api("POST", f"{ONE}/preview", MANAGER, lists.preview_list, Upload, PreviewOut,
        "Show how the first rows of a list would be read, and by which columns",
        query=PreviewQuery, problems=STATE),
    api("GET", f"{ONE}/lists", MANAGER, lists.list_lists, Empty, LeadListsOut,
        "A campaign's lists with their leads counted", problems=GONE),
    stream("GET", f"{ONE}/export", MANAGER, lists.export_campaign,
           "All lists of a campaign as one CSV, with where each lead stands", "text/csv", problems=GONE),
    api("GET", "/api/imports", MANAGER, lists.list_imports, Empty, ImportsOut,
        "The uploads of the last days, newest first"),
    api("GET", IMPORT, MANAGER, lists.get_import, Empty, ImportOut,
        "An upload as it stands: progress, counts and the first faults", problems=GONE),
    api("POST", f"{IMPORT}/cancel", MANAGER, lists.cancel_import, Empty, ImportOut,
        "Stop an upload; what was loaded stays", problems=GONE),
    stream("GET", f"{IMPORT}/rejects", MANAGER, lists.import_rejects,
           "The reject file: every faulty row, as it came, with its faults", "text/csv",
           problems=GONE),
    stream("GET", "/api/templates/{template}/sample", MANAGER, lists.template_sample,
           "A sample list of a template", "text/csv", problems=GONE),
    api("GET", "/api/mappings", MANAGER, lists.list_mappings, Empty, MappingsOut,
        "All saved column mappings"),
    api("POST", "/api/mappings", MANAGER, lists.save_mapping, MappingIn, MappingOut,
        "Save a column mapping under a name"),
    api("POST", "/api/mappings/delete", MANAGER, lists.delete_mapping, MappingNameIn, MappingsOut,
        "Forget a column mapping", problems=GONE),
    api("POST", f"{LIST}/activate", MANAGER, lists.activate_list, Empty, LeadListOut,
        "Let a list be called", problems=STATE),
    api("POST", f"{LIST}/deactivate", MANAGER, lists.deactivate_list, Empty, LeadListOut,
        "Let no lead of a list be called any more, effective at once", problems=STATE),
    api("POST", f"{LIST}/recycle", MANAGER, lists.recycle_list, RecycleIn, RecycledOut,
        "Let closed leads wait again, by how their last attempt ended or was recorded", problems=STATE),
    api("POST", f"{LIST}/merge", MANAGER, lists.merge_list, MergeIn, LeadListOut,
        "Give all leads of a list to another one of the campaign", problems=STATE),
    api("POST", f"{LIST}/delete", MANAGER, lists.delete_list, DeleteListIn, LeadListOut,
        "Delete a list; the records of calls stay for their time", problems=STATE),
    stream("GET", f"{LIST}/export", MANAGER, lists.export_list,
           "A list as CSV, with where each lead stands", "text/csv", problems=STATE),
    api("GET", "/api/suppressions", MANAGER, lists.list_suppressions, Empty, SuppressionListsOut,
        "All do-not-call lists with their sizes"),
    api("POST", "/api/suppressions", MANAGER, lists.create_suppression, SuppressionListIn, SuppressionListOut,
        "Make a do-not-call list: for everything, one purpose or one campaign", problems=GONE),
    api("GET", "/api/suppressions/check", MANAGER, lists.check_suppression, Empty, BarredOut,
        "Which calls to a number do-not-call lists bar", query=NumberQuery, problems=GONE),
    api("GET", "/api/suppressions/unread", MANAGER, lists.list_unread, Empty, UnreadOut,
        "Opt-outs of callers whose number nobody can read: they bar nobody"),
    api("POST", f"{SUPPRESSION}/numbers", MANAGER, lists.suppress_numbers, NumbersIn, RegistryOut,
        "Put numbers on a do-not-call list, effective at once", problems=GONE),
    api("POST", f"{SUPPRESSION}/import", MANAGER, lists.import_registry, Upload, RegistryOut,
        "Put the numbers of a file on a do-not-call list", query=RegistryQuery, problems=GONE),
    api("POST", f"{SUPPRESSION}/remove", MANAGER, lists.unsuppress_number, NumberIn, BarredOut,
        "Take a number off a do-not-call list", problems=STATE),
)  # fmt: skip

PEOPLE_ROUTES: tuple[Route, ...] = (
    api("GET", "/api/customers", MANAGER, people.find_customers, Empty, CustomersOut,
        "Customers by reference, number or a piece of the name", query=FindQuery),
    api("POST", "/api/customers", MANAGER, people.add_customer, CustomerIn, FileOut,
        "Enter a customer by hand", status=201, problems=TAKEN),
    api("GET", CUSTOMER, MANAGER, people.get_customer, Empty, FileOut,
        "A customer's file with consents, notes, credits and the newest contacts", problems=GONE),
    api("PATCH", CUSTOMER, MANAGER, people.correct_customer, CustomerChangeIn, FileOut,
        "Correct by hand what a customer's file says of him, and his numbers",
        problems=(*CALLER, "changed-meanwhile")),
    api("POST", f"{CUSTOMER}/consent", MANAGER, people.record_consent, ConsentIn, FileOut,
        "Write down what a customer said about calls to one of his numbers", problems=GONE),
    api("POST", f"{CUSTOMER}/class", MANAGER, people.set_customer_class, ClassIn, FileOut,
        "Rank a customer anew; a potential one becomes a customer so", problems=GONE),
    api("POST", f"{CUSTOMER}/note", MANAGER, people.add_customer_note, NoteIn, FileOut,
        "Append a note or a promise", problems=GONE),
    api("POST", f"{CUSTOMER}/promise-kept", MANAGER, people.keep_promise, PromiseIn, FileOut,
        "Say that a promise was kept", problems=GONE),
    api("POST", f"{CUSTOMER}/credit", MANAGER, people.add_credit, CreditIn, FileOut,
        "Credit an agent for bringing a customer, or for closing", problems=GONE),
    stream("GET", f"{CUSTOMER}/export", MANAGER, people.export_customer,
           "Everything kept about a person, as he may ask for it", "application/json", problems=GONE),
    api("POST", f"{CUSTOMER}/erase", MANAGER, people.erase_customer, EraseIn, ErasedOut,
        "Destroy what identifies a person, for good", problems=GONE, may_go_on=True),
    api("GET", "/api/owners", MANAGER, owners.get_owners, Empty, OwnersOut,
        "Who takes how much, who looks after how many customers, and who is away"),
    api("POST", "/api/owners/ability", MANAGER, owners.set_ability, AbilityIn, OwnersOut,
        "Say how much of the customers an agent takes"),
    api("POST", "/api/owners/share-out", MANAGER, owners.share_out, Empty, SharedOut,
        "Give an owner to every customer who has none", problems=STATE),
    api("POST", "/api/owners/hand-over", MANAGER, owners.hand_over, HandOverIn, SharedOut,
        "Share an owner's customers out between the others, for good", problems=STATE),
    api("POST", "/api/owners/absence", MANAGER, owners.add_absence, AbsenceIn, OwnersOut,
        "Name a substitute for the time an owner is away"),
    api("POST", "/api/owners/absence/end", MANAGER, owners.end_absence, AbsenceEndIn, OwnersOut,
        "End an absence now, or take back one to come", problems=GONE),
)  # fmt: skip

AGENT_ROUTES: tuple[Route, ...] = (
    api("GET", "/api/agents", MANAGER, agents.list_agents, Empty, AgentsOut,
        "The board: one line about each agent"),
    api("GET", AGENT, OWN, agents.get_agent, Empty, AgentOut,
        "One agent with the call, the customer's file and the script", problems=OWN_PAGE),
    api("POST", f"{AGENT}/login", OWN, agents.log_in_agent, Empty, AgentOut,
        "Call the agent's phone and seat him", problems=OWN_SWITCH),
    api("POST", f"{AGENT}/ready", OWN, agents.ready_agent, Empty, AgentOut,
        "Take calls from now on", problems=OWN_SWITCH),
    api("POST", f"{AGENT}/pause", OWN, agents.pause_agent, AgentPauseIn, AgentOut,
        "Take no calls; in a talk, from its wrap-up on", problems=OWN_SWITCH),
    api("POST", f"{AGENT}/leave", OWN, agents.announce_leave, LeaveIn, AgentOut,
        "Announce a pause or the end of the shift, so that nobody counts on the agent then",
        problems=OWN_STATE),
    api("POST", f"{AGENT}/call", OWN, agents.call_offered_lead, Empty, AgentOut,
        "Ask for the call of the lead that is laid before the agent", problems=OWN_SWITCH),
    api("POST", f"{AGENT}/skip", OWN, agents.skip_offered_lead, SkipIn, AgentOut,
        "Do not call the lead that is laid before the agent; it waits a while", problems=OWN_SWITCH),
    api("POST", f"{AGENT}/end-call", OWN, agents.end_agent_call, Empty, AgentOut,
        "Leave the talk; the customer goes on to the vote", problems=OWN_SWITCH),
    api("POST", f"{AGENT}/record", OWN, agents.record_talk, RecordIn, AgentOut,
        "Record the outcome of a talk and a note", problems=OWN_SWITCH),
    api("POST", f"{AGENT}/end-wrap-up", OWN, agents.end_agent_wrap_up, Empty, AgentOut,
        "End the wrap-up early", problems=OWN_SWITCH),
    api("POST", f"{AGENT}/logout", OWN, agents.log_out_agent, Empty, AgentOut,
        "Leave; the phone is hung up", problems=OWN_SWITCH),
    api("GET", f"{AGENT}/history", OWN, agents.agent_history, Empty, HistoryOut,
        "The contact history of the customer the agent has now", problems=OWN_PAGE),
    api("POST", f"{AGENT}/customer", OWN, agents.make_customer, CallerIn, AgentOut,
        "Make a customer of the unknown caller the agent has on the hotline", problems=CALLER),
    api("POST", f"{AGENT}/caller", OWN, agents.know_caller, KnownCallerIn, AgentOut,
        "Say which customer the unknown caller is", problems=OWN_STATE),
)  # fmt: skip

SERVICE_ROUTES: tuple[Route, ...] = (
    api("GET", "/health", PUBLIC, service.health, Empty, HealthOut,
        "The health of each part; 503 as soon as one fails that the service cannot do without"),
    api("GET", "/api/me", ANYONE, service.me, Empty, MeOut,
        "Who the token speaks for"),
    api("GET", "/api/live", MANAGER, service.live, Empty, CountersOut,
        "The counters now, of one campaign or of all", query=LiveQuery, problems=GONE),
    api("GET", "/api/packs", MANAGER, packs.get_packs, Empty, PacksOut,
        "The rule packs in force"),
    api("POST", "/api/packs/reload", MANAGER, packs.reload_packs, Empty, PacksOut,
        "Take the rule packs that have changed"),
    api("GET", "/api/ledger/head", MANAGER, ledger.ledger_head, Empty, LedgerHeadOut,
        "The end of the ledger, to be kept elsewhere"),
    api("GET", "/api/ledger/verify", MANAGER, ledger.verify_ledger, Empty, LedgerReportOut,
        "Check every entry of the ledger, and every call against it", query=VerifyQuery),
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
    page("GET", "/customers", ANYONE, views.customers, "Customers, do-not-call lists and owners"),
    page("GET", "/agent", ANYONE, views.agent, "The agent's page", query=views.AgentPageQuery),
    page("GET", "/static/{asset}", PUBLIC, views.asset, "Style sheets, scripts and the icon"),
)

ROUTES: tuple[Route, ...] = (
    *CAMPAIGN_ROUTES,
    *LIST_ROUTES,
    *PEOPLE_ROUTES,
    *AGENT_ROUTES,
    *SERVICE_ROUTES,
    *PAGE_ROUTES,
)
