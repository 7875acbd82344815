"""The vote without the service: a script that stands alone beside the switch, and the reader of its files."""
