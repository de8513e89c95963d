"""Replies to photos and to corrections, all in plain text."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Protocol

from bot.errors import (
    AnswerNotFoundError,
    CorrectionLimitError,
    FaceExpiredError,
    NotYoursError,
    StorageError,
    UnknownButtonError,
)
from bot.i18n import _, ngettext
from bot.replies import quota as limit_replies
from bot.storage.answers import Answer, Label
from model.network.verdict import Verdict, likelier_mood
from model.prediction.results import PhotoVerdict

MAX_CAPTION_LENGTH = 1024  # UTF-16 code units, which is how Telegram counts

_PROBLEM = "⚠️"


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


def apology() -> str:
    return _("Sorry, something went wrong on my side. Please try again in a moment.")


def not_stored() -> str:
    return _("I could not save that. Please try again in a moment.")


def taken_back() -> str:
    return _("Undone. So what is it?")


def choice_button(action: str) -> str:
    """Return the text of a button that offers a correction.

    Args:
        action: a value of `bot.keyboards.corrections.Action`.
    """
    offers = {
        "r": _("👍 Right"),
        "h": _("It's 😊 Happy"),
        "s": _("It's 😢 Sad"),
        "n": _("Not a face"),
        "w": _("Why?"),
    }
    return offers[action]


def undo_button() -> str:
    return _("Undo")


def back_button() -> str:
    return _("‹ Back")


def box_labels() -> dict[Verdict, str]:
    """Return what is drawn at the box of a face, by its verdict."""
    return {Verdict.HAPPY: _("happy"), Verdict.SAD: _("sad"), Verdict.UNSURE: "?"}


def percent(confidence: float) -> str:
    """Return a confidence from 0.5 to 1 in percent, at most 99 %, as no mood is certain."""
    # A narrow no-break space keeps the sign with its number.
    return f"{min(99, round(100 * confidence))}\u202f%"


def verdict(prediction: Prediction) -> str:
    """Return the mood and the confidence in one line."""
    sure = percent(prediction.confidence)
    if prediction.verdict is Verdict.UNSURE:
        mood = leaning(prediction)
        return _("🤔 Not sure. It leans towards {mood}, {percent}.").format(mood=mood, percent=sure)
    return _("{mood}, {percent} sure").format(mood=_mood(prediction.verdict), percent=sure)


def leaning(prediction: Prediction) -> str:
    """Return the likelier mood, even if the verdict is unsure."""
    return _mood(likelier_mood(prediction.probability_happy))


def answer(photo: PhotoVerdict, known: Answer | None = None) -> str:
    """Return the reply to a photo with one face or none.

    Args:
        photo: what the model predicts.
        known: the stored answer, which may have labels from an earlier answer to the same picture.
    """
    lines = [verdict(photo)] if photo.whole_picture else [verdict(photo.faces[0])]
    if photo.whole_picture:
        lines.append(_("I found no face, so I judged the picture as a whole."))
    return "\n".join(lines + _noted_before(known))


def caption(photo: PhotoVerdict, known: Answer | None = None) -> str:
    """Return the caption of a photo with several faces: it counts them, then lists them.

    A list that is too long for a caption is cut and says how many faces are left out.

    Args:
        photo: what the model predicts.
        known: see `answer`.
    """
    noted = _noted_before(known)
    faces = photo.faces
    moods = _counted(face.verdict for face in faces)
    lines = [
        ngettext("{count} face: {moods}", "{count} faces: {moods}", len(faces)).format(
            count=len(faces), moods=moods
        )
    ]
    lines += [f"{number}. {verdict(face)}" for number, face in enumerate(faces, 1)]
    kept = len(lines)
    while True:
        left_out = len(lines) - kept
        text = "\n".join(lines[:kept] + _and_more(left_out) + noted)
        if _length(text) <= MAX_CAPTION_LENGTH:
            return text
        kept -= 1


def album(results: Sequence[PhotoVerdict | str], known: Answer | None = None) -> str:
    """Return the reply to an album.

    Args:
        results: for each picture, its verdict or the sentence that says why there is none.
        known: see `answer`.
    """
    photos = [result for result in results if isinstance(result, PhotoVerdict)]
    parts = [_counted(photo.verdict for photo in photos)] if photos else []
    if failed := len(results) - len(photos):
        parts.append(
            ngettext("{count} ⚠️ not judged", "{count} ⚠️ not judged", failed).format(count=failed)
        )
    lines = [
        ngettext("{count} picture: {moods}", "{count} pictures: {moods}", len(results)).format(
            count=len(results), moods=", ".join(parts)
        )
    ]
    lines += [f"{number}. {_album_line(result)}" for number, result in enumerate(results, 1)]
    return "\n".join(lines + _noted_before(known))


def album_picture(number: int, photo: PhotoVerdict) -> str:
    """Return the caption of a drawing in the answer to an album.

    Args:
        number: the picture's number in the album, from 1.
        photo: what the model predicts.
    """
    moods = _counted(face.verdict for face in photo.faces)
    return _("Picture {picture}: {moods}").format(picture=number, moods=moods)


def face_name(picture: int | None, face: int | None) -> str:
    """Return what a face or a picture is called in buttons and captions.

    Args:
        picture: its number in the album, from 1; None if it is the only one.
        face: its number in the picture, from 1; None if it is the only one, or for the picture.

    Returns:
        For example "Face 2"; an empty string if there is nothing to tell apart.
    """
    if picture is None:
        return "" if face is None else _("Face {face}").format(face=face)
    if face is None:
        return _("Picture {picture}").format(picture=picture)
    return _("Picture {picture}, face {face}").format(picture=picture, face=face)


def number_button(number: int, noted: bool) -> str:
    """Return the text of the button for a face or picture, numbered from 1 as in the answer."""
    return f"✔ {number}" if noted else str(number)


def noted_button(label: Label) -> str:
    return f"✔ {noted(label)}"


def noted(label: Label) -> str:
    return _("noted as {label}").format(label=label_name(label))


def thanks(label: Label | None) -> str:
    """Return the toast after a correction, or after taking one back if the label is None."""
    if label is None:
        return taken_back()
    return _("Noted as {label}. Thank you!").format(label=label_name(label))


def outdated_button() -> str:
    """Return why a tap of an admin is refused."""
    return _("This button no longer works. Send the command again, please.")


def refusal(error: Exception) -> str:
    """Return why a tap is refused, in at most 200 characters, which is Telegram's limit."""
    if isinstance(error, CorrectionLimitError):
        return limit_replies.too_many_corrections(error)
    if isinstance(error, StorageError):
        return not_stored()
    refusals: dict[type[Exception], str] = {
        NotYoursError: _("Only the person who sent this photo can correct me here."),
        FaceExpiredError: _(
            "That was too long ago: I no longer have this face. Send me the photo again?"
        ),
        AnswerNotFoundError: _("I know nothing about this photo any more. Send it again?"),
        UnknownButtonError: _("I do not know this button. Send me the photo again?"),
    }
    return refusals.get(type(error), apology())


