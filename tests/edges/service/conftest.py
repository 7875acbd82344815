"""Commands run inside the tests' process set up logging for a program of their own; no later test has it."""

from collections.abc import Iterator

import pytest
import structlog


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """Put the configuration of the logs back: a command writes to its own stream, from its own level on."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)
