"""List answers of the manager into the dialer's words: living channels and journal lines.

Pure: takes plain headers. Knows what Asterisk writes for "not set"; must not know how it was asked.
"""

from collections.abc import Sequence

from dialer.ami.translate import number
from dialer.ami.wire import Headers, text
from dialer.telephony import JournalEntry, LiveChannel

# Asked of every channel with Status.
IDENTIFYING = ("ATT", "AGENTID", "TALKED", "DONE", "BRIDGEPEER")

_UNSET = ("", "(null)")


def astdb_family(journal: str) -> str:
    """Return the family of AstDB, which may serve others too, that the dialplan writes a journal to."""
    return f"dialer-{journal}"


def live_channels(answer: Sequence[Headers]) -> list[LiveChannel]:
    """Read the answer to Status."""
    return [_live_channel(each) for each in answer if text(each, "event") == "Status"]


def journal_entries(family: str, answer: Sequence[Headers]) -> list[JournalEntry]:
    """Read the answer to DBGetTree for one journal; lines of other families are left out."""
    entries, wanted = [], astdb_family(family)
    for each in answer:
        prefix, slash, key = text(each, "key").removeprefix("/").partition("/")
        if text(each, "event") == "DBGetTreeResponse" and slash and prefix == wanted:
            entries.append(JournalEntry(family, key, tuple(text(each, "val").split("|"))))
    return entries


def _live_channel(headers: Headers) -> LiveChannel:
    variables = _variables(headers)
    return LiveChannel(
        channel_id=text(headers, "uniqueid"),
        channel=text(headers, "channel"),
        state=text(headers, "channelstatedesc"),
        application=text(headers, "application"),
        context=text(headers, "context"),
        seconds=number(headers, "seconds") or 0,
        attempt_id=variables.get("ATT", ""),
        agent_id=variables.get("AGENTID", ""),
        talked="TALKED" in variables,
        done=variables.get("DONE") == "1",
        bridge_peer=variables.get("BRIDGEPEER", ""),
    )


def _variables(headers: Headers) -> dict[str, str]:
    """Return the variables of a Status event that are set; one header is a str, several are a list."""
    values = headers.get("variable", [])
    pairs = (each.partition("=") for each in ([values] if isinstance(values, str) else values))
    return {name: value for name, _, value in pairs if value not in _UNSET}
