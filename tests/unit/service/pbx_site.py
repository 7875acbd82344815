"""A site with every kind of trunk and phone."""

from service.pbx.site import AgentPhone, AmiUser, Globals, Site, Trunk

SITE = Site(
    ami=AmiUser("dialer", "s3cret", port=5039),
    dialplan=Globals("agi://127.0.0.1:4573", "/srv/prompts", "/srv/agi/vote.py", "/srv/votes"),
    sip_port=5062,
    rtp_first=10000,
    rtp_last=10199,
    trunks=(
        Trunk("carrier", "192.0.2.1", 5070, "acct", "pw", register=True, sources=("192.0.2.0/24",)),
        Trunk("plain", "198.51.100.7", codecs=("g722",), inbound=False),
    ),
    phones=(
        AgentPhone("agent-101", password="secret"),
        AgentPhone("desk", contact="sip:desk@192.0.2.9:5060"),
    ),
)
