"""Makes the scripted peers of this folder importable from every test below it."""

import signal

from hypothesis import settings

# The machines that run these are shared: how long an example takes says nothing.
settings.register_profile("shared", deadline=None)
settings.load_profile("shared")

# A run started in the background inherits an ignored Ctrl-C, and so would the programs that it stops by it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
