"""The flag that writes golden conversations anew, and small flows for tests."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--rewrite-golden",
        action="store_true",
        default=False,
        help="write the golden conversations of tests/data/flows anew from what the flows do now",
    )


@pytest.fixture
def rewrite_golden(request: pytest.FixtureRequest) -> bool:
    # This file is found late when the whole tree is run; the option is then not there, and false.
    return bool(request.config.getoption("rewrite_golden", default=False))
