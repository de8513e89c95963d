"""How many faces or photos have which mood, in words or, where these would be many, in emoji."""

from collections import Counter
from collections.abc import Iterable, Sequence

from bot.i18n import _, ngettext
from model.network.verdict import Verdict

_EMOJI = {Verdict.HAPPY: "😊", Verdict.SAD: "😢", Verdict.NEUTRAL: "😐", Verdict.UNSURE: "🤔"}


def faces_in_words(verdicts: Sequence[Verdict]) -> str:
    """Return for example "5 faces: 4 😊 happy, 1 I am not sure about".

    Args:
        verdicts: of two or more faces.
    """
    if len(set(verdicts)) == 1:
        return _all_alike(verdicts[0], len(verdicts))
    counts = Counter(verdicts)
    happy, sad, neutral, unsure = (counts[verdict] for verdict in _EMOJI)
    parts = (
        (happy, ngettext("{count} 😊 happy", "{count} 😊 happy", happy)),
        (sad, ngettext("{count} 😢 sad", "{count} 😢 sad", sad)),
        (neutral, ngettext("{count} 😐 neutral", "{count} 😐 neutral", neutral)),
        (unsure, ngettext("{count} I am not sure about", "{count} I am not sure about", unsure)),
    )
    return _faces(
        len(verdicts), ", ".join(part.format(count=count) for count, part in parts if count)
    )


def faces_and_exceptions(verdicts: Sequence[Verdict]) -> str:
    """Return for example "24 faces: 22 😊, 2 🤔 (6, 13)": the numbers of all but the commonest.

    Args:
        verdicts: of two or more faces, in the order of their numbers.
    """
    if len(set(verdicts)) == 1:
        return _all_alike(verdicts[0], len(verdicts))
    counts = Counter(verdicts)
    numbers: dict[Verdict, list[str]] = {}
    for index in exceptions(verdicts):
        numbers.setdefault(verdicts[index], []).append(str(index + 1))
    parts = [
        " ".join([str(counts[verdict]), emoji, *_in_brackets(numbers.get(verdict, []))])
        for verdict, emoji in _EMOJI.items()
        if counts[verdict]
    ]
    return _faces(len(verdicts), ", ".join(parts))


def exceptions(verdicts: Sequence[Verdict]) -> list[int]:
    """Return the indices of all verdicts but the commonest.

    Of equally common ones, the first of happy, sad and neutral is taken for the commonest.
    """
    counts = Counter(verdicts)
    commonest = max(_EMOJI, key=lambda verdict: counts[verdict])
    return [index for index, verdict in enumerate(verdicts) if verdict is not commonest]


def in_emoji(verdicts: Iterable[Verdict]) -> str:
    """Return for example "4 😊, 1 😢, 5 🤔"."""
    counts = Counter(verdicts)
    return ", ".join(
        f"{counts[verdict]} {emoji}" for verdict, emoji in _EMOJI.items() if counts[verdict]
    )


def _in_brackets(numbers: Sequence[str]) -> list[str]:
    return [f"({', '.join(numbers)})"] if numbers else []


def _faces(count: int, moods: str) -> str:
    sentence = ngettext("{count} face: {moods}", "{count} faces: {moods}", count)
    return sentence.format(count=count, moods=moods)


def _all_alike(verdict: Verdict, count: int) -> str:
    both = {
        Verdict.HAPPY: _("2 faces, both 😊 happy"),
        Verdict.SAD: _("2 faces, both 😢 sad"),
        Verdict.NEUTRAL: _("2 faces, both 😐 neutral"),
        Verdict.UNSURE: _("2 faces, and I am not sure about either 🤔"),
    }
    every = {
        Verdict.HAPPY: ngettext("{count} face, 😊 happy", "{count} faces, all 😊 happy", count),
        Verdict.SAD: ngettext("{count} face, 😢 sad", "{count} faces, all 😢 sad", count),
        Verdict.NEUTRAL: ngettext(
            "{count} face, 😐 neutral", "{count} faces, all 😐 neutral", count
        ),
        Verdict.UNSURE: ngettext(
            "{count} face, and I am not sure about it 🤔",
            "{count} faces, and I am not sure about any 🤔",
            count,
        ),
    }
    return both[verdict] if count == 2 else every[verdict].format(count=count)
