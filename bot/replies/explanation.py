"""Every sentence about why the bot answered as it did."""

from bot.errors import NotYoursError, StorageError
from bot.i18n import _
from bot.replies.photos import leaning, verdict
from bot.replies.photos import refusal as refusal_of_tap
from model.prediction.results import Explanation


def explanation(why: Explanation, which: str, learned: bool) -> str:
    """The caption of the picture that shows why.

    Args:
        why: what the model says of the face, now.
        which: the face, as `bot.replies.photos.face_name` calls it.
        learned: another version of the model gave the answer.
    """
    lines = [f"{which}: {verdict(why)}" if which else verdict(why)]
    if learned:
        lines.append(_("I have learned since I answered; this is how I see the face now."))
    sentence = _("Orange spoke for {mood}, blue against it.")
    lines.append(sentence.format(mood=leaning(why)))
    return "\n".join(lines)


def refusal(error: Exception) -> str:
    """Why an answer is not explained; at most 200 characters."""
    if isinstance(error, NotYoursError):
        return _("Only the person who sent this photo can ask me why.")
    if isinstance(error, StorageError):
        return _("I cannot look that up just now. Please try again in a moment.")
    return refusal_of_tap(error)


def shown_already() -> str:
    """What a second tap is told soon after the first."""
    return _("I have just shown you that: look further down.")


def not_allowed() -> str:
    """What is said in a chat where the bot may not send pictures."""
    return _("I would show you in a picture, but I may not send any here.")


def busy() -> str:
    """What is said when too many wait for the model."""
    return _("I have my hands full right now. Please tap again in a moment.")
