"""Flow files: reads them from disk, by path or by name. The only module of this package that touches files.

The files this product brings lie in ``ivr/flows``; an installation may name a directory of its own, whose
flows come first.
"""

from pathlib import Path

from ivr.errors import Fault, FlowFaults
from ivr.flow.load import read_flow, read_messages
from ivr.flow.model import Flow, Messages

SHIPPED = Path(__file__).resolve().parent.parent / "flows"
MESSAGES = "messages"


def check_file(path: Path) -> list[Fault]:
    """Return every fault of a flow file or message file; an empty list means that it can be used."""
    return _read(path)[1]


def open_flow(path: Path) -> Flow:
    """Return the flow in a file; raises ``FlowFaults``, each fault's place beginning with the file's name."""
    flow, faults = _read(path)
    if isinstance(flow, Flow) and not faults:
        return flow
    raise FlowFaults(_placed(path, faults or [Fault("file", "holds messages, not a flow")]))


def open_messages(path: Path) -> Messages:
    """Return the messages in a file; raises ``FlowFaults`` as ``open_flow`` does."""
    messages, faults = _read(path)
    if isinstance(messages, Messages) and not faults:
        return messages
    raise FlowFaults(_placed(path, faults or [Fault("file", "holds a flow, not messages")]))


class FlowLibrary:
    """All flows and messages of an installation, read and checked once, at start."""

    def __init__(self, flows: dict[str, Flow], messages: Messages) -> None:
        self._flows = flows
        self.messages = messages

    @classmethod
    def read(cls, own: Path | None = None) -> "FlowLibrary":
        """Read the flows of this product and those of ``own``, which win; raises ``FlowFaults`` with all."""
        if own is not None and not own.is_dir():
            raise FlowFaults([Fault(str(own), "is no directory")])
        paths = {
            path.stem: path for folder in (SHIPPED, own) if folder for path in sorted(folder.glob("*.toml"))
        }
        faults: list[Fault] = []
        flows: dict[str, Flow] = {}
        messages: Messages | None = None
        for path in paths.values():
            found, wrong = _read(path)
            faults += _placed(path, wrong)
            if isinstance(found, Flow):
                flows[found.name] = found
            elif found is not None:
                messages = found
        if faults or messages is None:
            raise FlowFaults(faults or [Fault(f"{MESSAGES}.toml", "is missing")])
        return cls(flows, messages)

    def flow(self, name: str) -> Flow:
        """Return a flow by name; raises ``FlowFaults`` when there is none."""
        try:
            return self._flows[name]
        except KeyError:
            known = ", ".join(sorted(self._flows))
            raise FlowFaults([Fault(f"flow {name}", f"there is none of that name; known: {known}")]) from None

    def flows(self) -> tuple[Flow, ...]:
        """Return all flows, by name."""
        return tuple(self._flows[name] for name in sorted(self._flows))


def _read(path: Path) -> tuple[Flow | Messages | None, list[Fault]]:
    try:
        text = path.read_text(encoding="utf-8-sig")  # some editors begin a file with a byte order mark
    except (OSError, UnicodeDecodeError) as fault:
        return None, [Fault("file", f"cannot be read: {fault}")]
    found: Flow | Messages | None
    if path.stem == MESSAGES:
        found, faults = read_messages(text)
    else:
        found, faults = read_flow(text)
    if found is not None and found.name and found.name != path.stem:
        faults = [Fault("name", f"is {found.name!r}, but the file is called {path.stem!r}"), *faults]
    return found, faults


def _placed(path: Path, faults: list[Fault]) -> list[Fault]:
    return [Fault(f"{path.name}: {fault.place}", fault.problem) for fault in faults]
