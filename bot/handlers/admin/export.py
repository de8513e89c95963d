"""/export: the labelled faces as files for training, for admins."""

from telegram import Update

from bot.context import Context
from bot.handlers.common.storage_errors import reply_on_storage_error
from bot.replies import stats as replies
from bot.services.dataset_export import export_faces


@reply_on_storage_error
async def export(update: Update, context: Context) -> None:
    """Send every face whose label counts."""
    if update.message is None:
        return
    services, sent = context.services, 0
    async for part in export_faces(services.database, services.settings.trusted_ids):
        sent += 1
        await update.message.reply_document(
            part.file,
            filename=f"photo-mood-faces-{sent}.zip",
            caption=replies.exported(part.counts),
        )
    if not sent:
        await update.message.reply_text(replies.nothing_to_export())
