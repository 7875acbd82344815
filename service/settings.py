"""Settings: one typed, frozen object. ``service.settings_file`` reads it.

Knows what a person can set and what each setting means (``docs/settings.md`` is held to it). Must not act on
any of it. Secrets come from files or the environment, never from the settings themselves, and are masked
when printed. Relative paths are relative to the settings file.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from campaigns.errors import InvalidInput
from campaigns.packs_folder import DEFAULT_TRADES, Choices
from campaigns.templates import parse_hours
from dialer.trunks import NUMBER_FORMATS, pattern
from service.pbx.site import NAME_FORM, rtp_fault
from service.setting_names import agents_fault, trunks_fault
from service.setting_types import (
    Codecs,
    ContactOrEmpty,
    DatabaseUrl,
    Host,
    HostOrEmpty,
    Login,
    LoginOrEmpty,
    Network,
    NumberOrEmpty,
    PathGiven,
    PathOrNone,
    Port,
    RegionOrEmpty,
    SectionName,
    Source,
)


class Part(BaseModel):
    """A section of the file: unknown keys are errors, nothing changes after loading."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Company(Part):
    """Who calls: spoken in the information message and used where a campaign gives nothing of its own."""

    name: str = Field("", description="The company as it is spoken to customers")
    caller_id: NumberOrEmpty = Field("", description="E.164 number shown on test calls")
    callback_number: NumberOrEmpty = Field("", description="E.164 number at which customers reach a person")
    opt_out_number: NumberOrEmpty = Field(
        "", description="E.164 number at which to ask to be left alone; empty: the call-back number"
    )
    region: RegionOrEmpty = Field(
        "",
        description="ISO country of numbers without a country code, in lists and of callers; "
        "empty refuses them",
    )
    languages: tuple[str, ...] = Field(
        ("en",), min_length=1, description="Languages spoken; the first one is the default"
    )


class Database(Part):
    """Where everything is kept."""

    url: DatabaseUrl = Field(
        "sqlite:///var/dialer.db",
        repr=False,
        description="sqlite:///path or postgresql://user@host/name; DIALER_DATABASE_URL goes before it",
    )


class Http(Part):
    """Where the console listens."""

    host: Host = Field("127.0.0.1", description="Address to listen on")
    port: Annotated[int, Field(ge=0, le=65535)] = Field(
        8080, description="Port to listen on; 0 takes a free one"
    )
    tokens_file: PathGiven = Field(
        Path("var/tokens.json"), description="Bearer tokens; written at the first start"
    )


class Pbx(Part):
    """The Asterisk: one that we run (``dialer pbx``), or one that exists and includes our files."""

    managed: bool = Field(True, description="Whether `dialer pbx` runs the Asterisk from these settings")
    asterisk: PathOrNone = Field(None, description="An asterisk program or tree to use; empty finds one")
    directory: PathGiven = Field(Path("var/pbx"), description="Directory of the Asterisk that we run")
    sip_host: Host = Field(
        "127.0.0.1",
        description="Address of SIP and media: the one that providers and phones reach; `0.0.0.0`: every one",
    )
    sip_port: Port = Field(5060, description="UDP port of SIP")
    rtp_first: Port = Field(10000, description="First UDP port of media")
    rtp_last: Port = Field(10999, validate_default=True, description="Last UDP port of media")
    external_host: HostOrEmpty = Field(
        "", description="Our address as the far end sees it, behind address translation"
    )
    local_networks: tuple[Network, ...] = Field(
        (), description="Networks for which external_host does not hold"
    )
    ami_host: Host = Field("127.0.0.1", description="Address of the manager interface")
    ami_port: Port = Field(5038, description="Port of the manager interface")
    ami_user: Login = Field("dialer", description="Name of the manager user")
    ami_secret_file: PathGiven = Field(
        Path("var/ami-secret"), description="File of its secret; made at the first start of a managed PBX"
    )
    agi_host: Host = Field("127.0.0.1", description="Address on which the service answers the dialplan")
    agi_port: Port = Field(
        4573, validate_default=True, description="Port on which the service answers the dialplan"
    )
    prompts: PathOrNone = Field(None, description="Directory of our sounds; empty means below directory")
    prompts_seen_as: str = Field(
        "", description="How Asterisk sees that directory, when it is another host's"
    )
    votes: PathOrNone = Field(
        None, description="Directory of offline vote files; empty means below directory"
    )

    @field_validator("rtp_last")
    @classmethod
    def _range(cls, last: int, info: ValidationInfo) -> int:
        """Media has a range of its own; SIP, which is UDP too, stands outside it."""
        first = info.data.get("rtp_first")
        if first is not None and (why := rtp_fault(first, last)):
            raise ValueError(why)
        if first is not None and first <= info.data.get("sip_port", 0) <= last:
            raise ValueError(f"sip_port {info.data['sip_port']} lies among the ports of media")
        return last

    @field_validator("agi_port")
    @classmethod
    def _own_port(cls, port: int, info: ValidationInfo) -> int:
        """Two servers on one port of one address: the second does not start."""
        if port == info.data.get("ami_port") and info.data.get("agi_host") == info.data.get("ami_host"):
            raise ValueError(f"{port} is ami_port too")
        return port


