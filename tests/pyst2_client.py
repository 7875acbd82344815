"""A second, independent manager client (pyst2), run as a program of its own, for it blocks.

Arguments: host, port, user, dialled channel, channel id. The secret comes on standard input. Prints one
line a step; whoever starts it sets the time limit.
"""

import os
import sys

from asterisk.manager import Manager


def _say(*words: str) -> None:
    sys.stdout.write(" ".join(words) + "\n")


def main(host: str, port: str, user: str, channel: str, channel_id: str) -> None:
    client = Manager()
    client.connect(host, int(port))
    client.login(user, sys.stdin.readline().strip())
    _say("login", client.version)
    _say("ping", client.ping().get_header("Ping"))
    answer = client.send_action(
        {
            "Action": "Originate",
            "Channel": channel,
            "ChannelId": channel_id,
            "Context": "dialer-outbound",
            "Exten": "s",
            "Priority": "1",
            "Timeout": "5000",
            "Async": "true",
            "Variable": [f"__ATT={channel_id}", "LIMIT=2"],
        }
    )
    _say("originate", answer.get_header("Response"), answer.get_header("Message"))
    sys.stdout.flush()
    # Its close() races its own reader thread over the socket and fails now and then.
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
