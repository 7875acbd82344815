"""Flows as data, run by a pure engine until they must wait."""
