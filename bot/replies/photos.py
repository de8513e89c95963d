"""Replies to photos and to corrections, all in plain text."""

from collections.abc import Sequence

from bot.errors import (
    AnswerNotFoundError,
    CorrectionLimitError,
    FaceExpiredError,
    NotYoursError,
    StorageError,
    UnknownButtonError,
)
from bot.i18n import _, ngettext
from bot.replies import mood_counts
from bot.replies import quota as limit_replies
from bot.replies.verdicts import mood_name, no_face, no_face_in_brief, one_face, verdict
from bot.storage.answers import Answer
from bot.storage.labels import Label
from model.network.verdict import Verdict
from model.prediction.results import PhotoVerdict

MAX_LISTED = 6  # faces with a line each

_PROBLEM = "⚠️"


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
        "y": _("👍 All right"),
        "h": _("It's 😊 Happy"),
        "s": _("It's 😢 Sad"),
        "n": _("Not a face"),
        "w": _("Why?"),
        "q": _("Why?"),
    }
    return offers[action]


def undo_button() -> str:
    return _("Undo")


def why_heading() -> str:
    return _("Why? Tap a face's number")


def back_button() -> str:
    return _("‹ Back")


def box_labels() -> dict[Verdict, str]:
    """Return what is drawn at the box of a face, by its verdict."""
    return {
        Verdict.HAPPY: _("happy"),
        Verdict.SAD: _("sad"),
        Verdict.NEUTRAL: _("neutral"),
        Verdict.UNSURE: "?",
    }


def answer(photo: PhotoVerdict, known: Answer | None, of_album: bool = False) -> str:
    """Return the reply to a photo, which fits into a caption.

    Args:
        photo: what the model predicts.
        known: the stored answer, which may have labels from an earlier answer to the same picture.
            None if nothing was stored and the reply has no buttons.
        of_album: whether the photo is one of an album that is not answered as a whole.
    """
    if len(photo.faces) > 1:
        lines = _several_faces(photo)
    elif photo.whole_picture:
        lines = [no_face(photo)]
    else:
        lines = [one_face(photo.faces[0])]
        if photo.missed_faces:
            lines.append(_("I recognised only one face; I may have missed others."))
    lines += _source(photo)
    if of_album:
        lines.append(_("I looked at this part of the album only, not at the rest."))
    lines += _said_before(known)
    if known and len(photo.faces) > 1:
        lines.append(_("Wrong somewhere? Tap the face's number."))
    return "\n".join(lines)


def album(results: Sequence[PhotoVerdict | str], known: Answer | None) -> str:
    """Return the reply to an album.

    Args:
        results: for each picture, its verdict or the sentence that says why there is none.
        known: see `answer`.
    """
    photos = [result for result in results if isinstance(result, PhotoVerdict)]
    parts = [mood_counts.in_emoji(photo.verdict for photo in photos)] if photos else []
    if failed := len(results) - len(photos):
        parts.append(f"{failed} {_PROBLEM}")
    lines = [
        ngettext("{count} picture: {moods}", "{count} pictures: {moods}", len(results)).format(
            count=len(results), moods=", ".join(parts)
        )
    ]
    lines += [f"{number}. {_album_line(result)}" for number, result in enumerate(results, 1)]
    lines += _said_before(known)
    if known and _has_numbers(known):
        lines.append(_album_hint(known))
    return "\n".join(lines)


def _has_numbers(known: Answer) -> bool:
    """Return whether the buttons of an answer to an album name its photos by number."""
    return len(known.photos) > 1 or known.photos[0].position > 0


def _album_hint(known: Answer) -> str:
    if all(photo.whole_picture for photo in known.photos):
        return _("Wrong somewhere? Tap the number.")
    return _("Wrong somewhere, or curious why? Tap the number.")


def album_picture(number: int, photo: PhotoVerdict) -> str:
    """Return the caption of a drawing in the answer to an album.

    Args:
        number: the picture's number in the album, from 1.
        photo: what the model predicts.
    """
    moods = mood_counts.in_emoji(face.verdict for face in photo.faces)
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


def said_button(label: Label) -> str:
    """Return the text of the button that shows what people said about a face."""
    return f"✔ {_said(label)}"


