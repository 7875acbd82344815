"""The scripted switch is no mirror of our own client: an independent one gets along with it too."""

from pyst2_run import run_pyst2
from scripted_switch import ScriptedSwitch


async def test_pyst2_logs_in_pings_and_originates() -> None:
    switch = ScriptedSwitch()
    await switch.peer.start()
    try:
        lines = await run_pyst2(
            "127.0.0.1", switch.peer.port, "dialer", "secret", "PJSIP/+12025550101@network", "att-1"
        )
    finally:
        await switch.peer.stop()
    assert lines == [
        "login 11.0.0",
        "ping Pong",
        "originate Success Originate successfully queued",
    ]
    assert switch.peer.seen("Login")[0]["Secret"] == ["secret"]
    assert switch.channels["att-1"].variables == {"ATT": "att-1", "LIMIT": "2"}
