#!/usr/bin/python3
"""Runs Asterisk without datagram sockets of IPv6, so that PJSIP's own resolver is not made.

    python3 fence.py asterisk …

PJSIP opens two UDP sockets on every address for a resolver that Asterisk, which has one of its own, never
asks; no setting keeps them away. Its making is given up when the one for IPv6 is refused (and not merely
unsupported), and then the other one is closed, too. The refusal is a seccomp filter, which outlives exec.
Stands alone: runs on the python3 beside Asterisk. A system where this cannot be had runs Asterisk as it is.
"""

import os
import struct
import sys

SOCKET = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
"""The audit number of a machine, and its number of the call ``socket``."""

AF_INET6, SOCK_DGRAM, TYPE_BITS, REFUSED = 10, 2, 0xF, 13
ALLOW, ERRNO = 0x7FFF0000, 0x00050000
LOAD, AND, IF_EQUAL, RETURN = 0x20, 0x54, 0x15, 0x06
NUMBER, MACHINE, FIRST, SECOND = 0, 4, 16, 24  # places in what a filter is given; low words come first
NO_NEW_PRIVILEGES, SET_SECCOMP, FILTER = 38, 22, 2


def program(machine: int, number: int) -> list[tuple[int, int, int, int]]:
    """Return the filter: operation, how far to jump if equal and if not, operand."""
    return [
        (LOAD, 0, 0, MACHINE),
        (IF_EQUAL, 0, 8, machine),
        (LOAD, 0, 0, NUMBER),
        (IF_EQUAL, 0, 6, number),
        (LOAD, 0, 0, FIRST),
        (IF_EQUAL, 0, 4, AF_INET6),
        (LOAD, 0, 0, SECOND),
        (AND, 0, 0, TYPE_BITS),
        (IF_EQUAL, 0, 1, SOCK_DGRAM),
        (RETURN, 0, 0, ERRNO | REFUSED),
        (RETURN, 0, 0, ALLOW),
    ]


def put_up() -> None:
    """Put the fence around this process and all it becomes; raises ``OSError`` where it cannot be had."""
    import ctypes

    if os.uname().machine not in SOCKET:
        raise OSError(f"no filter for {os.uname().machine}")
    steps = program(*SOCKET[os.uname().machine])
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))
    told = ctypes.create_string_buffer(struct.pack("@HP", len(steps), ctypes.addressof(code)))
    libc = ctypes.CDLL(None, use_errno=True)
    for arguments in ((NO_NEW_PRIVILEGES, 1, 0), (SET_SECCOMP, FILTER, ctypes.addressof(told))):
        if libc.prctl(*(ctypes.c_ulong(one) for one in arguments), ctypes.c_ulong(0), ctypes.c_ulong(0)) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def main(command: list[str]) -> None:
    """Become the command, inside the fence."""
    try:
        put_up()
    except (OSError, ImportError) as fault:
        sys.stderr.write(f"PJSIP's resolver stays: {fault}\n")
        sys.stderr.flush()
    os.execvp(command[0], command)  # noqa: S606 - this is what it is for


if __name__ == "__main__":
    main(sys.argv[1:])
