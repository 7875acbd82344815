"""What a PostgreSQL server does to the store beside the books: schema, refusals, a server that goes away."""

from pathlib import Path

import pytest
from book_cases import NOON
from private_cluster import PrivateCluster

from campaigns.errors import BooksShut
from service.doctor.files import database
from service.settings import Database, Settings
from store.errors import Unavailable
from store.opening import open_store
from store.schema import Standing, standing, upgrade


async def test_the_schema_is_made_and_looked_at(cluster: PrivateCluster) -> None:
    url = cluster.create("schema")
    settings = Settings(database=Database(url=url))
    assert await standing(url) is Standing.EMPTY
    assert "the next start of the service upgrades it" in (await database(settings))[0].detail
    await upgrade(url)
    await upgrade(url)
    assert await standing(url) is Standing.CURRENT
    assert (await database(settings))[0].detail == "postgresql, schema up to date, 0 campaigns"


async def test_a_database_or_a_server_that_is_not_there_is_an_error_of_the_store(
    cluster: PrivateCluster, tmp_path: Path
) -> None:
    for url in (cluster.url("nowhere"), f"postgresql://dialer@/x?host={tmp_path}"):
        with pytest.raises(Unavailable):
            await open_store(url)
        found, _ = await database(Settings(database=Database(url=url)))
        assert (found.ok, "postgresql" in found.detail) == (False, True)


async def test_a_connection_that_the_server_ended_is_made_anew(cluster: PrivateCluster) -> None:
    store = await open_store(cluster.create("ended"))
    assert not await store.campaign_book.is_suppressed("+12025550100")
    cluster.ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'ended'")
    await store.campaign_book.suppress("+12025550100", "asked", "anna", NOON)
    assert await store.campaign_book.is_suppressed("+12025550100")
    await store.close()


async def test_what_a_server_says_that_takes_no_writes_is_told_in_its_own_words(
    cluster: PrivateCluster,
) -> None:
    store = await open_store(cluster.create("readonly"))
    cluster.ask('ALTER DATABASE "readonly" SET default_transaction_read_only = on')
    cluster.ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'readonly'")
    assert await store.campaign_book.campaigns() == []
    with pytest.raises(BooksShut, match=r"^cannot execute INSERT in a read-only transaction$"):
        await store.campaign_book.suppress("+12025550100", "asked", "anna", NOON)
    await store.close()


async def test_only_one_service_works_with_a_database(cluster: PrivateCluster) -> None:
    url = cluster.create("alone")
    first = await open_store(url, alone=True)
    with pytest.raises(Unavailable, match="another service works with this database"):
        await open_store(url, alone=True)
    looking_on = await open_store(url)
    await looking_on.campaign_book.suppress("+12025550102", "asked", "anna", NOON)  # an entry of the ledger
    await looking_on.close()
    # Its connection ends, and it takes the next one: it still has the database.
    end_all = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'alone'"
    cluster.ask(end_all)
    await first.campaign_book.suppress("+12025550100", "asked", "anna", NOON)
    with pytest.raises(Unavailable, match="another service"):
        await open_store(url, alone=True)
    # Somebody else was faster: nothing is written here any more.
    cluster.ask(end_all)
    second = await open_store(url, alone=True)
    with pytest.raises(Unavailable, match="another service works with this database"):
        await first.campaign_book.suppress("+12025550101", "asked", "anna", NOON)
    await second.close()
    await first.campaign_book.suppress("+12025550101", "asked", "anna", NOON)
    await first.close()


_CROWDED = """
SET session_replication_role = replica;
INSERT INTO leads (campaign_id, customer_id, number, status, rank, due_at, fields, reason)
  SELECT 1, n, '+1', 'held', 3, now(), '{}', '' FROM generate_series(1, 30000) n
"""


async def test_whether_a_small_campaign_holds_leads_is_a_seek_beside_a_large_one_that_does(
    cluster: PrivateCluster,
) -> None:
    url = cluster.create("crowded")
    await upgrade(url)
    cluster.ask(_CROWDED, "crowded")
    cluster.ask("ANALYZE leads", "crowded")
    # What the server comes to by itself after some calls: one plan, whatever the campaign.
    cluster.ask("ALTER DATABASE crowded SET plan_cache_mode = force_generic_plan")
    scans = "SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'leads'"
    before = cluster.value(scans, "crowded")
    store = await open_store(url)
    assert await store.call_book.holds_leads(1)
    assert not await store.call_book.holds_leads(2)
    await store.close()  # a session tells its figures at its end at the latest
    assert cluster.value(scans, "crowded") == before
