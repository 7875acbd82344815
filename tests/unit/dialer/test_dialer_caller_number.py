"""What number a caller ID is: every form that providers show, countries' habits, and what is no number."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import examples

from campaigns.rules.phone import is_e164
from dialer.caller_number import CallerForm, CallerForms, CallerNumber, read_caller, trunk_of_channel
from dialer.trunks import NUMBER_FORMATS, Trunk

WASHINGTON, LONDON, BERLIN, MADRID = "+12022294404", "+442079460000", "+493012345678", "+34600123456"


@pytest.mark.parametrize(
    ("shown", "form", "region", "number"),
    [
        # E.164, whatever the trunk's form and the company's country.
        ("+12022294404", "e164", None, WASHINGTON),
        ("+12022294404", "national", "ES", WASHINGTON),
        ("+1 (202) 229-4404", "digits", None, WASHINGTON),
        # Not in E.164, though the trunk should show it so.
        ("2022294404", "e164", "US", WASHINGTON),
        ("12022294404", "e164", "US", WASHINGTON),
        ("12022294404", "e164", "ES", WASHINGTON),
        ("0012022294404", "e164", "US", WASHINGTON),
        ("0012022294404", "e164", "ES", WASHINGTON),
        ("011442079460000", "e164", "US", LONDON),
        ("00442079460000", "e164", None, LONDON),
        ("02079460000", "e164", "GB", LONDON),
        ("2079460000", "e164", "GB", LONDON),
        ("442079460000", "e164", "GB", LONDON),
        ("03012345678", "e164", "DE", BERLIN),
        ("493012345678", "e164", "DE", BERLIN),
        ("600123456", "e164", "ES", MADRID),
        ("34600123456", "e164", "US", MADRID),
        ("09876543210", "e164", "IN", "+919876543210"),
        ("13800138000", "e164", "CN", "+8613800138000"),
        # The trunk's own form.
        ("442079460000", "digits", None, LONDON),
        ("34600123456", "digits", "GB", MADRID),
        ("0034600123456", "00", None, MADRID),
        ("02079460000", "national", "GB", LONDON),
        ("0012022294404", "national", "GB", WASHINGTON),
        ("2022294404", "digits", "US", WASHINGTON),
        # As a header has it.
        ("<sip:+12022294404@provider.example;user=phone>", "e164", None, WASHINGTON),
        ('"Ada" <sip:2022294404@10.0.0.1>', "e164", "US", WASHINGTON),
        ("tel:+12022294404;cpc=ordinary", "e164", None, WASHINGTON),
        ("  +12022294404 ", "e164", None, WASHINGTON),
    ],
)
def test_a_caller_id_is_read(shown: str, form: str, region: str | None, number: str) -> None:
    assert read_caller(shown, CallerForm(form, region)) == CallerNumber(shown.strip(), number)


@pytest.mark.parametrize(
    ("shown", "region", "why"),
    [
        ("", "US", "no number was shown"),
        ("   ", "US", "no number was shown"),
        ("anonymous", "US", "the number is withheld"),
        ("Anonymous", "US", "the number is withheld"),
        ("<sip:anonymous@anonymous.invalid>", "US", "the number is withheld"),
        ("unknown", "US", "the number is withheld"),
        ("restricted", "US", "the number is withheld"),
        ("Out of Area", "US", "the number is withheld"),
        ("201", "US", "too short for a telephone number of the public network"),
        ("911", "US", "too short for a telephone number of the public network"),
        ("115", "DE", "too short for a telephone number of the public network"),
        ("3001", "LU", "too short for a telephone number of the public network"),  # +352 3001 is somebody
        ("+1202555", "US", "not a telephone number: wrong length for its country"),
        ("+10000000000", "US", "not a telephone number: no such range in its country's numbering plan"),
        ("+0034600123456", "ES", "not a telephone number"),
        ("2022294404", None, "number without a country code: write it as +<country><number>"),
        ("34600123456", None, "number without a country code: write it as +<country><number>"),
        ("2022294404x12", "US", "no telephone number"),
        ("agent-1", "US", "no telephone number"),
        ("+", "US", "no telephone number"),
        ("+1+2022294404", "US", "no telephone number"),
        ("\N{ARABIC-INDIC DIGIT ONE}" * 10, "US", "no telephone number"),
        ("1" * 60, "US", "not a telephone number: too long"),
        ("2022294404\r\nAction: Logoff", "US", "no telephone number"),
    ],
)
def test_what_is_no_number_says_why(shown: str, region: str | None, why: str) -> None:
    found = read_caller(shown, CallerForm("e164", region))
    assert (found.number, found.why) == ("", why)


def test_what_may_be_two_numbers_is_none_of_them() -> None:
    # 0 4935 is a place by the sea; +49 351 is Dresden.
    clash = read_caller("493512345678", CallerForm("e164", "DE"))
    assert (clash.number, clash.may_be) == ("", ("+49493512345678", "+493512345678"))
    assert clash.why == "may be more than one number: set the trunk's caller_id_format"
    assert read_caller("493512345678", CallerForm("digits", "DE")).number == "+493512345678"
    assert read_caller("493512345678", CallerForm("national", "DE")).number == "+49493512345678"


@pytest.mark.parametrize(
    ("form", "region", "shown", "may_be"),
    [
        ("digits", "US", "4792294404", ("+4792294404", "+14792294404")),  # Norway, Arkansas
        ("digits", "US", "4582294404", ("+4582294404", "+14582294404")),  # Denmark, Oregon
        ("digits", "US", "6562294404", ("+6562294404", "+16562294404")),  # Singapore, Florida
        ("national", "DE", "493512345678", ("+49493512345678", "+493512345678")),
    ],
)
def test_how_a_trunk_wants_numbers_does_not_tell_how_it_shows_callers(
    form: str, region: str, shown: str, may_be: tuple[str, ...]
) -> None:
    unsaid, said = (Trunk("main", 1, 1, form, "1", region=region, caller_id_format=f) for f in ("", form))
    clash = read_caller(shown, unsaid.caller_form)
    assert (clash.number, clash.may_be) == ("", may_be)
    assert read_caller(shown, said.caller_form).number == may_be[0]


@examples(300)
@given(
    shown=st.text(max_size=80) | st.text("+0123456789 ()-sip:tel<>@;", max_size=24),
    form=st.sampled_from(NUMBER_FORMATS),
    region=st.sampled_from([None, "US", "ES", "GB", "DE", "CN"]),
)
def test_whatever_is_shown_gives_a_number_or_a_reason(shown: str, form: str, region: str | None) -> None:
    found = read_caller(shown, CallerForm(form, region))
    assert bool(found.number) != bool(found.why)
    assert not found.number or is_e164(found.number)
    assert not re.search("[0-9]{4}", found.why)  # it goes to the log
    assert found.shown.isprintable()
    assert len(found.shown) <= 64


@pytest.mark.parametrize(
    ("channel", "trunk"),
    [
        ("PJSIP/main-0000001f", "main"),
        ("PJSIP/north-sea-0000001f", "north-sea"),
        ("SIP/main-1", ""),
        ("Local/1@x-1;2", ""),
        ("", ""),
    ],
)
def test_a_channel_tells_its_trunk(channel: str, trunk: str) -> None:
    assert trunk_of_channel(channel) == trunk


def test_each_trunk_has_its_form() -> None:
    forms = CallerForms({"uk": CallerForm("national", "GB")}, CallerForm(region="US"))
    assert forms.read("02079460000", "PJSIP/uk-00000001").number == LONDON
    assert forms.read("02079460000", "PJSIP/other-00000001").number == ""
    assert forms.read("2022294404").number == WASHINGTON


def test_a_caller_id_of_long_ago_is_read_where_all_trunks_agree() -> None:
    forms = CallerForms({"uk": CallerForm("national", "GB")}, CallerForm(region="US"))
    assert forms.read_any("02079460000").number == LONDON
    assert forms.read_any("anonymous").why == "the number is withheld"
    both = CallerForms({"it": CallerForm("digits")}, CallerForm("national", "DE"))
    assert both.read_any("39061234567").number == ""
    # One trunk cannot tell, another reads it one way: nor can anybody.
    dresden = CallerForms({"de": CallerForm("e164", "DE")}, CallerForm("digits"))
    assert dresden.read_any("493512345678").may_be == ("+493512345678", "+49493512345678")
