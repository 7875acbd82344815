"""An agent's script with the customer's own names and dates put in. Pure."""

import re
from collections.abc import Mapping

from campaigns.model import Script

_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def filled(script: Script, values: Mapping[str, str]) -> Script:
    """Return the script as it is read aloud; a placeholder without a value becomes an ellipsis."""

    def fill(text: str) -> str:
        return " ".join(_PLACEHOLDER.sub(lambda found: values.get(found[1], "…"), text).split())

    return Script(
        opening=fill(script.opening),
        questions=tuple(fill(question) for question in script.questions),
        closing_satisfied=fill(script.closing_satisfied),
        closing_dissatisfied=fill(script.closing_dissatisfied),
    )
