"""What the queue of leads costs, and that its statements can be said in PostgreSQL too."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, Executable, create_engine, event, select
from sqlalchemy.dialects import postgresql
from store_cases import NOON, attempt, campaign, row

import store.call_book as call_book
import store.campaign_book as campaign_book
import store.due_book as due_book
import store.erasing as erasing
import store.evidence as evidence
import store.forecast_book as forecast_book
import store.hotline_calls as hotline_calls
import store.lead_queue as lead_queue
import store.ledger as ledger
import store.ledger_book as ledger_book
import store.list_batch as list_batch
import store.list_book as list_book
import store.list_loading as list_loading
import store.list_people as list_people
import store.newcomers as newcomers
import store.outcomes as outcomes
import store.owner_book as owner_book
import store.people as people
import store.person_book as person_book
import store.reporting as reporting
import store.retention_book as retention_book
import store.suppressing as suppressing
import store.verdicts as verdicts
from campaigns.lists import LoadTerms
from campaigns.model import Disposition, LeadPlan, LeadStatus
from dialer.ports import CallFacts, Settlement
from dialer.shut_leads import Position
from store import tables
from store.bulk import flat_json
from store.lanes import json_text
from store.many import is_one_of, values_of
from store.opening import Store
from store.prepared import Prepared
from store.rows import campaign_values

# A row that is made up, the handful of do-not-call lists, and the calls that are open.
SHORT = {
    "SCAN CONSTANT ROW",
    "SCAN suppression_lists",
    "SCAN inbound_calls USING INDEX ix_inbound_calls_open",
}
BUSY = Settlement(Disposition.BUSY, CallFacts(ended_at=NOON), LeadPlan(LeadStatus.WAITING, NOON, "busy"))
PAGE = {
    "of_campaign": 1,
    "of_status": "waiting",
    "of_rank": 3,
    "after_due": NOON,
    "after_id": 0,
    "at_most": 9,
}
PAGE_OF_REPORT = {"campaign_id": 1, "at": NOON, "seq": 7, "after": 9, "at_most": 9}
OLD = {"of_list": 1, "in_status": "done", "moment": NOON, "after": 0, "at_most": 9}
OWNED = {"of_owner": "", "after": 0, "at_most": 9}


@pytest.fixture
def engine() -> Iterator[Engine]:
    made = create_engine("sqlite://")
    tables.metadata.create_all(made)
    yield made
    made.dispose()


def plans(connection: Connection, work: Any) -> list[str]:
    """How SQLite carries out each statement that ``work`` runs."""
    said: list[str] = []
    driver: Any = connection.connection.driver_connection
    driver.set_trace_callback(said.append)
    work(connection)
    driver.set_trace_callback(None)
    steps: list[str] = []
    for statement in said:
        if "SELECT numbers.number" not in statement:  # the two or three numbers of one customer may be sorted
            steps += [step[3] for step in driver.execute(f"EXPLAIN QUERY PLAN {statement}")]
    return steps


def _call(connection: Connection) -> None:
    outcomes.open_attempt(connection, attempt(1))
    assert outcomes.settle(connection, "a-1", BUSY)


@pytest.mark.parametrize(
    "work",
    [
        lambda connection: lead_queue.claim(connection, 1, NOON),
        lambda connection: lead_queue.next_due(connection, 1),
        lambda connection: lead_queue.holds_leads(connection, 1),
        lambda connection: outcomes.open_attempt(connection, attempt(1)),
        lambda connection: _call(connection),
        lambda connection: connection.execute(ledger_book._PAGE, {"after": 0, "at_most": 9}),
        lambda connection: list_loading.load_rows(connection, 1, [row(1), row(2)]),
        lambda connection: list_loading.load_rows(connection, 1, [row(1), row(2)], LoadTerms()),
        lambda connection: connection.execute(list_book._HOLD, {"of_list": 1, "at_most": 9}),
        lambda connection: connection.execute(list_book._PAGE, {"of_list": 1, "after": 0, "at_most": 9}),
        lambda connection: connection.execute(list_book._NAMES, {"of_list": 1, "after": 0, "at_most": 9}),
        lambda connection: connection.execute(owner_book._OWNED, OWNED),
        lambda connection: verdicts.outdated(connection, 1, "book", NOON, 9),
        lambda connection: verdicts.lift_outdated(connection, 1, [1, 2], "book", "rules", NOON),
        lambda connection: due_book._due_leads(connection, 1, NOON, Position(1, NOON, 7), 9),
        lambda connection: connection.execute(newcomers._HOLDERS, {"of_number": "+34912345678"}),
        lambda connection: reporting.lead_counts(connection, 1),
        lambda connection: connection.execute(reporting._NEXT, PAGE_OF_REPORT),
        lambda connection: connection.execute(campaign_book._HISTORY, {"customer_id": 1, "at_most": 5}),
        lambda connection: connection.execute(call_book._OPEN_INBOUND),
        lambda connection: connection.execute(forecast_book._NEXT_PAGE, PAGE),
        lambda connection: connection.execute(retention_book._OF_LIST, OLD),
        lambda connection: connection.execute(erasing._KEPT_NO_LONGER, {"moment": NOON, "at_most": 9}),
        suppressing.unread_opt_outs,
        suppressing.read_opt_outs,
        outcomes.unread_callers,
        lambda connection: connection.execute(suppressing._OWN_ENTRIES, {"number": "+34912345678"}),
        lambda connection: connection.execute(suppressing._ENTRIES_OF_HOLDERS, {"number": "+34912345678"}),
    ],
    ids=[
        "claim",
        "next_due",
        "holds leads",
        "open_attempt",
        "settle",
        "page of ledger",
        "load",
        "load where a number is one customer's",
        "hold",
        "page of a list",
        "columns of a list",
        "owned",
        "refused otherwise",
        "lift",
        "due leads",
        "who has a number",
        "counts",
        "attempts of a report",
        "history",
        "open inbound",
        "page",
        "old leads of a list",
        "rest of erased people",
        "opt-outs that nobody could read",
        "opt-outs that were read",
        "callers that nobody could read",
        "entries about a number",
        "entries about people who have it",
    ],
)
def test_the_paths_of_a_call_never_walk_or_sort_a_table(engine: Engine, work: Any) -> None:
    with engine.begin() as connection:
        connection.execute(tables.campaigns.insert(), campaign_values(campaign()))
        list_loading.load_rows(connection, 1, [row(1)])
        steps = plans(connection, work)
    assert steps
    # json_each is a parameter that holds many values.
    walks = [step for step in steps if step.startswith("SCAN") and "SCAN json_each" not in step]
    assert [step for step in walks if step not in SHORT] == []
    assert [step for step in steps if step == "USE TEMP B-TREE FOR ORDER BY"] == []


@pytest.mark.parametrize(
    ("work", "index"),
    [
        (suppressing.unread_opt_outs, "suppressed_numbers_unread"),
        (suppressing.read_opt_outs, "suppressed_numbers_read"),
        (outcomes.keep_as_shown, "inbound_calls_raw"),
    ],
)
def test_a_start_looks_at_no_opt_out_and_no_call_that_has_been_read(
    engine: Engine, work: Any, index: str
) -> None:
    """Each of these indexes has only rows that are to be read again."""
    with engine.begin() as connection:
        steps = plans(connection, work)
    assert [f" INDEX ix_{index}" in step for step in steps] == [True]


def test_refusals_are_lifted_by_id_however_many_others_a_campaign_has(engine: Engine) -> None:
    with engine.begin() as connection:
        steps = plans(connection, lambda it: verdicts.lift_outdated(it, 1, [1, 2], "book", "rules", NOON))
    assert "SEARCH leads USING INTEGER PRIMARY KEY (rowid=?)" in steps
    assert not [step for step in steps if "ix_leads" in step]


def test_every_statement_can_be_said_in_postgresql() -> None:
    modules = (
        call_book, campaign_book, due_book, erasing, evidence, forecast_book, hotline_calls, lead_queue,
        ledger, ledger_book, list_batch, list_book, list_loading, list_people, newcomers, outcomes,
        owner_book, people, person_book, retention_book, suppressing,
    )  # fmt: skip
    values = [
        each
        for module in modules
        for name, value in vars(module).items()
        if name.startswith("_")
        for each in (value if isinstance(value, tuple) else (value,))
    ]
    said = [each.statement if isinstance(each, Prepared) else each for each in values]
    statements: list[Any] = [
        each for each in said if isinstance(each, Executable) and hasattr(each, "is_dml")
    ]
    assert len(statements) > 75
    dialect = postgresql.asyncpg.dialect()  # type: ignore[no-untyped-call]
    for statement in statements:
        assert str(statement.compile(dialect=dialect))


def test_nodes_on_postgresql_pass_each_others_claims() -> None:
    claim: Any = lead_queue._CLAIM.statement
    said = str(claim.compile(dialect=postgresql.dialect()))
    assert said.count("FOR UPDATE SKIP LOCKED") == 5


async def test_loading_takes_few_statements_for_many_rows(store: Store) -> None:
    added = await store.campaign_book.add_campaign(campaign())
    ran: list[str] = []

    def unit(connection: Connection) -> None:
        event.listen(connection, "before_cursor_execute", lambda *told: ran.append(told[2]))
        list_loading.load_rows(connection, added.id, [row(index) for index in range(1, 2001)])

    await store.database.write(unit)
    assert len(ran) <= 2 * 8


@pytest.mark.parametrize(
    "value",
    [{}, {"plate": "DX 1"}, {'"ü\\': "\n\0\u2028", "客": "\ud800"}, {"a": 1}, {"a": None, "b": ["c"]}],
)
def test_flat_mappings_are_written_as_everything_else_is(value: Any) -> None:
    assert flat_json(value) == json_text(value)


def test_one_parameter_stands_for_many_values(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(tables.campaigns.insert(), campaign_values(campaign()))
        list_loading.load_rows(connection, 1, [row(index) for index in range(1, 9)])
        of_ref = select(tables.customers.c.id).where(is_one_of(tables.customers.c.ref, "refs"))
        of_id = select(tables.numbers.c.customer_id).where(is_one_of(tables.numbers.c.customer_id, "ids"))
        wanted = [row(3).ref, row(5).ref, "nobody's", '"]', "3"]
        found = connection.scalars(of_ref, {"refs": values_of(wanted)}).all()
        assert sorted(found) == [3, 5]
        assert list(connection.scalars(of_ref, {"refs": values_of([])})) == []
        assert sorted(connection.scalars(of_id, {"ids": values_of(range(3, 99))})) == [3, 4, 5, 6, 7, 8]


def test_leads_of_a_report_are_found_by_an_index_before_their_rows_are_read(engine: Engine) -> None:
    with engine.begin() as connection:
        for reached, lines in reporting._LEAD_LINES.items():
            steps = plans(connection, lambda _, asked=lines: connection.execute(asked, PAGE_OF_REPORT))  # type: ignore[misc]
            assert any("leads USING COVERING INDEX" in step for step in steps), (reached, steps)
            assert not any(step.startswith("SCAN") for step in steps), (reached, steps)
