"""The packaged revisions make exactly the tables of the code, and a newer database is left alone."""

import contextlib
import sqlite3
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Connection, create_engine, inspect, select

import store.schema as schema
from campaigns.due_now import LeadGroup
from campaigns.model import LeadStatus
from store.errors import BadUrl, Conflict, TooNew, Unavailable
from store.lanes import parsed
from store.opening import open_store
from store.tables import leads, metadata


async def test_the_revisions_make_the_tables_of_the_code(url: str) -> None:
    await schema.upgrade(url)
    engine = create_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        checks = inspect(connection).get_check_constraints("leads")
    engine.dispose()
    coded = {each.name for each in leads.constraints if isinstance(each, CheckConstraint)}
    assert {each["name"] for each in checks} == coded == {"ck_leads_rank"}


async def test_the_revisions_write_the_same_indexes_down_to_their_conditions(url: str) -> None:
    await schema.upgrade(url)
    engine = create_engine(url)
    fresh = create_engine("sqlite://")
    metadata.create_all(fresh)
    assert _indexes(engine.connect()) == _indexes(fresh.connect())
    engine.dispose()
    fresh.dispose()


def _indexes(connection: Connection) -> set[tuple[str, str]]:
    with connection:
        rows = connection.exec_driver_sql(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        )
        return {(name, sql) for name, sql in rows if not name.startswith("sqlite_")}


async def test_upgrading_twice_is_harmless(url: str, tmp_path: Path) -> None:
    await schema.upgrade(url)
    once = _dump(tmp_path / "store.db")
    await schema.upgrade(url)
    assert _dump(tmp_path / "store.db") == once


def _dump(place: Path) -> list[str]:
    with contextlib.closing(sqlite3.connect(place)) as connection:
        return list(connection.iterdump())


def test_a_revisions_file_begins_with_its_number_and_the_highest_is_the_newest() -> None:
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        revisions = ScriptDirectory.from_config(schema.configured(connection))
    engine.dispose()
    assert {revision.revision for revision in revisions.walk_revisions()} == schema.packaged()
    assert revisions.get_heads() == [max(schema.packaged())]


async def test_a_newer_database_is_refused_and_left_alone(url: str, tmp_path: Path) -> None:
    await schema.upgrade(url)
    with sqlite3.connect(tmp_path / "store.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(TooNew, match="9999"):
        await open_store(url)
    with sqlite3.connect(tmp_path / "store.db") as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("9999",)
    connection.close()


async def test_an_upgrade_that_fails_leaves_nothing_behind(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrading = command.upgrade

    def upgrade_and_fall(*args: object) -> None:
        upgrading(*args)  # type: ignore[arg-type]
        raise Conflict("fell")

    monkeypatch.setattr(command, "upgrade", upgrade_and_fall)
    with pytest.raises(Conflict, match="fell"):
        await schema.upgrade(url)
    with sqlite3.connect(tmp_path / "store.db") as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == []
    connection.close()


async def test_a_path_may_hold_spaces_and_letters_of_any_script(tmp_path: Path) -> None:
    place = tmp_path / "ünï cødé"
    place.mkdir()
    store = await open_store(f"sqlite:///{place / 'a b.db'}")
    await store.close()
    assert (place / "a b.db").exists()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nonsense", "cannot be read"),
        ("mysql://x/y", "mysql is not supported"),
        ("sqlite://", "does not survive"),
        ("sqlite:///:memory:", "does not survive"),
        ("sqlite:///file:x?mode=memory&uri=true", "does not survive"),
    ],
)
async def test_an_unfit_url_is_named(url: str, said: str) -> None:
    with pytest.raises(BadUrl, match=said):
        await open_store(url)


async def test_a_url_that_cannot_be_read_is_not_repeated() -> None:
    with pytest.raises(BadUrl) as refusal:
        await open_store("postgres//anna:secret@db")
    assert "secret" not in str(refusal.value)


