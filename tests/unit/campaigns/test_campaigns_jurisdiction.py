"""Which laws bind a call follows from number and address; nobody chooses, nobody can remove one."""

import phonenumbers
import pytest
from campaign_cases import campaign
from phonenumbers import geocoder
from rule_cases import ALWAYS, PACKS, ask

from campaigns.model import Purpose
from campaigns.packs_folder import Choices, rule_book
from campaigns.rules.areas import STATE_OF_AREA
from campaigns.rules.conduct import lawful
from campaigns.rules.jurisdiction import ANY_STATE, Place, place_of_number, places_of
from campaigns.rules.packs import RuleBook
from campaigns.verdicts import Verdict

OPEN_HOUSE = Choices(house_hours=ALWAYS, house_on_holidays=True)
BOOK = rule_book(PACKS, OPEN_HOUSE)


@pytest.mark.parametrize(
    ("number", "place"),
    [
        ("+12125550123", Place("US", "NY")),
        ("+13055550123", Place("US", "FL")),
        ("+18005550123", Place("US", ANY_STATE)),  # toll-free
        ("+14165550123", Place("CA")),
        ("+17875551234", Place("PR")),
        ("+18765551234", Place("JM")),
        ("+34912345678", Place("ES")),
        ("+33142685300", Place("FR")),
        ("+442079460123", Place("GB")),
        ("+447700900123", Place("GB")),
        ("+441534123456", Place("JE")),
        ("+919876543210", Place("IN")),
        ("+8613800138000", Place("CN")),
        ("+85223456789", Place("HK")),
        ("+80012345678", Place("001")),  # an international freephone number lies nowhere
        ("+999123456", Place("")),
        ("nonsense", Place("")),
    ],
)
def test_the_place_of_a_number(number: str, place: Place) -> None:
    assert place_of_number(number) == place


def test_the_table_of_area_codes_agrees_with_the_numbering_plan() -> None:
    """Every geographic area code of the United States lies in the state that the plan gives for it."""
    names = {
        "Florida": "FL",
        "Texas": "TX",
        "Ohio": "OH",
        "Washington D.C.": "DC",
        "Virginia": "VA",
        "Maine": "ME",
    }
    seen = 0
    for area in range(200, 990):
        number = phonenumbers.PhoneNumber(country_code=1, national_number=area * 10**7 + 5550100)
        state = names.get(geocoder.country_name_for_number(number, "en")) or names.get(
            geocoder.description_for_number(number, "en")
        )
        if state is not None:
            seen += 1
            assert STATE_OF_AREA.get(str(area)) == state, area
    assert seen > 40


@pytest.mark.parametrize(
    ("number", "country", "region", "places"),
    [
        ("+12125550123", "", "", [("US", "NY")]),
        ("+12125550123", "US", "", [("US", "NY")]),
        ("+12125550123", "us", "us-fl", [("US", "NY"), ("US", "FL")]),
        ("+12125550123", "", "FL", [("US", "NY"), ("US", "FL")]),
        ("+18005550123", "US", "TX", [("US", "TX")]),
        ("+18005550123", "", "", [("US", ANY_STATE)]),
        ("+34912345678", "ES", "MD", [("ES", "MD")]),
        ("+34912345678", "US", "", [("ES", ""), ("US", ANY_STATE)]),
        ("+34912345678", "FR", "", [("ES", ""), ("FR", "")]),
    ],
)
def test_number_and_address_both_count(
    number: str, country: str, region: str, places: list[tuple[str, str]]
) -> None:
    assert list(places_of(number, country, region)) == [Place(*one) for one in places]


def packs_for(
    number: str, country: str = "", region: str = "", added: tuple[str, ...] = (), book: RuleBook = BOOK
) -> str:
    binding = book.binding(Purpose.MARKETING, number, country, region, added)
    return binding.fault or binding.names


