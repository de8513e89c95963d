"""Texts of explanations, and of refusals to explain."""

from bot.errors import NotYoursError, StorageError
from bot.i18n import _
from bot.replies.photos import refusal as refusal_of_tap
from bot.replies.verdicts import leaning, verdict
from model.network.verdict import Verdict
from model.prediction.results import Explanation


def explanation(why: Explanation, name: str, is_newer: bool) -> str:
    """Return the caption of the picture that explains a verdict.

    Args:
        why: the explanation.
        name: what the face is called in its answer; empty if it is the only one.
        is_newer: whether an older model version gave the verdict.
    """
    lines = [f"{name}: {verdict(why)}" if name else verdict(why)]
    if is_newer:
        lines.append(_("I have learned since I answered; this is how I see the face now."))
    mood = leaning(why)
    if why.verdict is Verdict.NEUTRAL:
        choice = _("If I had to choose between happy and sad, I would say {mood}.")
        lines.append(choice.format(mood=mood))
    lines.append(_legend(why).format(mood=mood))
    return "\n".join(lines)


def _legend(why: Explanation) -> str:
    if why.has_orange and why.has_blue:
        return _("The orange parts speak for {mood}, the blue ones against it.")
    if why.has_orange:
        return _("The orange parts speak for {mood}.")
    if why.has_blue:
        return _("The blue parts speak against {mood}; no part speaks for it.")
    return _("No single part of the face decided it.")


def refusal(error: Exception) -> str:
    """Return why a verdict is not explained, in at most 200 characters."""
    if isinstance(error, NotYoursError):
        return _("Only the person who sent this photo can ask me why.")
    if isinstance(error, StorageError):
        return _("I cannot look that up right now. Please try again in a moment.")
    return refusal_of_tap(error)


def shown_already() -> str:
    return _("I have just shown you that: look further down.")


def not_allowed() -> str:
    return _("I would show you a picture, but I am not allowed to send any here.")


def not_sent() -> str:
    return _("I could not send the picture. Please tap again in a moment.")


def busy() -> str:
    return _("I am a bit busy right now. Please tap again in a moment.")
