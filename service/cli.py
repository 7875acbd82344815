"""The ``dialer`` command: argument parsing only."""


def main() -> None:
    """Run the command line."""
    raise SystemExit("not wired yet")
