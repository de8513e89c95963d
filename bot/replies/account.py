"""Texts about the data that is stored about a user."""

from bot.i18n import _, ngettext
from bot.storage.user_data import UserCounts


def nothing_held() -> str:
    return _("I keep nothing about you.")


def your_data() -> str:
    return _("Everything I keep about you.")


def being_prepared() -> str:
    return _("I am preparing your files and will send them as soon as they are ready.")


def erase_button() -> str:
    return _("Erase everything")


def keep_button() -> str:
    return _("Keep it")


def kept() -> str:
    return _("Nothing was erased.")


def storage_unavailable() -> str:
    return _("I cannot reach my records right now. Please try again in a moment.")


def privacy(days: int) -> str:
    """Return the text about privacy.

    Args:
        days: how long faces without a label are kept.
    """
    return _(
        "Your photos are not stored: I only look at them in memory.\n\n"
        "What I keep:\n"
        "• A small cut-out of each face I find, for {days}. If you confirm or correct what I said "
        "about a face, I keep its cut-out and what you said, to learn from, until you erase them. "
        "Before I learn from it, the people who run me may look at it and accept or reject it; "
        "they may also take copies to train models with.\n"
        "• My verdicts, what was accepted or rejected, how much you sent today, the language you "
        "chose, your Telegram id, and the ids of chats, messages, files and taps. No names, no "
        "captions. For a group, the language its admins chose, but not who.\n"
        "• Only until I have answered: what you send or tap, as Telegram delivers it, with your "
        "name. After that its number, kind and time, for 25 hours.\n\n"
        "/mydata sends you everything about you. /forget erases it, but not the copies taken "
        "before."
    ).format(days=ngettext("{count} day", "{count} days", days).format(count=days))


def statistics(counts: UserCounts) -> str:
    """Return how much a user sent, and how often the bot was right."""
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
        lines.append(_accuracy(counts))
    lines.append(
        ngettext(
            "I keep the cut-out of {count} face at the moment.",
            "I keep the cut-outs of {count} faces at the moment.",
            counts.kept,
        ).format(count=counts.kept)
    )
    return "\n".join(lines)


def _accuracy(counts: UserCounts) -> str:
    share = round(100 * counts.right / counts.sure)
    return ngettext(
        "When I was sure and the answer is known, I was right {right} out of {count} time "
        "({share}).",
        "When I was sure and the answer is known, I was right {right} out of {count} times "
        "({share}).",
        counts.sure,
    ).format(right=counts.right, count=counts.sure, share=f"{share}\u202f%")


def ask_to_forget(counts: UserCounts) -> str:
    return _(
        "Erase everything I keep about you? That is {held}, and your Telegram id. "
        "This cannot be undone."
    ).format(held=_held(counts))


def erased(counts: UserCounts, clean: bool) -> str:
    """Return what was erased.

    Args:
        counts: the erased data.
        clean: whether its traces are gone from the files, too.
    """
    text = _("Erased: {held}, and your Telegram id. I keep nothing about you any more.").format(
        held=_held(counts)
    )
    if clean:
        return text
    return text + " " + _("The last traces in the file will be gone within an hour.")


def _held(counts: UserCounts) -> str:
    answers = ngettext("my answers to {count} photo", "my answers to {count} photos", counts.photos)
    crops = ngettext("the cut-outs of {count} face", "the cut-outs of {count} faces", counts.kept)
    corrections = ngettext("{count} correction", "{count} corrections", counts.corrections)
    held = [
        answers.format(count=counts.photos),
        crops.format(count=counts.kept),
        corrections.format(count=counts.corrections),
    ]
    if counts.language:
        held.append(_("your choice of language"))
    return ", ".join(held)


def _photos(count: int) -> str:
    return ngettext("{count} photo", "{count} photos", count).format(count=count)


def _faces(count: int) -> str:
    return ngettext("{count} face", "{count} faces", count).format(count=count)
