"""The SIP stub: the number's own status, the same answer to the same request, silence to everything else."""

import asyncio

import pytest

from dialer.simulator.numbers import Behaviour, Outcome, number_of
from dialer.simulator.sipstub import SipStub, answer, parse

NUMBER = number_of(Behaviour(Outcome.SIP_STATUS, sip_status=486))


def request(method: str = "INVITE", user: str = NUMBER, to_tag: str = "") -> bytes:
    return (
        f"{method} sip:{user}@127.0.0.1:5070 SIP/2.0\r\n"
        "Via: SIP/2.0/UDP 127.0.0.1:5060;rport;branch=z9hG4bKa\r\n"
        "v: SIP/2.0/UDP 127.0.0.2:5060;branch=z9hG4bKb\r\n"
        'From: "Shop: main" <sip:+12025550100@127.0.0.1>;tag=f1\r\n'
        f"t: <sip:{user}@127.0.0.1>{to_tag}\r\n"
        "Call-ID: c1\r\n"
        f"CSeq: 7 {method}\r\n"
        "Contact: <sip:x@127.0.0.1:5060>\r\n"
        "Content-Length: 4\r\n\r\nv=0\n"
    ).encode()


def lines(datagram: bytes | None) -> list[str]:
    assert datagram is not None
    assert datagram.endswith(b"\r\n\r\n")
    return datagram.decode().split("\r\n")[:-2]


def test_the_status_is_the_numbers_own_and_the_headers_come_back_in_order() -> None:
    first, *headers = lines(answer(request()))
    assert first.startswith("SIP/2.0 486 ")
    assert headers[0] == "Via: SIP/2.0/UDP 127.0.0.1:5060;rport;branch=z9hG4bKa"
    assert headers[1] == "Via: SIP/2.0/UDP 127.0.0.2:5060;branch=z9hG4bKb"
    assert headers[2] == 'From: "Shop: main" <sip:+12025550100@127.0.0.1>;tag=f1'
    assert headers[3].startswith(f"To: <sip:{NUMBER}@127.0.0.1>;tag=")
    assert headers[4:] == ["Call-Id: c1", "Cseq: 7 INVITE", "Content-Length: 0"]


def test_the_same_request_gets_the_same_answer() -> None:
    assert answer(request()) == answer(request())


def test_a_tag_that_is_there_stays() -> None:
    assert lines(answer(request(to_tag=";tag=mine")))[4].endswith(">;tag=mine")


@pytest.mark.parametrize(
    ("method", "user", "status"),
    [
        ("INVITE", "%2B" + NUMBER[1:], 486),
        ("INVITE", "+12022000000", 484),
        ("INVITE", "nobody", 484),
        ("OPTIONS", NUMBER, 200),
        ("CANCEL", NUMBER, 200),
        ("BYE", NUMBER, 405),
    ],
)
def test_every_request_is_answered(method: str, user: str, status: int) -> None:
    assert lines(answer(request(method, user)))[0].split()[1] == str(status)


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        b"\r\n\r\n",
        b"\xff\xfe\x00",
        b"SIP/2.0 200 OK\r\nVia: x\r\n\r\n",
        b"INVITE tel:+1 SIP/2.0\r\n\r\n",
        b"INVITE sip:+1@h HTTP/1.1\r\n\r\n",
        request().replace(b"Call-ID", b"X-ID"),
        request("ACK"),
    ],
)
def test_nothing_is_said_to_an_ack_or_to_garbage(datagram: bytes) -> None:
    assert answer(datagram) is None


def test_half_a_request_is_none() -> None:
    assert parse(request()[:60]) is None


class Client(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.got: asyncio.Queue[bytes] = asyncio.Queue()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.got.put_nowait(data)


async def test_it_answers_on_a_socket_and_counts_invites() -> None:
    stub = await SipStub.start(0)
    loop = asyncio.get_running_loop()
    transport, client = await loop.create_datagram_endpoint(Client, remote_addr=("127.0.0.1", stub.port))
    try:
        for datagram in (b"garbage", request("ACK"), request(), request()):
            transport.sendto(datagram)
        answers = [await asyncio.wait_for(client.got.get(), 2) for _ in range(2)]
        assert answers == [answer(request())] * 2
        assert stub.invites == 2
        with pytest.raises(OSError, match="in use"):
            await SipStub.start(stub.port)
    finally:
        transport.close()
        stub.stop()
