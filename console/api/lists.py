"""Lists over HTTP: uploads, previews, mappings, lists of leads, do-not-call lists. Decides nothing."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import web

from campaigns.desk.samples import sample
from campaigns.desk.uploads import ImportState
from campaigns.errors import Fault
from console.endpoint import Ask, Reply
from console.errors import invalid
from console.intake import Upload
from console.schemas.kinds import Empty
from console.schemas.lists import (
    DeleteListIn,
    ImportOut,
    ImportQuery,
    ImportsOut,
    LeadListOut,
    LeadListsOut,
    MappingIn,
    MappingNameIn,
    MappingOut,
    MappingsOut,
    MergeIn,
    PreviewOut,
    PreviewQuery,
    RecycledOut,
    RecycleIn,
    dispositions_of,
)
from console.schemas.suppressions import (
    BarredOut,
    NumberIn,
    NumberQuery,
    NumbersIn,
    RegistryOut,
    RegistryQuery,
    SuppressionListIn,
    SuppressionListOut,
    SuppressionListsOut,
    UnreadOut,
)

_CHUNK = 64 * 1024


async def import_list(ask: Ask, upload: Upload) -> Reply[ImportOut]:
    """Load a list, or only check it; 202 when the answer did not wait for the end."""
    query = ask.query_as(ImportQuery)
    desk = ask.desk.imports
    order = query.order(upload)
    report = await desk.start(ask.campaign_id, upload.path, upload.name, order, ask.who.name)
    if query.wait:
        report = await desk.wait(report.id)
    status = 202 if report.state is ImportState.RUNNING else 200
    return Reply(ImportOut.model_validate(report), status, {"Location": f"/api/imports/{report.id}"})


async def preview_list(ask: Ask, upload: Upload) -> PreviewOut:
    """Show how the first rows of a list would be read."""
    order = ask.query_as(PreviewQuery).order(upload)
    return PreviewOut.model_validate(await ask.desk.imports.preview(ask.campaign_id, upload.path, order))


async def list_imports(ask: Ask, _: Empty) -> ImportsOut:
    """Return the uploads that are remembered."""
    return ImportsOut.model_validate({"imports": ask.desk.imports.all()})


async def get_import(ask: Ask, _: Empty) -> ImportOut:
    """Return an upload as it stands."""
    return ImportOut.model_validate(ask.desk.imports.get(ask.word("import_id")))


async def cancel_import(ask: Ask, _: Empty) -> ImportOut:
    """Stop an upload; what was loaded stays."""
    return ImportOut.model_validate(await ask.desk.imports.cancel(ask.word("import_id")))


async def import_rejects(ask: Ask, _: None) -> web.StreamResponse:
    """Send the reject file."""
    path = ask.desk.imports.rejects(ask.word("import_id"))
    return await _sent(ask, _file(path), "rejects.csv")


async def template_sample(ask: Ask, _: None) -> web.StreamResponse:
    """Send a sample list of a template."""
    name = ask.word("template")
    text = sample(name, {each.name: each for each in ask.desk.campaigns.templates()})
    return await _sent(ask, _once(text), f"{name}-sample.csv")


async def list_mappings(ask: Ask, _: Empty) -> MappingsOut:
    """Return all saved mappings."""
    return MappingsOut.model_validate({"mappings": await ask.desk.imports.mappings()})


async def save_mapping(ask: Ask, given: MappingIn) -> MappingOut:
    """Save a mapping under a name."""
    read = (given.encoding, given.date_order)
    saved = await ask.desk.imports.save_mapping(given.name, given.columns, ask.who.name, *read)
    return MappingOut.model_validate(saved)


async def delete_mapping(ask: Ask, given: MappingNameIn) -> MappingsOut:
    """Forget a mapping."""
    await ask.desk.imports.delete_mapping(given.name)
    return MappingsOut.model_validate({"mappings": await ask.desk.imports.mappings()})


async def list_lists(ask: Ask, _: Empty) -> LeadListsOut:
    """Return a campaign's lists."""
    await ask.desk.campaigns.get(ask.campaign_id)
    return LeadListsOut.model_validate({"lists": await ask.desk.lists.lists(ask.campaign_id)})


async def activate_list(ask: Ask, _: Empty) -> LeadListOut:
    """Let a list be called."""
    return LeadListOut.model_validate(await ask.desk.lists.activate(ask.number("list_id"), ask.who.name))


async def deactivate_list(ask: Ask, _: Empty) -> LeadListOut:
    """Let no lead of a list be called any more."""
    return LeadListOut.model_validate(await ask.desk.lists.deactivate(ask.number("list_id"), ask.who.name))


