"""Wiring: settings, clock, schedule, PBX provisioning, start and stop, the command line."""
