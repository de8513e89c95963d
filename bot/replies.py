"""Every sentence the bot says about photos, corrections included.

What it says about people's own data is in `bot.account_replies`; the pictures' own faults are
worded in `model.errors`. All of it is plain text, so nothing in it has to be escaped.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from bot.errors import (
    DownloadError,
    ForgottenError,
    NotYoursError,
    QueueFullError,
    StorageError,
    StrangeButtonError,
    TooLateError,
)
from bot.storage.photos import Answer, Label
from model.errors import ImageError
from model.labels import Verdict, leaning_of
from model.verdicts import Explanation, FaceVerdict, PhotoVerdict

LONGEST_CAPTION = 1024  # UTF-16 code units, which is how Telegram counts

START = (
    "Hi! Send me a photo, and I will find the faces in it and tell you how happy 😊 or sad 😢 "
    "each one looks.\n\n"
    "Albums and picture files are fine, too. /help tells you more."
)
HELP = (
    "Send me a photo, a picture file (JPEG, PNG, WebP, HEIC or GIF, up to 20 MB) or an album, "
    "and I answer with the mood in it.\n\n"
    "• One face: I tell you Happy or Sad, and how sure I am.\n"
    "• Several faces: your photo comes back with a numbered box around each.\n"
    "• No face: I judge the picture as a whole.\n"
    "• In a group: write /mood into the caption of a photo, or reply /mood to one.\n\n"
    "I can be wrong: I only see a face, not a person. Tap a button under my answer to correct me."
    "\n\n"
    "I look at a picture once and do not keep it, only a small cut-out of each face for a while. "
    "/privacy tells you more."
)
COMMANDS = (
    ("start", "What this bot does"),
    ("help", "How to use it"),
    ("mystats", "How often I was right"),
    ("mydata", "Get all I keep about you"),
    ("forget", "Erase all I keep about you"),
    ("privacy", "What I keep, and for how long"),
)
GROUP_COMMANDS = (("mood", "Judge the photo you reply to"),)

SEND_A_PHOTO = (
    "Send me a photo, and I will tell you how happy or sad it looks. /help tells you more."
)
MOOD_NEEDS_A_PHOTO = "Reply to a photo with /mood, or just send me one."
# By the name of the message's field, in the order in which they are looked for.
NOT_A_PICTURE = {
    "sticker": "Nice sticker! I can only judge photos, though. Send me one?",
    "animation": "I cannot watch animations yet, only look at still pictures. Send me a photo?",
    "video": "I cannot watch videos, only look at still pictures. Send me a photo of the moment?",
    "video_note": "I cannot watch videos, only look at still pictures. Send me a photo?",
    "voice": "I cannot listen, only look. Send me a photo?",
    "audio": "I cannot listen, only look. Send me a photo?",
    "document": (
        "I cannot judge this kind of file. "
        "Send me a photo, or a picture file such as JPEG, PNG, WebP, HEIC or GIF."
    ),
}

BUSY = "I have my hands full right now. Please send this photo again in a moment."
NOT_DOWNLOADED = "Telegram did not give me this photo. Please send it again."
APOLOGY = "Sorry, something went wrong on my side. Please try again in a moment."

# What each button offers, by its action in `bot.buttons`.
CHOICE_BUTTONS = {"r": "👍 Right", "h": "It's 😊 Happy", "s": "It's 😢 Sad", "n": "Not a face"}
UNDO_BUTTON = "Undo"
BACK_BUTTON = "‹ Back"
TAKEN_BACK = "Taken back. What is it, then?"
NOT_STORED = "I could not write that down just now. Please try again in a moment."
_REFUSALS: dict[type[Exception], str] = {
    StorageError: NOT_STORED,
    NotYoursError: "Only the person who sent this photo can correct me here.",
    TooLateError: "That was too long ago: I no longer have this face. Send me the photo again?",
    ForgottenError: "I know nothing about this photo any more. Send it again?",
    StrangeButtonError: "I do not know this button. Send me the photo again?",
}
_LABELS = {Label.HAPPY: "😊 Happy", Label.SAD: "😢 Sad", Label.NOT_A_FACE: "not a face"}

_FACES = {Verdict.HAPPY: "😊", Verdict.SAD: "😢", Verdict.UNSURE: "🤔"}
_WORDS = {Verdict.HAPPY: "happy", Verdict.SAD: "sad", Verdict.UNSURE: "not sure"}
_MOODS = {Verdict.HAPPY: "😊 Happy", Verdict.SAD: "😢 Sad"}
_NO_FACE = "I found no face, so I judged the picture as a whole."
_PROBLEM = "⚠️"


def percent(confidence: float) -> str:
    """A confidence in words; never 100 %, for nobody is that sure of a mood.

    Args:
        confidence: 0.5 to 1.
    """
    # A narrow space that does not break keeps the sign with its number.
    return f"{min(99, round(100 * confidence))}\u202f%"


def verdict(judged: PhotoVerdict | FaceVerdict | Explanation) -> str:
    """The mood and how sure it is, in one line."""
    if judged.verdict is Verdict.UNSURE:
        leaning = _MOODS[leaning_of(judged.probability_happy)]
        return f"🤔 Not sure. It leans towards {leaning}, {percent(judged.confidence)}."
    return f"{_MOODS[judged.verdict]}, {percent(judged.confidence)} sure"


def leaning(judged: Explanation) -> str:
    """The likelier mood alone, be it sure or not."""
    return _MOODS[leaning_of(judged.probability_happy)]


def answer(photo: PhotoVerdict, known: Answer | None = None) -> str:
    """The answer to a photo with one face or none.

    Args:
        photo: what the model says.
        known: the answer as it is stored; it may hold what people said to an earlier one.
    """
    lines = [verdict(photo)] if photo.whole_picture else [verdict(photo.faces[0])]
    if photo.whole_picture:
        lines.append(_NO_FACE)
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
    lines = [f"{len(faces)} faces: {_counted(face.verdict for face in faces)}"]
    lines += [f"{number}. {verdict(face)}" for number, face in enumerate(faces, 1)]
    kept = len(lines)
    while True:
        left_out = len(lines) - kept
        rest = [f"… and {left_out} more"] if left_out else []
        text = "\n".join(lines[:kept] + rest + noted)
        if _length(text) <= LONGEST_CAPTION:
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
    if len(photos) < len(results):
        parts.append(f"{len(results) - len(photos)} {_PROBLEM} not judged")
    lines = [f"{len(results)} pictures: {', '.join(parts)}"]
    lines += [f"{number}. {_album_line(result)}" for number, result in enumerate(results, 1)]
    return "\n".join(lines + _noted_before(known))


def number_button(number: int, noted: bool) -> str:
    """The button of a face or a picture, numbered as in the answer, from 1."""
    return f"✔ {number}" if noted else str(number)


def noted_button(label: Label) -> str:
    """The button that shows what was noted about a face."""
    return f"✔ {noted(label)}"


def noted(label: Label) -> str:
    """What was noted about a face, in a few words."""
    return f"noted as {_LABELS[label]}"


def thanks(label: Label | None) -> str:
    """What is shown for a moment after a tap; None: what was said is taken back."""
    return TAKEN_BACK if label is None else f"Noted as {_LABELS[label]}. Thank you!"


def refusal(error: Exception) -> str:
    """Why a tap or a request about stored data is not followed; at most 200 characters."""
    return _REFUSALS.get(type(error), APOLOGY)


def reason(error: BaseException) -> str:
    """Why a photo gets no verdict, as its sender is told."""
    if isinstance(error, ImageError):
        return str(error)
    if isinstance(error, QueueFullError):
        return BUSY
    if isinstance(error, DownloadError):
        return NOT_DOWNLOADED
    return APOLOGY


def _noted_before(known: Answer | None) -> list[str]:
    """A line on what people said to an earlier answer about the same picture, if they did."""
    labels = [face.label for face in known.faces if face.label] if known else []
    if not labels:
        return []
    if known and len(known.faces) == 1:
        return [f"You have shown me this before: {noted(labels[0])}."]
    return ["You have shown me this before; ✔ marks what was noted."]


def _album_line(result: PhotoVerdict | str) -> str:
    if isinstance(result, str):
        return f"{_PROBLEM} {result}"
    if result.whole_picture:
        return f"{verdict(result)} (no face, judged as a whole)"
    if len(result.faces) > 1:
        faces = f"{len(result.faces)} faces, {_counted(face.verdict for face in result.faces)}"
        return f"{verdict(result)} ({faces})"
    return verdict(result)


def _counted(verdicts: Iterable[Verdict]) -> str:
    counts = Counter(verdicts)
    return ", ".join(
        f"{counts[kind]} {_FACES[kind]} {_WORDS[kind]}" for kind in _FACES if counts[kind]
    )


def _length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
