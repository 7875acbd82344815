"""What Asterisk lists of registrations and endpoints, read."""

from dialer.ami.reach import endpoints, registrations

BEGINS = {"response": "Success", "eventlist": "start"}


def test_registrations_by_name_and_nothing_of_their_passwords() -> None:
    answer = [
        BEGINS,
        {"event": "OutboundRegistrationDetail", "objectname": "acme-registration", "status": "Rejected"},
        {"event": "AuthDetail", "objectname": "acme-auth", "password": "secret"},
        {"event": "OutboundRegistrationDetailComplete", "registered": "0"},
    ]
    assert registrations(answer) == {"acme-registration": "Rejected"}


def test_endpoints_by_name() -> None:
    answer = [
        BEGINS,
        {"event": "EndpointList", "objectname": "acme", "devicestate": "Unavailable"},
        {"event": "EndpointList", "objectname": "phone", "devicestate": "In use"},
        {"event": "EndpointListComplete", "listitems": "2"},
    ]
    assert endpoints(answer) == {"acme": "Unavailable", "phone": "In use"}
