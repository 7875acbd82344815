"""A script is read aloud with the customer's own words in it, and never with a raw placeholder."""

from campaigns.model import Script
from campaigns.script import filled

SCRIPT = Script(
    opening="Good day, this is {company}.\n  Is this {customer_title} {customer_name}?",
    questions=("Satisfied with {service}?", "Anything else?"),
    closing_satisfied="Thank you, {customer_name}.",
    closing_dissatisfied="Sorry, {customer_name}. {not a name} stays.",
)


def test_values_are_put_in_everywhere() -> None:
    values = {
        "company": "Acme",
        "customer_title": "Ms",
        "customer_name": "Ann {service} Lee",
        "service": "Brakes",
    }
    read = filled(SCRIPT, values)
    assert read.opening == "Good day, this is Acme. Is this Ms Ann {service} Lee?"  # a name is not a script
    assert read.questions == ("Satisfied with Brakes?", "Anything else?")
    assert read.closing_satisfied == "Thank you, Ann {service} Lee."
    assert read.closing_dissatisfied == "Sorry, Ann {service} Lee. {not a name} stays."


def test_what_nobody_knows_is_an_ellipsis() -> None:
    assert filled(SCRIPT, {"company": "Acme"}).closing_satisfied == "Thank you, …."
