"""A forecast begins with what pacing learned of the campaign and left in the store."""

from datetime import UTC, datetime
from pathlib import Path

from store_cases import campaign, row

from dialer.forecast.window import Question
from dialer.pacing.facts import CallMissed, CallReached
from dialer.pacing.memory import Memory, learn
from service.forecast import forecast_from
from service.settings import Database, Settings
from store.opening import open_store

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)


async def test_a_forecast_tells_that_it_knows_what_pacing_learned(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'book.db'}"
    memory = Memory.fresh(answer_rate=0.25, talk_s=90, wrap_up_s=15)
    for second in range(200):
        memory = learn(memory, CallReached(9.0) if second % 4 == 0 else CallMissed(27.0), float(second))
    store = await open_store(url)
    made = await store.campaign_book.add_campaign(campaign())
    await store.campaign_book.load_rows(made.id, [row(index) for index in range(1, 9)])
    question = Question(made.id, 2, seeds=1)
    settings = Settings(database=Database(url=url))
    before = await forecast_from(settings, question, NOON)
    await store.pacing_book.keep_learned(made.id, {str(made.id): memory.to_plain()}, NOON)
    after = await forecast_from(settings, question, NOON)
    await store.close()
    assert [one.source for one in before.origins if one.figure == "answer rate"] == ["what is usual"]
    (told,) = [one for one in after.origins if one.figure == "answer rate"]
    assert told.source != "what is usual"
    assert told.observations > 0
