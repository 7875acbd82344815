"""The rules of who may be called: pure functions that decide and return a reason."""
