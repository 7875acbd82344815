"""A campaign's day, played before it comes: its real leads and rules, its learned figures, simulated agents.

``answer.forecast`` is the door. Nothing here reads a clock or a database: moments, leads and figures are
given.
"""