async def recycle_list(ask: Ask, given: RecycleIn) -> RecycledOut:
    """Let closed leads wait again, by how their last attempt ended or was recorded."""
    try:
        dispositions = dispositions_of(given)
    except ValueError as fault:
        raise invalid([Fault("dispositions", str(fault))]) from fault
    count = await ask.desk.lists.recycle(ask.number("list_id"), dispositions, given.outcomes, ask.who.name)
    return RecycledOut(recycled=count)


async def merge_list(ask: Ask, given: MergeIn) -> LeadListOut:
    """Give all leads of a list to another one."""
    return LeadListOut.model_validate(
        await ask.desk.lists.merge(ask.number("list_id"), given.into, ask.who.name)
    )


async def delete_list(ask: Ask, given: DeleteListIn) -> LeadListOut:
    """Delete a list; the records of calls stay for their time."""
    deleted = await ask.desk.lists.delete(ask.number("list_id"), given.retention_days, ask.who.name)
    return LeadListOut.model_validate(deleted)


async def export_list(ask: Ask, _: None) -> web.StreamResponse:
    """Send a list as CSV."""
    rows = ask.desk.lists.export(ask.number("list_id"))
    first = await anext(rows)  # whatever is wrong is wrong before the answer has begun
    return await _sent(ask, _csv(first, rows), "list.csv")


async def export_campaign(ask: Ask, _: None) -> web.StreamResponse:
    """Send all lists of a campaign as one CSV."""
    await ask.desk.campaigns.get(ask.campaign_id)
    rows = ask.desk.lists.export_campaign(ask.campaign_id)
    return await _sent(ask, _csv(await anext(rows), rows), f"campaign-{ask.campaign_id}.csv")


async def list_suppressions(ask: Ask, _: Empty) -> SuppressionListsOut:
    """Return all do-not-call lists."""
    return SuppressionListsOut.model_validate({"lists": await ask.desk.suppression.lists()})


async def list_unread(ask: Ask, _: Empty) -> UnreadOut:
    """Return opt-outs of callers whose number nobody can read."""
    return UnreadOut.of(await ask.desk.suppression.unread())


async def create_suppression(ask: Ask, given: SuppressionListIn) -> SuppressionListOut:
    """Make a do-not-call list."""
    made = await ask.desk.suppression.add_list(
        given.name, given.kind, given.purpose, given.campaign_id, ask.who.name
    )
    return SuppressionListOut.model_validate(made)


async def suppress_numbers(ask: Ask, given: NumbersIn) -> RegistryOut:
    """Put numbers on a do-not-call list, effective at once."""
    report = await ask.desk.suppression.suppress(
        ask.number("suppression_id"), given.numbers, given.reason, ask.who.name
    )
    return RegistryOut.model_validate(report)


async def import_registry(ask: Ask, upload: Upload) -> RegistryOut:
    """Put the numbers of a file on a do-not-call list."""
    query = ask.query_as(RegistryQuery)
    report = await ask.desk.suppression.load(
        ask.number("suppression_id"), upload.path, query.reason, ask.who.name, query.encoding
    )
    return RegistryOut.model_validate(report)


async def unsuppress_number(ask: Ask, given: NumberIn) -> BarredOut:
    """Take a number off a do-not-call list."""
    await ask.desk.suppression.remove(ask.number("suppression_id"), given.number, ask.who.name)
    return BarredOut.of(await ask.desk.suppression.ask(given.number))


async def check_suppression(ask: Ask, _: Empty) -> BarredOut:
    """Return which calls to a number do-not-call lists bar, and by which entries."""
    query = ask.query_as(NumberQuery)
    return BarredOut.of(await ask.desk.suppression.ask(query.number, query.purpose, query.campaign_id))


async def _sent(ask: Ask, chunks: AsyncIterator[bytes], name: str) -> web.StreamResponse:
    """Send a file as it is made; a client that goes away ends it."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    response = web.StreamResponse(headers=headers)
    response.content_type = "text/csv"
    response.charset = "utf-8"
    await response.prepare(ask.request)
    async for chunk in chunks:
        await response.write(chunk)
    await response.write_eof()
    return response


async def _file(path: Path) -> AsyncIterator[bytes]:
    file = await asyncio.to_thread(path.open, "rb")
    try:
        while chunk := await asyncio.to_thread(file.read, _CHUNK):
            yield chunk
    finally:
        file.close()


async def _once(text: str) -> AsyncIterator[bytes]:
    yield text.encode()


async def _csv(first: list[str], rows: AsyncIterator[list[str]]) -> AsyncIterator[bytes]:
    out = io.StringIO()
    writer = csv.writer(out)
    out.write("\N{BYTE ORDER MARK}")
    writer.writerow(first)
    async for row in rows:
        writer.writerow(row)
        if out.tell() > _CHUNK:
            yield out.getvalue().encode()
            out.seek(0)
            out.truncate()
    yield out.getvalue().encode()
