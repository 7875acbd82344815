"""Statements handed to SQLite's driver: the same values and faults as by the usual way."""

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    Table,
    bindparam,
    create_engine,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError, OperationalError, SQLAlchemyError
from store_cases import NOON, campaign

from store.errors import Conflict, NaiveMoment, translated
from store.lanes import ask_sqlite
from store.prepared import Prepared
from store.rows import campaign_values
from store.tables import campaigns, metadata
from store.writing import insert_or_replace, insert_row

BY_ID = select(campaigns).where(campaigns.c.id == bindparam("of_id"))
NOWHERE = Table("nowhere", MetaData(), Column("x", Integer))
SECOND = {**campaign_values(campaign("Second")), "amd_check_share": 0.25, "status_reason": "ünïcode"}


@pytest.fixture
def connection() -> Iterator[Connection]:
    engine: Engine = create_engine("sqlite://")
    metadata.create_all(engine)
    with engine.begin() as made:
        made.execute(insert(campaigns), campaign_values(campaign("First")))
        yield made
    engine.dispose()


def test_a_row_reads_as_by_the_usual_way(connection: Connection) -> None:
    usual = connection.execute(BY_ID, {"of_id": 1}).one()
    found = Prepared(BY_ID).row(connection, {"of_id": 1})
    assert found is not None
    assert tuple(found) == tuple(usual)
    assert (found.name, found.created_at, found.hours) == (usual.name, NOON, usual.hours)


def test_a_row_is_written_as_by_the_usual_way(connection: Connection) -> None:
    insert_row(connection, campaigns, SECOND)
    connection.execute(insert(campaigns), {**SECOND, "name": "Third"})
    ours, usual = connection.execute(select(campaigns).where(campaigns.c.id > 1)).all()
    assert ours[2:] == usual[2:]
    assert (ours.amd_check_share, ours.status_reason, ours.created_at) == (0.25, "ünïcode", NOON)


def test_a_moment_is_written_in_utc_and_never_without_its_zone(connection: Connection) -> None:
    touch = Prepared(update(campaigns).where(campaigns.c.id == 1).values(status_at=bindparam("at")))
    at = NOON.astimezone(timezone(timedelta(hours=5)))
    assert touch.change(connection, {"at": at}) == 1
    assert Prepared(select(campaigns.c.status_at)).value(connection) == NOON
    with pytest.raises(NaiveMoment):
        touch.change(connection, {"at": datetime(2026, 11, 3, 12, 0)})  # noqa: DTZ001 - the case


def test_nobody_there_is_none_and_nothing_changed_is_zero(connection: Connection) -> None:
    nobody = {"of_id": 7}
    assert Prepared(BY_ID).row(connection, nobody) is None
    assert Prepared(BY_ID).value(connection, nobody) is None
    gone = Prepared(update(campaigns).where(campaigns.c.id == bindparam("of_id")).values(name="x"))
    assert gone.change(connection, nobody) == 0


def test_a_value_that_is_not_given_is_never_taken_for_null(connection: Connection) -> None:
    with pytest.raises(KeyError):
        Prepared(BY_ID).rows(connection, {})


@pytest.mark.parametrize(
    ("work", "fault"),
    [
        (lambda connection: insert_row(connection, campaigns, {**SECOND, "name": "First"}), IntegrityError),
        (lambda connection: Prepared(select(NOWHERE)).rows(connection), OperationalError),
        (lambda connection: ask_sqlite(connection, "PRAGMA oops("), OperationalError),
    ],
    ids=["a rule of a table", "a table that is not there", "what the driver is told itself"],
)
def test_faults_are_those_of_the_usual_way(
    connection: Connection, work: Any, fault: type[SQLAlchemyError]
) -> None:
    with pytest.raises(fault) as told:
        work(connection)
    seen = translated(told.value)
    assert isinstance(seen, Conflict) == (fault is IntegrityError)
    assert "SELECT" not in str(seen)


def test_replacing_sets_what_is_given_and_leaves_the_rest(connection: Connection) -> None:
    insert_or_replace(connection, campaigns, {**SECOND, "id": 1})
    insert_or_replace(connection, campaigns, {**SECOND, "id": 1, "company": "Eastside"})
    found = connection.execute(BY_ID, {"of_id": 1}).one()
    assert (found.name, found.company) == ("Second", "Eastside")
