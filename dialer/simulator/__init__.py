"""The simulated public network, seen from Python: its numbers, its records, its odd SIP answers."""
