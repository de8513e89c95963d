"""Every sentence the bot says about photos, corrections included.

What it says about people's own data is in `bot.replies.account`, about pictures that cannot be used
in `bot.replies.images`, about itself in `bot.replies.help`, about daily limits in
`bot.replies.quota`. All of it is plain text, so nothing in it has to be escaped.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Protocol

from bot.errors import (
    AnswerNotFoundError,
    CorrectionLimitError,
    DownloadError,
    FaceExpiredError,
    NotYoursError,
    PhotoLimitError,
    QueueFullError,
    StorageError,
    UnknownButtonError,
)
from bot.i18n import _, ngettext
from bot.replies import quota as limit_replies
from bot.replies.images import describe_image_error
from bot.storage.answers import Answer, Label
from model.errors import ImageError
from model.network.verdict import Verdict, likelier_mood
from model.prediction.results import Explanation, PhotoVerdict

MAX_CAPTION_LENGTH = 1024  # UTF-16 code units, which is how Telegram counts

_PROBLEM = "⚠️"


class Judgement(Protocol):
    """What the model says about a picture or a face."""

    @property
    def verdict(self) -> Verdict:
        """The answer."""
        ...

    @property
    def confidence(self) -> float:
        """Probability of the likelier mood, 0.5 to 1."""
        ...

    @property
    def probability_happy(self) -> float:
        """From 0 to 1."""
        ...


def busy() -> str:
    """Too many photos are waiting."""
    return _("I have my hands full right now. Please send this photo again in a moment.")


def not_downloaded() -> str:
    """Telegram keeps a photo to itself."""
    return _("Telegram did not give me this photo. Please send it again.")


def apology() -> str:
    """Something failed that nobody expected."""
    return _("Sorry, something went wrong on my side. Please try again in a moment.")


def not_stored() -> str:
    """A tap could not be written down."""
    return _("I could not write that down just now. Please try again in a moment.")


def taken_back() -> str:
    """A correction was undone."""
    return _("Taken back. What is it, then?")


def choice_button(action: str) -> str:
    """What a button offers to say about a face.

    Args:
        action: one of `bot.keyboards.corrections.Action`.
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
    """The button that takes back what was said."""
    return _("Undo")


def back_button() -> str:
    """The button that leads back to the other faces or pictures."""
    return _("‹ Back")


def box_labels() -> dict[Verdict, str]:
    """What is written at the faces in a photo."""
    return {Verdict.HAPPY: _("happy"), Verdict.SAD: _("sad"), Verdict.UNSURE: "?"}


def percent(confidence: float) -> str:
    """A confidence in words; never 100 %, for nobody is that sure of a mood.

    Args:
        confidence: 0.5 to 1.
    """
    # A narrow space that does not break keeps the sign with its number.
    return f"{min(99, round(100 * confidence))}\u202f%"


def verdict(judged: Judgement) -> str:
    """The mood and how sure it is, in one line."""
    if judged.verdict is Verdict.UNSURE:
        return _("🤔 Not sure. It leans towards {mood}, {percent}.").format(
            mood=_mood(likelier_mood(judged.probability_happy)), percent=percent(judged.confidence)
        )
    return _("{mood}, {percent} sure").format(
        mood=_mood(judged.verdict), percent=percent(judged.confidence)
    )


def leaning(judged: Explanation) -> str:
    """The likelier mood alone, be it sure or not."""
    return _mood(likelier_mood(judged.probability_happy))


def answer(photo: PhotoVerdict, known: Answer | None = None) -> str:
    """The answer to a photo with one face or none.

    Args:
        photo: what the model says.
        known: the answer as it is stored; it may hold what people said to an earlier one.
    """
    lines = [verdict(photo)] if photo.whole_picture else [verdict(photo.faces[0])]
    if photo.whole_picture:
        lines.append(_("I found no face, so I judged the picture as a whole."))
    return "\n".join(lines + _noted_before(known))


def caption(photo: PhotoVerdict, known: Answer | None = None) -> str:
    """The answer to a photo with several faces: it counts them, then lists them by number.

    A list too long for a caption is cut and says how many are left out.

    Args:
        photo: what the model says.
        known: as for `answer`.
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
    """The one answer to an album.

    Args:
        results: for each picture in order its verdict, or the sentence why there is none.
        known: as for `answer`.
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
    """The button of a face or a picture, numbered as in the answer, from 1."""
    return f"✔ {number}" if noted else str(number)


def noted_button(label: Label) -> str:
    """The button that shows what was noted about a face."""
    return f"✔ {noted(label)}"


def noted(label: Label) -> str:
    """What was noted about a face, in a few words."""
    return _("noted as {label}").format(label=label_name(label))


def thanks(label: Label | None) -> str:
    """What is shown for a moment after a tap; None: what was said is taken back."""
    if label is None:
        return taken_back()
    return _("Noted as {label}. Thank you!").format(label=label_name(label))


def refusal(error: Exception) -> str:
    """Why a tap or a request about stored data is not followed; at most 200 characters."""
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


def reason(error: BaseException) -> str:
    """Why a photo gets no verdict, as its sender is told."""
    if isinstance(error, ImageError):
        return describe_image_error(error)
    if isinstance(error, QueueFullError):
        return busy()
    if isinstance(error, PhotoLimitError):
        return limit_replies.too_many_photos(error)
    if isinstance(error, DownloadError):
        return not_downloaded()
    return apology()


def _noted_before(known: Answer | None) -> list[str]:
    """A line on what people said to an earlier answer about the same picture, if they did."""
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
    """What somebody says that a face is, in a few words."""
    return _("not a face") if label is Label.NOT_A_FACE else _mood(label)


def _length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
