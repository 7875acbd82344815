"""The trunks of the settings as the dialer sees them: limits, and forms of numbers in both directions.

Knows what follows from a country code by the numbering plans. Must not know the switch's own settings of a
trunk: those are ``service.pbx``'s.
"""

from collections.abc import Sequence

from campaigns.rules.phone import home_region, international_prefix
from dialer.caller_number import CallerForm, CallerForms
from dialer.trunks import Trunk, pattern
from service.settings import TrunkPart


def trunk_of(part: TrunkPart, region: str = "") -> Trunk:
    """Return a trunk of the settings as the dialer sees it; ``region`` is the company's."""
    return Trunk(
        name=part.name,
        channels=part.channels,
        calls_per_second=part.calls_per_second,
        number_format=part.number_format,
        country_code=part.country_code,
        national_prefix=part.national_prefix,
        only=pattern(part.only),
        international_prefix=part.international_prefix or international_prefix(part.country_code),
        caller_id_format=part.caller_id_format,
        region=home_region(part.country_code, region or None),
    )


def caller_forms_of(trunks: Sequence[Trunk], region: str) -> CallerForms:
    """Return how the trunks show callers, and how a call is read that came another way."""
    forms = {trunk.name: trunk.caller_form for trunk in trunks}
    return CallerForms(forms, CallerForm(region=region or None))
