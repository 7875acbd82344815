"""Wires the desks of lists: uploads read by child processes, lists, do-not-call lists.

Knows settings, store and desks. Must not know what any of them does.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta

from campaigns.desk.imports import ImportDesk
from campaigns.desk.lists import ListDesk
from campaigns.desk.retention import RetentionDesk
from campaigns.desk.suppression import SuppressionDesk
from campaigns.model import Template
from dialer.ports import Clock
from service.list_reader import ProcessReader
from service.settings import Settings
from service.upload_folder import UploadFolder
from store.opening import Store


@dataclass(frozen=True, slots=True)
class ListDesks:
    """The desks of lists, and the folder that uploads are in; who stops them closes it last."""

    folder: UploadFolder
    imports: ImportDesk
    lists: ListDesk
    suppression: SuppressionDesk


def list_desks(
    settings: Settings,
    store: Store,
    templates: Mapping[str, Template],
    clock: Clock,
    retention: RetentionDesk,
    changed: Callable[[], None],
    opted_out: Callable[[], None],
    owner: str,
) -> ListDesks:
    """Build the desks; ``changed`` is told when leads come, and ``opted_out`` when somebody may not be called
    any more, or may be called again.

    ``owner`` names the database whose uploads these are: services with others may use the same folder.
    Raises ``CannotStart`` without a folder for uploads.
    """
    region = settings.company.region or None
    reader = ProcessReader()

    def loaded(_campaign_id: int) -> None:
        changed()

    def list_changed(_campaign_id: int) -> None:
        opted_out()

    async def outcomes(campaign_id: int) -> Collection[str]:
        template = templates.get((await store.campaign_book.campaign(campaign_id)).template)
        return () if template is None else template.outcomes

    uploads, keep = settings.path(settings.uploads), timedelta(days=settings.uploads_kept_days)
    folder = UploadFolder(uploads, keep)
    imports = ImportDesk(
        store.campaign_book,
        store.list_book,
        reader,
        templates,
        clock.now,
        uploads,
        region,
        loaded,
        [part.id for part in settings.agents],
        owner,
        keep,
        opted_out,
    )
    return ListDesks(
        folder=folder,
        imports=imports,
        lists=ListDesk(store.list_book, retention, clock.now, list_changed, outcomes, imports.forget_list),
        suppression=SuppressionDesk(
            store.suppression_book, store.campaign_book, reader, clock.now, region, opted_out
        ),
    )
