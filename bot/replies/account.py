"""Every sentence the bot says about what it keeps of a user; plain text, too."""

from bot.i18n import _, ngettext
from bot.storage.user_data import UserCounts


def nothing_held() -> str:
    """The answer to whoever the bot does not know."""
    return _("I keep nothing about you.")


def your_data() -> str:
    """The caption of what /mydata sends."""
    return _("All that I keep about you.")


def erase_button() -> str:
    """The button that erases."""
    return _("Erase everything")


def keep_button() -> str:
    """The button that does not."""
    return _("Keep it")


def kept() -> str:
    """The answer to whoever does not want to be forgotten after all."""
    return _("Nothing was erased.")


def storage_unavailable() -> str:
    """The database cannot be used."""
    return _("I cannot get at my records just now. Please try again in a moment.")


def privacy(days: int) -> str:
    """What is kept.

    Args:
        days: for which a face is kept that nobody says anything about.
    """
    return _(
        "What I keep:\n"
        "• No photos. I look at a photo in memory and forget it.\n"
        "• A small cut-out of each face I find, for {days}. If you confirm or correct what I said "
        "about a face, its cut-out stays with what you said, to learn from, until you erase it. "
        "Before I learn from it, the people who run me may look at it and accept or reject it; "
        "they may also take copies of what counts, to train models with.\n"
        "• My verdicts, what was accepted or rejected, how much you sent today, your Telegram id, "
        "and the ids of chats, messages, files and taps. No names, no captions.\n\n"
        "/mydata sends you all of it. /forget erases all of it, but not the copies taken "
        "before."
    ).format(days=ngettext("{count} day", "{count} days", days).format(count=days))


def statistics(counts: UserCounts) -> str:
    """What a user sent, and how often the bot was right."""
    if not counts.photos:
        return _("You have not sent me any photos, as far as I remember.")
    lines = [
        _("{photos} of yours, {faces} in them.").format(
            photos=_photos(counts.photos), faces=_faces(counts.faces)
        ),
        ngettext(
            "You confirmed or corrected me {count} time.",
            "You confirmed or corrected me {count} times.",
            counts.corrections,
        ).format(count=counts.corrections),
    ]
    if counts.sure:
        share = round(100 * counts.right / counts.sure)
        lines.append(
            ngettext(
                "Where I was sure and we know the truth, I was right {right} out of {count} time "
                "({share}).",
                "Where I was sure and we know the truth, I was right {right} out of {count} times "
                "({share}).",
                counts.sure,
            ).format(right=counts.right, count=counts.sure, share=f"{share}\u202f%")
        )
    lines.append(
        ngettext(
            "I keep the cut-out of {count} face at the moment.",
            "I keep the cut-outs of {count} faces at the moment.",
            counts.kept,
        ).format(count=counts.kept)
    )
    return "\n".join(lines)


def ask_to_forget(counts: UserCounts) -> str:
    """The question before everything is erased."""
    return _(
        "Shall I erase all I keep about you? That is {held}, and your Telegram id. "
        "It cannot be undone."
    ).format(held=_held(counts))


def erased(counts: UserCounts, clean: bool) -> str:
    """What was erased.

    Args:
        counts: of it.
        clean: no trace of it is left in the files.
    """
    said = _("Erased: {held}, and your Telegram id. I keep nothing about you any more.").format(
        held=_held(counts)
    )
    if clean:
        return said
    return said + " " + _("The last traces in the file go within the hour.")


def _held(counts: UserCounts) -> str:
    answers = ngettext("my answers to {count} photo", "my answers to {count} photos", counts.photos)
    crops = ngettext("the cut-outs of {count} face", "the cut-outs of {count} faces", counts.kept)
    corrections = ngettext("{count} correction", "{count} corrections", counts.corrections)
    return ", ".join(
        [
            answers.format(count=counts.photos),
            crops.format(count=counts.kept),
            corrections.format(count=counts.corrections),
        ]
    )


def _photos(count: int) -> str:
    return ngettext("{count} photo", "{count} photos", count).format(count=count)


def _faces(count: int) -> str:
    return ngettext("{count} face", "{count} faces", count).format(count=count)
