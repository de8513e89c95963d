"""/export: the labelled faces as files for training, for admins."""

from telegram import Update

from bot.context import Context
from bot.handlers.common.exports import send_export
from bot.handlers.common.storage_errors import reply_on_storage_error
from bot.replies import stats as replies
from bot.services.dataset_export import count_labels, export_faces
from bot.services.zip_writer import ZipPart


@reply_on_storage_error
async def export(update: Update, context: Context) -> None:
    """Send every face whose label counts."""
    if not (update.message and update.effective_user):
        return
    services, settings = context.services, context.services.settings
    files = export_faces(services.database, settings.trusted_ids, settings.bot_data_dir)
    request = ("export", update.effective_user.id)
    if await send_export(update.message, context, request, files, _describe) == 0:
        await update.message.reply_text(replies.nothing_to_export())


def _describe(number: int, part: ZipPart) -> tuple[str, str]:
    return f"photo-mood-faces-{number}.zip", replies.exported(count_labels(part))