class TrunkPart(Part):
    """A way to the public network, by registration or by address."""

    name: SectionName = Field(description=f"Name of the trunk: {NAME_FORM}")
    host: Host = Field(description="Address of the provider")
    port: Port = Field(5060, description="UDP port of the provider")
    username: LoginOrEmpty = Field("", description="User name, when the provider asks for one")
    password_file: PathOrNone = Field(None, validate_default=True, description="File of the password")
    register_: bool = Field(False, alias="register", description="Whether we register with the provider")
    sources: tuple[Source, ...] = Field(
        (), description="Addresses that inbound calls come from; default host"
    )
    codecs: Codecs = Field(("ulaw", "alaw"), description="Codecs, the preferred one first")
    from_domain: HostOrEmpty = Field("", description="Domain in the From header, when the provider wants one")
    number_format: Literal["e164", "digits", "00", "national"] = Field(
        "e164", description="How the provider wants numbers: " + ", ".join(NUMBER_FORMATS)
    )
    caller_id_format: Literal["", "e164", "digits", "00", "national"] = Field(
        "",
        description="Form of caller IDs, ours and those of callers; empty: as `number_format`",
    )
    country_code: str = Field(
        "", pattern=r"^\d{0,3}$", validate_default=True, description="What `national` cuts off a number"
    )
    national_prefix: str = Field("", pattern=r"^\d{0,3}$", description="What `national` puts before a number")
    international_prefix: str = Field(
        "",
        pattern=r"^(\+|\d{0,5})$",
        description="What `national` puts before a number of another country, as `+`; "
        "empty: what people of `country_code` dial (00, 011)",
    )
    channels: int = Field(30, ge=1, description="Calls at once")
    calls_per_second: float = Field(5.0, gt=0, description="Originates a second")
    only: str = Field("", description="Pattern that an E.164 number must match; empty takes all numbers")
    inbound: bool = Field(True, description="Whether calls come in by this trunk, to the hotline")
    qualify_s: int = Field(
        0,
        ge=0,
        le=3600,
        description="Seconds between OPTIONS to the provider, which gets no calls while silent; 0: none",
    )

    @field_validator("password_file")
    @classmethod
    def _user_and_password(cls, file: Path | None, info: ValidationInfo) -> Path | None:
        user = info.data.get("username")
        if file is None and user:
            raise ValueError("is missing: a username needs a password")
        if file is not None and user == "":
            raise ValueError("needs a username")
        return file

    @field_validator("register_")
    @classmethod
    def _known_there(cls, register: bool, info: ValidationInfo) -> bool:
        if register and info.data.get("username") == "":
            raise ValueError("needs a username and a password_file")
        return register

    @field_validator("country_code")
    @classmethod
    def _cut_off(cls, code: str, info: ValidationInfo) -> str:
        for name in ("number_format", "caller_id_format"):
            if not code and info.data.get(name) == "national":
                raise ValueError(f"is missing: {name} `national` cuts it off")
        return code

    @field_validator("only")
    @classmethod
    def _pattern(cls, value: str) -> str:
        pattern(value)
        return value


class AgentPart(Part):
    """An agent and his SIP phone."""

    id: str = Field(
        pattern=r"^[A-Za-z0-9_-]{1,40}$", description="Name of the agent and of his phone's account"
    )
    name: str = Field("", description="Name as people see it; default the id")
    password_file: PathOrNone = Field(None, description="File of the password his phone registers with")
    contact: ContactOrEmpty = Field(
        "", description="Fixed address of the phone (sip:…), instead of a registration"
    )
    phone: str = Field(
        "", description="Dial string, when the phone is not ours to set up; default `PJSIP/<id>`"
    )


class Hotline(Part):
    """Calls that come in."""

    wrap_up_s: float = Field(20.0, ge=0, le=3600, description="Wrap-up after a hotline talk, in seconds")
    answer_within_s: float = Field(
        10.0,
        gt=0,
        le=600,
        description="Campaigns leave agents free so that callers wait no longer, in s",
    )


