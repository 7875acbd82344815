"""Use cases of campaign managers, over ports: create, import, report."""