@pytest.mark.parametrize(
    ("number", "country", "region", "names"),
    [
        ("+12125550123", "", "", "us-federal, house"),
        ("+13055550123", "", "", "us-federal, us-florida, house"),
        ("+12125550123", "US", "FL", "us-federal, us-florida, house"),
        ("+18005550123", "", "", "us-federal, us-florida, house"),
        ("+18005550123", "US", "TX", "us-federal, house"),
        ("+13055550123", "US", "TX", "us-federal, us-florida, house"),
        ("+17875551234", "", "", "us-federal, house"),
        ("+442079460123", "ES", "", "es, uk, house"),
        ("+8613800138000", "", "", "cn-service, cn, house"),
        ("+4930123456", "", "", "there is no rule pack for DE"),
        ("+12125550123", "DE", "", "there is no rule pack for DE"),
        ("+999123456", "", "", "nobody knows the country of this number"),
    ],
)
def test_packs_follow_from_number_and_address(number: str, country: str, region: str, names: str) -> None:
    assert packs_for(number, country, region) == names


def test_a_campaign_adds_packs_and_removes_none() -> None:
    assert packs_for("+12125550123", added=("carrier", "us-federal")) == "us-federal, carrier, house"
    assert "is not there" in packs_for("+12125550123", added=("carier",))


def test_the_operator_adds_packs_and_names_his_trades() -> None:
    book = rule_book(PACKS, Choices(added=("carrier",), trades=("life-insurance", "property-insurance")))
    assert (
        packs_for("+8613800138000", book=book)
        == "cn-life-insurance, cn-property-insurance, cn, carrier, house"
    )
    assert packs_for("+12125550123", book=book) == "us-federal, carrier, house"


def judged(at: str, **person: str) -> Verdict:
    return ask(BOOK, "US", at, person=person)


def test_florida_binds_unasked_by_the_address() -> None:
    assert judged("2026-03-02 20:30").allowed
    found = judged("2026-03-02 20:30", country="US", region="FL")
    assert (found.rule, found.pack) == ("hours", "us-florida")


def test_no_pack_is_no_call() -> None:
    found = ask(BOOK, "US", "2026-03-02 12:00", number="+4930123456")
    assert (found.rule, found.next_at, found.pack) == ("no-pack", None, "")
    unknown = ask(BOOK, "US", "2026-03-02 12:00", setting={"packs": ("nope",)})
    assert unknown.rule == "no-pack"


def test_the_law_of_a_state_alone_is_not_that_of_its_country() -> None:
    states_only = RuleBook({name: PACKS[name] for name in ("us-florida", "house")})
    assert packs_for("+13055550123", book=states_only) == "there is no rule pack for US"


def test_the_house_binds_every_purpose_in_the_customers_zone() -> None:
    book = rule_book(PACKS)
    for purpose in Purpose:
        at_night = ask(book, "US", "2026-03-02 20:00", purpose)
        assert (at_night.pack, at_night.rule) == ("house", "hours")
        assert ask(book, "US", "2026-03-01 12:00", purpose).pack == "house"
        thanksgiving = ask(book, "US", "2026-11-26 12:00", purpose)
        assert (thanksgiving.pack, thanksgiving.rule) == ("house", "holiday")
        assert ask(book, "US", "2026-03-02 12:00", purpose).allowed


def test_both_countries_holidays_close_the_house() -> None:
    book = rule_book(PACKS)
    person = {"country": "GB"}
    assert (
        ask(book, "US", "2026-11-26 12:00", Purpose.SERVICE, person=person).rule == "holiday"
    )  # Thanksgiving
    assert (
        ask(book, "US", "2026-08-31 12:00", Purpose.SERVICE, person=person).rule == "holiday"
    )  # Summer holiday
    assert ask(book, "US", "2026-08-31 12:00", Purpose.SERVICE).allowed


def test_a_known_region_keeps_only_its_own_holidays() -> None:
    at = "2026-03-19 12:00"  # San José: a holiday in some regions of Spain
    assert ask("es", "ES", at, agreed=True).rule == "holiday"
    closed = {region: not ask("es", "ES", at, agreed=True, person={"country": "ES", "region": region}).allowed
              for region in ("VC", "CT")}  # fmt: skip
    assert closed == {"VC": True, "CT": False}


def test_conduct_is_the_strictest_of_what_binds() -> None:
    loose = campaign(ring_timeout_s=6, connect_limit_s=5)
    law = BOOK.binding(Purpose.MARKETING, "+12125550123", "", "", ())
    assert (lawful(loose, law).ring_timeout_s, lawful(loose, law).connect_limit_s) == (15, 2)
    careful = campaign(ring_timeout_s=25, connect_limit_s=1)
    assert lawful(careful, law) is careful
    service = BOOK.binding(Purpose.SERVICE, "+12125550123", "", "", ())
    assert lawful(loose, service) is loose