def test_postgresql_gets_its_asyncio_driver() -> None:
    assert parsed("postgresql://anna@db/calls").drivername == "postgresql+asyncpg"
    assert parsed("postgresql+psycopg://anna@db/calls").drivername == "postgresql+psycopg"


async def test_a_driver_that_is_not_installed_is_named() -> None:
    with pytest.raises(BadUrl, match="nosuchdriver"):
        await open_store("postgresql+nosuchdriver://anna:secret@db/calls")


async def test_a_file_that_is_no_database_is_an_error_of_the_store(url: str, tmp_path: Path) -> None:
    (tmp_path / "store.db").write_bytes(b"not a database, but long enough to look at" * 100)
    with pytest.raises(Unavailable, match="not a database"):
        await open_store(url)


async def test_a_place_that_does_not_exist_is_an_error_of_the_store(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="cannot be opened"):
        await open_store(f"sqlite:///{tmp_path / 'nowhere' / 'store.db'}")


async def test_opening_a_store_makes_its_tables(url: str) -> None:
    store = await open_store(url)
    assert await store.database.read(lambda connection: connection.execute(select(leads)).all()) == []
    await store.close()


async def test_lists_and_do_not_call_lists_take_over_what_was_there_before(url: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        command.upgrade(schema.configured(connection), "0001")
        for statement in OF_BEFORE:
            connection.exec_driver_sql(statement)
    await schema.upgrade(url)
    with engine.connect() as connection:
        listed = connection.exec_driver_sql(
            "SELECT leads.id, lists.name, lists.active, lists.created_by FROM leads"
            " JOIN lists ON lists.id = leads.list_id AND lists.campaign_id = leads.campaign_id"
        ).all()
        assert [tuple(row) for row in listed] == [(1, "main", 1, "anna"), (2, "main", 1, "anna")]
        barred = connection.exec_driver_sql("SELECT number, list_id, reason FROM suppressed_numbers").all()
        assert [tuple(row) for row in barred] == [("+442079460101", 1, "said so")]
        kept = connection.exec_driver_sql("SELECT own_zone, owner, zones FROM customers").one()
        assert tuple(kept) == ("", "", '["Europe/London"]')
    engine.dispose()
    store = await open_store(url)
    assert await store.campaign_book.is_suppressed("+442079460101")
    assert [one.name for one in await store.suppression_book.suppression_lists()] == ["opt-out"]
    assert (await store.campaign_book.campaign(1)).packs == ()
    assert list(await store.list_book.lists(2)) == []  # a campaign without leads has no list
    await store.close()


_CAMPAIGN = (
    "INSERT INTO campaigns VALUES ({0}, 'c{0}', 'revisit', 'f', 'service', 'running', 'x', '', '', 'revisit',"
    " '[]', '{{}}', 3, NULL, 25, 2, 30, 1, 1, '2026-11-03 12:00:00.000000', 'anna', NULL, '')"
)
_LEAD = (
    "INSERT INTO leads VALUES ({0}, 1, 1, '+44207946010{0}', 'waiting', 3, '2026-11-03 12:00:00.000000',"
    " '{{}}', NULL, '')"
)
OF_BEFORE = (
    _CAMPAIGN.format(1),
    _CAMPAIGN.format(2),
    "INSERT INTO customers VALUES (1, 'C-1', 'Ann', '', 'en', 'ordinary', '[\"Europe/London\"]', '{}')",
    _LEAD.format(1),
    _LEAD.format(2),
    "INSERT INTO suppressions VALUES ('+442079460101', 'said so', 'anna', '2026-11-03 12:00:00.000000')",
)


_ATTEMPT = (
    "INSERT INTO attempts (seq, id, campaign_id, lead_id, customer_id, number, trunk, committed_at,"
    " definition_version, disposition) VALUES ({0}, 'a-{0}', 1, {0}, {1}, '+4', 'main',"
    " '2026-11-03 12:00:00.000000', 'f', 'connected')"
)
_WRAP_UP = (
    "INSERT INTO wrap_ups (call_id, agent_id, outcome, note, recorded_at)"
    " VALUES ('a-{0}', '1001', 'ok', 'likes it', '2026-11-05 12:00:00.000000')"
)
OF_ERASED = (
    "INSERT INTO customers VALUES (2, 'erased-1', 'Bea', '', 'en', 'ordinary', '[]', '{}')",
    _LEAD.format(3).replace("(3, 1, 1,", "(3, 1, 2,"),
    *(_ATTEMPT.format(lead, person) for lead, person in ((1, 1), (3, 2))),
    *(_WRAP_UP.format(lead) for lead in (1, 3)),
)


async def test_a_look_says_how_a_database_stands_and_changes_nothing(url: str, tmp_path: Path) -> None:
    file = tmp_path / "store.db"
    file.touch()
    assert await schema.standing(url) is schema.Standing.EMPTY
    await schema.upgrade(url)
    assert await schema.standing(url) is schema.Standing.CURRENT
    for version, expected in (("0001", schema.Standing.OLDER), ("9999", schema.Standing.NEWER)):
        with sqlite3.connect(file) as connection:
            connection.execute("UPDATE alembic_version SET version_num = ?", [version])
        connection.close()
        before = file.read_bytes()
        assert await schema.standing(url) is expected
        assert file.read_bytes() == before


def modes(folder: Path) -> dict[str, int]:
    return {each.name: stat.S_IMODE(each.stat().st_mode) for each in folder.glob("store.db*")}


@pytest.mark.parametrize("before", ["nothing", "open to all"])
async def test_nobody_else_reads_the_database_or_its_companions(
    url: str, tmp_path: Path, before: str, usual_umask: None
) -> None:
    file = tmp_path / "store.db"
    if before == "open to all":
        await schema.upgrade(url)
        file.chmod(0o644)
    opened = await open_store(url)
    await opened.campaign_book.campaigns()
    found = modes(tmp_path)
    await opened.close()
    assert found == dict.fromkeys(("store.db", "store.db-wal", "store.db-shm"), 0o600)


async def test_who_was_tried_and_waits_is_known_to_wait_for_the_next_attempt(url: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        command.upgrade(schema.configured(connection), "0001")
        for statement in OF_BEFORE:
            connection.exec_driver_sql(statement)
        command.upgrade(schema.configured(connection), "0002")
        connection.exec_driver_sql("UPDATE leads SET last_at = '2026-11-03 11:00:00.000000' WHERE id = 2")
    engine.dispose()
    store = await open_store(url)
    moment = datetime(2026, 11, 3, 10, tzinfo=UTC)
    noon = moment.replace(hour=12)
    assert list(await store.campaign_book.lead_groups(1, moment)) == [
        LeadGroup(LeadStatus.WAITING, "", "", "", 1, 0, noon),
        LeadGroup(LeadStatus.WAITING, "due", "", "", 1, 0, noon),
    ]
    await store.close()


async def test_what_an_earlier_version_left_open_of_erased_people_is_closed(url: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        command.upgrade(schema.configured(connection), "0001")
        for statement in (*OF_BEFORE, *OF_ERASED):
            connection.exec_driver_sql(statement)
        command.upgrade(schema.configured(connection), "0008")
        connection.exec_driver_sql(
            "UPDATE customers SET erased_at = '2026-11-04 12:00:00.000000' WHERE id = 1"
        )
        connection.exec_driver_sql(
            "UPDATE leads SET status = 'refused', verdict_rule = 'consent' WHERE id = 2"
        )
    engine.dispose()
    await schema.upgrade(url)
    with engine.connect() as connection:
        kept = connection.exec_driver_sql("SELECT status, reason, verdict_rule FROM leads ORDER BY id").all()
        notes = connection.exec_driver_sql("SELECT call_id, note FROM wrap_ups ORDER BY call_id").all()
    engine.dispose()
    assert [tuple(row) for row in kept] == [
        ("done", "the customer's data was erased", None),
        ("done", "the customer's data was erased", None),
        ("waiting", "", None),
    ]
    assert [tuple(row) for row in notes] == [("a-1", ""), ("a-3", "likes it")]


async def test_who_waited_for_an_opening_by_the_hours_of_his_upload_is_due_to_be_looked_at(url: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        command.upgrade(schema.configured(connection), "0001")
        for statement in (*OF_BEFORE, *(_LEAD.format(lead) for lead in (3, 4))):
            connection.exec_driver_sql(statement)
        command.upgrade(schema.configured(connection), "0011")
        for change, lead in (
            ("due_at = '2999-01-01 12:00:00.000000'", "IN (1, 2, 3)"),
            ("last_at = '2026-11-03 11:00:00.000000'", "= 2"),
            ("verdict_rule = 'hours'", "= 3"),
            ("due_at = '2026-11-04 12:00:00.000000'", "= 4"),
        ):
            connection.exec_driver_sql(f"UPDATE leads SET {change} WHERE id {lead}")
    engine.dispose()
    await schema.upgrade(url)
    with engine.connect() as connection:
        due = connection.exec_driver_sql("SELECT due_at FROM leads ORDER BY id").scalars().all()
    engine.dispose()
    assert [str(at)[:10] for at in due] == ["2026-11-03", "2999-01-01", "2999-01-01", "2026-11-04"]


def _inbound(call_id: str, number: str, bridged: str = "NULL") -> str:
    return (
        "INSERT INTO inbound_calls (id, number, dialled, started_at, disposition, bridged_at)"
        f" VALUES ('{call_id}', '{number}', '', '2026-11-03 12:00:00.000000', 'connected', {bridged})"
    )


async def test_calls_without_an_agent_are_told_from_talks(url: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        command.upgrade(schema.configured(connection), "0014")
        barred = "INSERT INTO suppressed_numbers (number, list_id, reason, suppressed_by, suppressed_at)"
        for statement in (
            _inbound("in-talk", "1", "'2026-11-03 12:00:09.000000'"),
            _inbound("in-voted", "2"),
            _inbound("in-asked", "3"),
            _inbound("in-left", "4"),
            "INSERT INTO votes VALUES ('in-voted', 5, '2026-11-03 12:00:00.000000', 'agi')",
            f"{barred} VALUES ('3', 1, 'by key in call in-asked', 'customer', '2026-11-03 12:00:00.000000')",
        ):
            connection.exec_driver_sql(statement)
    engine.dispose()
    await schema.upgrade(url)
    with engine.connect() as connection:
        ended = connection.exec_driver_sql(
            "SELECT id, disposition, shown FROM inbound_calls ORDER BY id"
        ).all()
    engine.dispose()
    assert [tuple(row) for row in ended] == [
        ("in-asked", "opted_out", ""),
        ("in-left", "left_in_menu", ""),
        ("in-talk", "connected", ""),
        ("in-voted", "connected", ""),
    ]


async def test_old_calls_are_told_apart_in_one_pass_over_a_long_do_not_call_list(url: str) -> None:
    barred = "INSERT INTO suppressed_numbers (number, list_id, reason, suppressed_by, suppressed_at)"
    steps = 0

    def count() -> None:
        nonlocal steps
        steps += 1

    engine = create_engine(url)
    with engine.begin() as connection:
        command.upgrade(schema.configured(connection), "0015")
        for place in range(100):
            connection.exec_driver_sql(_inbound(f"in-{place}", str(place)))
        rows = [(f"+4420{place:08d}",) for place in range(3000)]
        connection.exec_driver_sql(f"{barred} VALUES (?, 1, 'registry', 'mona', '2026-11-03 12:00')", rows)
        sqlite = connection.connection.driver_connection
        assert sqlite is not None
        sqlite.set_progress_handler(count, 1000)
        command.upgrade(schema.configured(connection), "0016")
        sqlite.set_progress_handler(None, 0)
    engine.dispose()
    assert steps < 100, "thousands of steps of SQLite: far more, where every call looks through the list"
