"""Every sentence the bot says about what it keeps of a user; plain text, too."""

from bot.storage.users import Counts

NOTHING_HELD = "I keep nothing about you."
YOUR_DATA = "All that I keep about you."
ERASE_BUTTON = "Erase everything"
KEEP_BUTTON = "Keep it"
KEPT = "Nothing was erased."
RECORDS_AWAY = "I cannot get at my records just now. Please try again in a moment."


def privacy(days: int) -> str:
    """What is kept.

    Args:
        days: for which a face is kept that nobody says anything about.
    """
    return (
        "What I keep:\n"
        "• No photos. I look at a photo in memory and forget it.\n"
        f"• A small cut-out of each face I find, for {_counting(days, 'day')}. If you confirm or "
        "correct what I said about a face, its cut-out stays with what you said, to learn from, "
        "until you erase it.\n"
        "• My verdicts, your Telegram id, and the ids of chats, messages, files and taps. "
        "No names, no captions.\n\n"
        "/mydata sends you all of it. /forget erases all of it."
    )


def statistics(counts: Counts) -> str:
    """What a user sent, and how often the bot was right."""
    if not counts.photos:
        return "You have not sent me any photos, as far as I remember."
    lines = [
        f"{_counting(counts.photos, 'photo')} of yours, {_counting(counts.faces, 'face')} in them.",
        f"You confirmed or corrected me {_counting(counts.corrections, 'time')}.",
    ]
    if counts.sure:
        share = round(100 * counts.right / counts.sure)
        lines.append(
            f"Where I was sure and we know the truth, I was right {counts.right} out of "
            f"{_counting(counts.sure, 'time')} ({share}\u202f%)."
        )
    lines.append(f"I keep the cut-outs of {_counting(counts.kept, 'face')} at the moment.")
    return "\n".join(lines)


def ask_to_forget(counts: Counts) -> str:
    """The question before everything is erased."""
    return (
        f"Shall I erase all I keep about you? That is {_held(counts)}, and your Telegram id. "
        "It cannot be undone."
    )


def erased(counts: Counts, clean: bool) -> str:
    """What was erased.

    Args:
        counts: of it.
        clean: no trace of it is left in the files.
    """
    said = f"Erased: {_held(counts)}, and your Telegram id. I keep nothing about you any more."
    if clean:
        return said
    return f"{said} The last traces in the file go within the hour."


def _held(counts: Counts) -> str:
    photos = f"my answers to {_counting(counts.photos, 'photo')}"
    faces = f"the cut-outs of {_counting(counts.kept, 'face')}"
    return f"{photos}, {faces}, {_counting(counts.corrections, 'correction')}"


def _counting(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
