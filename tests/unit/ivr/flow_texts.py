"""Flows for tests: one with every kind of node, and a way to change its text."""

EVERY_KIND = """
name = "every"
title = "Every kind of node"
language = "en"
start = "hello"
variables = ["company"]

[nodes.hello]
kind = "say"
prompt = "hello"
next = "menu"

[nodes.menu]
kind = "menu"
prompt = "menu"
timeout_s = 4
tries = 2
invalid_prompt = "wrong"
silent_prompt = "silent"
labels = { 1 = "service" }
exits = { 1 = "agent", 2 = "number", "*" = "hello", no_input = "bye", invalid = "bye" }

[nodes.number]
kind = "gather"
prompt = "number"
name = "customer_number"
min_digits = 3
max_digits = 5
timeout_s = 3
tries = 2
exits = { done = "agent", no_input = "menu-once", invalid = "bye" }

[nodes.menu-once]
kind = "say"
prompt = "once"
skippable = false
next = "vote"

[nodes.agent]
kind = "agent"
queue = "hotline"
wait_s = 20
exits = { talked = "vote", no_agent = "sorry" }

[nodes.sorry]
kind = "say"
prompt = "sorry"
next = "away"

[nodes.away]
kind = "end"
outcome = "no_agent"

[nodes.vote]
kind = "vote"
prompt = "score"
low = 1
high = 5
timeout_s = 5
tries = 2
invalid_prompt = "wrong"
thanks = "thanks"
exits = { voted = "end", skipped = "bye" }

[nodes.bye]
kind = "say"
prompt = "bye"
next = "end"

[nodes.end]
kind = "end"

[prompts.en]
hello = "Hello from {company}."
menu = "Press 1 or 2."
wrong = "Not that key."
silent = "Nothing came."
number = "Your number, please."
once = "This call is recorded."
sorry = "Nobody is free."
score = "From 1 to 5?"
thanks = "Thank you."
bye = "Goodbye."

[prompts.es]
hello = "Hola de {company}."
"""


def changed(*changes: tuple[str, str], text: str = EVERY_KIND) -> str:
    """Return the text with each old part (which must be there) replaced by the new one."""
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text