class Rules(Part):
    """Who may be called and when, beyond what the law of the number's country says anyway."""

    packs_dir: PathOrNone = Field(None, description="Directory of your own rule packs, beside ours")
    packs: tuple[str, ...] = Field((), description="Rule packs that bind every call, such as `carrier`")
    trades: tuple[str, ...] = Field(
        DEFAULT_TRADES, description="Your lines of business, which decide between packs of one country"
    )
    house_hours: dict[str, str] | None = Field(
        None, description='Courtesy hours instead of ours: `{ mon = "09:00-20:00", sun = "12:00-18:00" }`'
    )
    house_on_holidays: bool = Field(False, description="Whether courtesy lets you call on public holidays")
    house_gap_minutes: int | None = Field(
        None,
        ge=0,
        le=1440,
        description="Minutes between calls to one number or person for different leads instead of ours (5); "
        "0: none",
    )
    external_check_url: str = Field(
        "", pattern=r"^(https?://\S+)?$", description="Address that is asked before every call; empty: none"
    )
    external_check_timeout_s: float = Field(
        3.0, gt=0, le=30, description="How long it may take to answer, in seconds; no answer refuses"
    )

    @field_validator("house_hours")
    @classmethod
    def _hours(cls, value: dict[str, str] | None) -> dict[str, str] | None:
        if value is not None:
            try:
                parse_hours(value, "")
            except InvalidInput as refusal:
                raise ValueError(str(refusal).replace(": .", ": ").removeprefix(".")) from None
        return value

    @property
    def choices(self) -> Choices:
        """What these settings choose for the rule book."""
        hours = None if self.house_hours is None else parse_hours(self.house_hours)
        on_holidays = True if self.house_on_holidays else None
        return Choices(self.packs, self.trades, hours, on_holidays, self.house_gap_minutes)


class Settings(Part):
    """Everything a person can set."""

    company: Company = Company()
    database: Database = Database()
    http: Http = Http()
    pbx: Pbx = Field(Pbx(), validate_default=True)
    hotline: Hotline = Hotline()
    rules: Rules = Rules()
    trunks: tuple[TrunkPart, ...] = Field(
        (), description="Ways to the public network; the first with room is used"
    )
    agents: tuple[AgentPart, ...] = Field((), description="Agents and their phones")
    flows: PathOrNone = Field(None, description="Directory of your own flows; they go before ours")
    templates: PathOrNone = Field(None, description="Directory of your own templates; they go before ours")
    uploads: PathGiven = Field(
        Path("var/uploads"),
        description="Directory of uploads while they are read, of their reports and reject files",
    )
    uploads_kept_days: int = Field(
        7, ge=1, le=400, description="Days for which an upload's report and reject file are kept"
    )
    recorded: PathOrNone = Field(
        None, description="Directory of recorded prompts: `<language>/<flow>-<prompt>.wav`"
    )
    home: Path = Field(Path(), description="What relative paths start from; empty: the settings file's place")

    @field_validator("trunks")
    @classmethod
    def _trunks_once(cls, trunks: tuple[TrunkPart, ...]) -> tuple[TrunkPart, ...]:
        if why := trunks_fault([trunk.name for trunk in trunks]):
            raise ValueError(why)
        return trunks

    @field_validator("agents")
    @classmethod
    def _agents_once(cls, agents: tuple[AgentPart, ...], info: ValidationInfo) -> tuple[AgentPart, ...]:
        trunks = [trunk.name for trunk in info.data.get("trunks", ())]
        ours = [agent.id for agent in agents if not agent.phone]  # each is a section of pjsip.conf
        if why := agents_fault([agent.id for agent in agents], ours, trunks):
            raise ValueError(why)
        return agents

    @field_validator("pbx")
    @classmethod
    def _ports_once(cls, pbx: Pbx, info: ValidationInfo) -> Pbx:
        http = info.data.get("http")
        for name in ("ami", "agi"):
            place = (getattr(pbx, f"{name}_host"), getattr(pbx, f"{name}_port"))
            if http is not None and place == (http.host, http.port):
                raise ValueError(f"{name}_port: {http.port} is http.port too")
        return pbx

    def path(self, path: Path) -> Path:
        """Return a path of the settings as an absolute one."""
        return (self.home / path).absolute()

    @property
    def database_url(self) -> str:
        """The database's address, with a relative SQLite path made absolute."""
        file = self.database_file
        return self.database.url if file is None else f"{self.database.url.partition(':///')[0]}:///{file}"

    @property
    def database_file(self) -> Path | None:
        """The file that the database is in, absolute; None where it is no SQLite file."""
        scheme, _, place = self.database.url.partition(":///")
        return self.path(Path(place)) if scheme.startswith("sqlite") and place else None