def thanks(label: Label | None) -> str:
    """Return the toast after a correction, or after taking one back if the label is None."""
    if label is None:
        return taken_back()
    return _("Got it: {label}. Thanks!").format(label=label_name(label))


def thanks_for_all(count: int) -> str:
    """Return the toast after verdicts were confirmed together."""
    return ngettext(
        "Got it: {count} face is right. Thanks!", "Got it: {count} faces are right. Thanks!", count
    ).format(count=count)


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


def _several_faces(photo: PhotoVerdict) -> list[str]:
    """Count the faces, and list them or, if they are many, the exceptions."""
    verdicts = [face.verdict for face in photo.faces]
    listed: Sequence[int] = range(len(verdicts))
    if len(verdicts) <= MAX_LISTED:
        lines = [mood_counts.faces_in_words(verdicts)]
    else:
        lines = [mood_counts.faces_and_exceptions(verdicts)]
        listed = mood_counts.exceptions(verdicts)
    if photo.more_faces:
        there_are_more = _("There are even more faces; I looked at the {count} largest.")
        lines.append(there_are_more.format(count=len(verdicts)))
    if len(listed) <= MAX_LISTED:
        lines += [f"{index + 1}. {verdict(photo.faces[index])}" for index in listed]
    return lines


def _source(photo: PhotoVerdict) -> list[str]:
    """Return a line on what was judged, if that is not all that was sent."""
    if photo.is_preview:
        return [_("I could only look at its small preview picture.")]
    if photo.frame is None:
        return []
    if photo.whole_picture:
        looked_at = ngettext(
            "I looked at {count} frame of it.",
            "I looked at {count} frames of it.",
            photo.frame.looked_at,
        )
        return [looked_at.format(count=photo.frame.looked_at)]
    return [_("This is about the frame at {time}.").format(time=_minutes(photo.frame.at_s))]


def _source_in_brief(photo: PhotoVerdict) -> str:
    if photo.is_preview:
        return _("preview picture")
    if photo.frame is None:
        return ""
    return _("frame at {time}").format(time=_minutes(photo.frame.at_s))


def _minutes(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def _said_before(known: Answer | None) -> list[str]:
    """Return a line on the labels of earlier answers to the same picture, if there are any.

    The labels themselves are on the buttons, where they can still change. Who gave them is not
    said: with /mood in a group, somebody else than the photo's sender may read the answer.
    """
    if known is None or not any(face.label for face in known.faces):
        return []
    return [_("I know this one! ✔ marks what I was told.")]


def _album_line(result: PhotoVerdict | str) -> str:
    if isinstance(result, str):
        return f"{_PROBLEM} {result}"
    if result.whole_picture:
        said = no_face_in_brief(result)
    elif len(result.faces) == 1:
        said = verdict(result)
    else:
        said = _several_faces_in_brief(result)
    source = _source_in_brief(result)
    return f"{said} ({source})" if source else said


def _several_faces_in_brief(photo: PhotoVerdict) -> str:
    """Return for example "🤔 Mixed: 5 faces, 3 😊, 2 🤔"."""
    verdicts = [face.verdict for face in photo.faces]
    alike = len(set(verdicts)) == 1
    if photo.verdict is not Verdict.UNSURE:
        mood = mood_name(photo.verdict)
    else:
        mood = _("🤔 Hard to say") if alike else _("🤔 Mixed")
    count = f"{len(verdicts)}+" if photo.more_faces else f"{len(verdicts)}"
    faces = ngettext("{mood}: {count} face", "{mood}: {count} faces", len(verdicts))
    said = faces.format(mood=mood, count=count)
    return said if alike else f"{said}, {mood_counts.in_emoji(verdicts)}"


def _said(label: Label) -> str:
    return {
        Label.HAPPY: choice_button("h"),
        Label.SAD: choice_button("s"),
        Label.NEUTRAL: _("It's 😐 Neutral"),
        Label.NOT_A_FACE: choice_button("n"),
    }[label]


def label_name(label: Label) -> str:
    return _("not a face") if label is Label.NOT_A_FACE else mood_name(label)
