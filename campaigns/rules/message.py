"""The information message: what a pack wants a person to hear for whom no agent was there in time.

Knows what can be asked for and how a pack objects to what is missing. Must not know texts, languages or who
speaks them: what the message says (``told``) comes from whoever knows, as the names of ``CONTENTS``.
"""

from typing import Final

from campaigns.rules.packs import Binding, Objection

CONTENTS: Final = {
    "company": "who called ({company})",
    "callback_number": "a number to call back ({callback_number})",
    "opt_out_number": "a number at which to be left alone ({opt_out_number})",
    "purpose": "what the call was for (a text of its own for this purpose)",
    "key_opt_out": "the key by which to be left alone (9)",
}
"""What an information message can be asked to hold, in the words of a fault."""


def objection(binding: Binding) -> Objection | None:
    """Return the first objection to what the information message leaves out; None without any."""
    for pack, missing in binding.untold:
        left_out = ", ".join(CONTENTS[each] for each in missing)
        reason = f"{pack.label} wants the information message to say {left_out}"
        return Objection(pack, "message", reason)
    return None