def _noted_before(known: Answer | None) -> list[str]:
    """Return a line on the labels of earlier answers to the same picture, if there are any."""
    labels = [face.label for face in known.faces if face.label] if known else []
    if not labels:
        return []
    if known and len(known.faces) == 1:
        return [_("You have shown me this before: {noted}.").format(noted=noted(labels[0]))]
    return [_("You have shown me this before; ✔ marks what was noted.")]


def _album_line(result: PhotoVerdict | str) -> str:
    if isinstance(result, str):
        return f"{_PROBLEM} {result}"
    said = verdict(result)
    if result.whole_picture:
        return _("{verdict} (no face, judged as a whole)").format(verdict=said)
    if len(result.faces) > 1:
        count, moods = len(result.faces), _counted(face.verdict for face in result.faces)
        return ngettext(
            "{verdict} ({count} face, {moods})", "{verdict} ({count} faces, {moods})", count
        ).format(verdict=said, count=count, moods=moods)
    return said


def _counted(verdicts: Iterable[Verdict]) -> str:
    counts = Counter(verdicts)
    happy, sad, unsure = (counts[kind] for kind in (Verdict.HAPPY, Verdict.SAD, Verdict.UNSURE))
    parts = (
        (happy, ngettext("{count} 😊 happy", "{count} 😊 happy", happy)),
        (sad, ngettext("{count} 😢 sad", "{count} 😢 sad", sad)),
        (unsure, ngettext("{count} 🤔 not sure", "{count} 🤔 not sure", unsure)),
    )
    return ", ".join(part.format(count=count) for count, part in parts if count)


def _and_more(left_out: int) -> list[str]:
    if not left_out:
        return []
    return [ngettext("… and {count} more", "… and {count} more", left_out).format(count=left_out)]


def _mood(mood: str) -> str:
    return _("😊 Happy") if mood == Verdict.HAPPY else _("😢 Sad")


def label_name(label: Label) -> str:
    return _("not a face") if label is Label.NOT_A_FACE else _mood(label)


def _length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
