"""Sentences that say one verdict. How sure it is they say only of happy and sad."""

from typing import Protocol

from bot.i18n import _
from model.network.verdict import Verdict, likelier_mood

NEAR_EVEN = 0.55  # confidence below which neither mood is said to be likelier


class Prediction(Protocol):
    """What the model predicts for a picture or a face."""

    @property
    def verdict(self) -> Verdict: ...

    @property
    def confidence(self) -> float:
        """Probability of the likelier mood, 0.5 to 1."""
        ...

    @property
    def probability_happy(self) -> float: ...


def percent(confidence: float) -> str:
    """Return a confidence from 0.5 to 1 in percent, at most 99 %, as no mood is certain."""
    # A narrow no-break space keeps the sign with its number.
    return f"{min(99, round(100 * confidence))}\u202f%"


def verdict(prediction: Prediction) -> str:
    """Return the mood in a few words, for a line in a list."""
    if prediction.verdict is Verdict.UNSURE:
        return _unsure_in_brief(prediction)
    if prediction.verdict is Verdict.NEUTRAL:
        return _("😐 Looks neutral")
    sure = percent(prediction.confidence)
    return _("{mood}, {percent} sure").format(mood=mood_name(prediction.verdict), percent=sure)


def leaning(prediction: Prediction) -> str:
    """Return the likelier of happy and sad, even if the verdict is neither."""
    return mood_name(likelier_mood(prediction.probability_happy))


def one_face(face: Prediction) -> str:
    """Return what to say about the only face in a photo."""
    if face.verdict is Verdict.NEUTRAL:
        return _("😐 This face looks neutral to me.")
    if face.verdict is not Verdict.UNSURE:
        return verdict(face)
    if _is_near_even(face):
        return _("🤔 Hard to say. It could be 😊 happy, it could be 😢 sad.")
    if likelier_mood(face.probability_happy) is Verdict.HAPPY:
        return _("🤔 Hard to say. More 😊 happy than 😢 sad, but I would not bet on it.")
    return _("🤔 Hard to say. More 😢 sad than 😊 happy, but I would not bet on it.")


def no_face(photo: Prediction) -> str:
    """Return what to say about a photo without a face, which is never sure."""
    if _is_near_even(photo):
        return _(
            "🤔 I see no face here. Going by brightness and colours alone, I cannot tell the mood."
        )
    if likelier_mood(photo.probability_happy) is Verdict.HAPPY:
        return _(
            "🤔 I see no face here. Going by brightness and colours, the picture looks a bit more "
            "😊 cheerful than 😢 gloomy."
        )
    return _(
        "🤔 I see no face here. Going by brightness and colours, the picture looks a bit more "
        "😢 gloomy than 😊 cheerful."
    )


def no_face_in_brief(photo: Prediction) -> str:
    """Return the same for a line in a list."""
    if _is_near_even(photo):
        return _("🤔 No face, hard to say")
    if likelier_mood(photo.probability_happy) is Verdict.HAPPY:
        return _("🤔 No face; looks a bit 😊 cheerful")
    return _("🤔 No face; looks a bit 😢 gloomy")


def _unsure_in_brief(prediction: Prediction) -> str:
    if _is_near_even(prediction):
        return _("🤔 Hard to say")
    if likelier_mood(prediction.probability_happy) is Verdict.HAPPY:
        return _("🤔 Hard to say, perhaps 😊 happy")
    return _("🤔 Hard to say, perhaps 😢 sad")


def _is_near_even(prediction: Prediction) -> bool:
    return prediction.confidence < NEAR_EVEN


def mood_name(mood: str) -> str:
    """Return the name of a mood, given as a verdict that is not unsure, or as a label."""
    names = {
        Verdict.HAPPY: _("😊 Happy"),
        Verdict.SAD: _("😢 Sad"),
        Verdict.NEUTRAL: _("😐 Neutral"),
    }
    return names[Verdict(mood)]
