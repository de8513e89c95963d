"""Replies that explain the bot and its commands, all in plain text."""

from bot.i18n import _


def welcome() -> str:
    return _(
        "Hi! Send me a photo, and I will find the faces in it and tell you how happy 😊 or sad 😢 "
        "each one looks.\n\n"
        "Albums and image files are fine, too. /help tells you more."
    )


def explanation(username: str) -> str:
    """Return the answer to /help, given the bot's user name without the @."""
    text = _(
        "Send me a photo, an image file (JPEG, PNG, WebP, HEIC or GIF, up to 20 MB) or an album, "
        "and I will tell you how happy or sad the faces look.\n\n"
        "• One face: I say Happy or Sad and how sure I am, or that it looks neutral.\n"
        "• Several faces: your photo comes back with a numbered box around each.\n"
        "• No face: I judge the picture as a whole.\n"
        "• A GIF, a sticker or a video: I judge one picture of it.\n"
        "• In a group: reply {command} to a photo, or send a photo as a reply to me.\n"
        "• /language changes the language I answer in. In a group, its admins can do that.\n\n"
        "I can be wrong: I only see a face, not a person. Tap a button under my answer to correct "
        "me.\n\n"
        "I do not store your photos, only a small cut-out of each face for a while. "
        "/privacy tells you more."
    )
    return text.format(command=_mood_command(username))


def how_to_ask_in_group(username: str, sees_all: bool) -> str:
    """Return how to ask the bot in a group, given its user name without the @.

    Args:
        username: the user name.
        sees_all: whether Telegram passes on all messages of the group to the bot. In privacy mode
            it does not, and does not say whether it passes on captions that mention the bot
            (https://core.telegram.org/bots/faq#what-messages-will-my-bot-get).
    """
    if sees_all:
        text = _(
            "Reply {command} to a photo, write it into the caption of one, or send a photo as a "
            "reply to me, and I will tell you how happy 😊 or sad 😢 the faces in it look."
        )
    else:
        text = _(
            "Reply {command} to a photo, or send a photo as a reply to me, and I will tell you how "
            "happy 😊 or sad 😢 the faces in it look.\n\n"
            "Telegram shows me only messages that are meant for me. If you reply to a photo of an "
            "album, I see that photo alone."
        )
    return text.format(command=_mood_command(username))


def commands() -> list[tuple[str, str]]:
    """Return the commands in the menu of private chats, each with its description."""
    return [
        ("start", _("What this bot does")),
        ("help", _("How to use it")),
        ("language", _("Choose the language I answer in")),
        ("mystats", _("How often I was right")),
        ("mydata", _("Get all I keep about you")),
        ("forget", _("Erase all I keep about you")),
        ("privacy", _("What I keep, and for how long")),
        ("whoami", _("Your Telegram id")),
    ]


def group_commands() -> list[tuple[str, str]]:
    """Return the commands in the menu of groups, each with its description."""
    return [
        ("mood", _("Judge the photo you reply to")),
        ("language", _("Choose the language of this group (admins)")),
    ]


def send_a_photo() -> str:
    return _(
        "Send me a photo, and I will tell you how happy or sad it looks. /help tells you more."
    )


def mood_needs_a_photo() -> str:
    return _("Reply to a photo with /mood, or just send me one.")


def mood_needs_a_photo_in_group(username: str) -> str:
    """Return the answer to a /mood in a group that replies to no photo."""
    text = _("Reply to a photo with {command}, or send a photo as a reply to me.")
    return text.format(command=_mood_command(username))


def picture_in_another_chat() -> str:
    """Return the answer to a reply whose picture is in another chat or topic."""
    return _("I can look only at pictures in this chat, so please forward or send that one here.")


def only_in_private(username: str) -> str:
    """Return the answer, in a group, to a command for private chats."""
    text = _("Please ask me that in our private chat: {bot}. I answer it only there.")
    return text.format(bot=f"@{username}")


def _mood_command(username: str) -> str:
    return f"/mood@{username}"


def not_a_picture() -> dict[str, str]:
    """Return a hint for each kind of message that cannot be judged, by field of `Message`.

    The first match counts. Of most stickers, animations and videos at least a thumbnail is judged.
    """
    video = _("I could not see anything of this video. Send me a photo of the moment?")
    return {
        "sticker": _("Nice sticker, but I cannot see this kind. Send me a photo?"),
        "animation": _("I could not see anything of this animation. Send me a photo?"),
        "video": video,
        "video_note": video,
        "story": _("Telegram does not show me stories. Send me a photo or a screenshot?"),
        "paid_media": _("Telegram does not show me what has to be paid for. Send me a photo?"),
        "voice": _cannot_listen(),
        "audio": _cannot_listen(),
    }


def not_a_picture_file(media_type: str) -> str:
    """Return a hint for a file that is no picture.

    Args:
        media_type: its type, e.g. "video/mp4"; empty if unknown.
    """
    kind = media_type.partition("/")[0]
    if kind == "video":
        return _("I do not open videos that are sent as files. Send it as a video, please.")
    if kind == "audio":
        return _cannot_listen()
    return _(
        "I cannot judge this kind of file. "
        "Send me a photo, or an image file such as JPEG, PNG, WebP, HEIC or GIF."
    )


def _cannot_listen() -> str:
    return _("I cannot listen, only look. Send me a photo?")
