"""Opt-outs of an earlier version over a real file: read again, and the ledger agrees with the lists."""

from plain_cases import plain_row
from store_cases import NOON, campaign

from campaigns.desk.ledger import LedgerDesk
from dialer.caller_number import CallerForm, CallerForms
from dialer.ports import InboundCall
from dialer.read_again import ReadAgain, read_again
from store.opening import Store

HIS = "+442079460101"
FORMS = CallerForms({}, CallerForm(region="GB"))


async def test_the_lists_and_the_ledger_agree_after_the_reading(store: Store) -> None:
    made = await store.campaign_book.add_campaign(campaign())
    await store.campaign_book.load_rows(made.id, [plain_row(1, number=HIS, due_at=NOON)])
    for call_id, shown in (("in-1", "02079460101"), ("in-2", "anonymous"), ("in-3", "00442079460102")):
        await store.call_book.open_inbound(InboundCall(call_id, shown, "", NOON))
        await store.campaign_book.suppress(shown, f"by key in call {call_id}", "customer", NOON)
    for barred, calls in ((2, 2), (0, 0)):
        done = await read_again(store.suppression_book, store.call_book, FORMS, lambda: NOON)
        assert done == ReadAgain(barred, unread=1, calls=calls)
    claim = await store.call_book.claim(made.id, NOON)
    assert claim is not None
    assert claim.suppressed
    assert [entry.number for entry in await store.suppression_book.unread_opt_outs()] == ["anonymous"]
    calls_of_his = await store.person_book.hotline_calls(1)
    assert [(call.number, call.shown) for call in calls_of_his] == [(HIS, "02079460101")]
    report = await LedgerDesk(store.ledger_book).verify()
    assert report.fault is None
