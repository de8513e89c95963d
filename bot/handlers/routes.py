"""Decides which update goes to which handler."""

from telegram.ext import (
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    MessageHandler,
    TypeHandler,
    filters,
)

from bot.context import MoodApplication
from bot.handlers.admin import models, retraining
from bot.handlers.admin.export import export
from bot.handlers.admin.review import PREFIX, review, review_tap
from bot.handlers.admin.stats import stats
from bot.handlers.common.access import check_access
from bot.handlers.common.callback_queries import admins_only, unknown_button
from bot.handlers.common.error_handler import handle_error
from bot.handlers.common.middleware import prepare
from bot.handlers.user.account import ERASE, KEEP, forget, forget_decided, mydata, mystats, privacy
from bot.handlers.user.albums import album
from bot.handlers.user.corrections import tap
from bot.handlers.user.explanation import why
from bot.handlers.user.groups import added, help_in_group, only_in_private
from bot.handlers.user.help import help_, hint, start
from bot.handlers.user.language import choose_language, group_moved, language
from bot.handlers.user.photos import mention, mood, photo
from bot.handlers.user.unhandled import refused, set_aside, unreadable
from bot.handlers.user.whoami import whoami
from bot.inbox.item import Album, Refused, SetAside, Unreadable
from bot.inbox.received import HANDLED_KINDS
from bot.keyboards import language as language_buttons
from bot.keyboards import models as model_buttons
from bot.keyboards import retraining as retraining_buttons
from bot.keyboards.corrections import Action

# The types of updates to fetch. Edited messages are not among them: an answer is not changed.
ALLOWED_UPDATES = list(HANDLED_KINDS)
# Animations come with a document, live photos with a photo.
PICTURES = (
    filters.PHOTO
    | filters.Document.ALL
    | filters.VIDEO
    | filters.VIDEO_NOTE
    | filters.Sticker.ALL
    | filters.PAID_MEDIA
)
PRIVATE_COMMANDS = ("privacy", "mystats", "mydata", "forget")
PREPARE, ACCESS = -2, -1  # the handlers in these groups run before the others


def add_handlers(application: MoodApplication) -> None:
    """Register all handlers; the first one that matches gets the update."""
    private = filters.UpdateType.MESSAGE & filters.ChatType.PRIVATE
    groups = filters.UpdateType.MESSAGE & filters.ChatType.GROUPS
    anywhere = private | groups
    admins = private & filters.User(application.services.settings.bot_admins)
    application.add_handler(TypeHandler(object, prepare), group=PREPARE)
    application.add_handler(TypeHandler(object, check_access), group=ACCESS)
    application.add_handlers(
        [
            TypeHandler(Album, album),
            TypeHandler(Refused, refused),
            TypeHandler(SetAside, set_aside),
            TypeHandler(Unreadable, unreadable),
            CommandHandler("start", start, private),
            CommandHandler("help", help_, private),
            # Apps send /start in the name of whoever adds the bot by a link.
            CommandHandler(("start", "help"), help_in_group, groups),
            CommandHandler("privacy", privacy, private),
            CommandHandler("mystats", mystats, private),
            CommandHandler("mydata", mydata, private),
            CommandHandler("forget", forget, private),
            CommandHandler(PRIVATE_COMMANDS, only_in_private, groups),
            CommandHandler("whoami", whoami, anywhere),
            CommandHandler("stats", stats, admins),
            CommandHandler("review", review, admins),
            CommandHandler("export", export, admins),
            CommandHandler("retrain", retraining.retrain, admins),
            CommandHandler("models", models.models, admins),
            CommandHandler("mood", mood, anywhere),
            CommandHandler("language", language, anywhere),
            MessageHandler(groups & filters.StatusUpdate.MIGRATE, group_moved),
            MessageHandler(anywhere & PICTURES, photo),
            MessageHandler(groups & filters.TEXT, mention),
            # Catches taps without data, which would match the pattern of every handler below.
            CallbackQueryHandler(unknown_button, game_pattern=""),
            CallbackQueryHandler(forget_decided, rf"({ERASE}|{KEEP})\Z"),
            CallbackQueryHandler(choose_language, language_buttons.PREFIX),
            CallbackQueryHandler(admins_only(review_tap), PREFIX),
            CallbackQueryHandler(admins_only(retraining.tap), retraining_buttons.PREFIX),
            CallbackQueryHandler(admins_only(models.tap), model_buttons.PREFIX),
            CallbackQueryHandler(why, rf".*:{Action.WHY}\Z"),
            CallbackQueryHandler(tap),
            ChatMemberHandler(added, ChatMemberHandler.MY_CHAT_MEMBER),
            MessageHandler(private & ~filters.StatusUpdate.ALL, hint),
        ]
    )
    application.add_error_handler(handle_error)
