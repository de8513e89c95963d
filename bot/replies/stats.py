"""Every sentence the bot says to its admins; plain text, too."""

from dataclasses import dataclass

from bot.i18n import _, ngettext
from bot.storage.answers import Label
from bot.storage.statistics import Overview


@dataclass(frozen=True, slots=True)
class PlotTexts:
    """What is written into the picture of /stats; short, for a phone's width."""

    photos: str
    over_time: str
    by_model: str
    reliability: str
    confidence: str  # under the axis
    honest: str  # the line on which what is said is true
    people: str
    nothing: str


def commands() -> list[tuple[str, str]]:
    """The commands that the menu of admins has in addition, each with its description."""
    return [
        ("stats", _("How the bot is doing")),
        ("review", _("Decide about corrections")),
        ("export", _("Get the labelled faces, to train on")),
        ("retrain", _("Learn from the corrections")),
        ("models", _("The versions of the model, and which serves")),
    ]


def nothing_yet() -> str:
    """The answer to /stats while there is nothing to count."""
    return _("Nobody has sent me a photo yet. As soon as somebody does, I have something to count.")


def statistics(found: Overview, today: int, days: int) -> str:
    """The caption under the picture.

    Args:
        found: what was counted.
        today: in days since 1970, UTC.
        days: that the picture shows the photos of.
    """
    lines = [_sent(found, today, days), _said(found)]
    sure = [one for one in found.checked if one.sure]
    if sure:
        checked, right = sum(one.count for one in sure), sum(one.right for one in sure)
        lines += [_was_right(right, checked), _("Mind that people tap more often when I am wrong.")]
    return "\n".join(lines)


def nothing_to_export() -> str:
    """The answer to /export while there is no face with a label that counts."""
    return _("There is no face yet of which I know for certain what it shows.")


def exported(counts: dict[Label, int]) -> str:
    """The caption under a file of labelled faces.

    Args:
        counts: of the faces in it.
    """
    return _(
        "{happy} happy, {sad} sad. Unpack all files into one folder, then: "
        "python -m scripts.train FOLDER --crops"
    ).format(happy=counts.get(Label.HAPPY, 0), sad=counts.get(Label.SAD, 0))


def plot_texts() -> PlotTexts:
    """The words of the picture."""
    return PlotTexts(
        photos=_("Photos a day"),
        over_time=_("How often I was right when sure"),
        by_model=_("The same by model"),
        reliability=_("Confidence and truth"),
        confidence=_("confidence"),
        honest=_("honest"),
        people=_("as people say"),
        nothing=_("no corrections yet"),
    )


def _sent(found: Overview, today: int, days: int) -> str:
    photos = ngettext("{count} photo", "{count} photos", found.photos)
    people = ngettext("{count} person", "{count} people", found.users)
    return _(
        "{photos} of {people} in my records: {today} today, {recent} in the last {days} days."
    ).format(
        photos=photos.format(count=found.photos),
        people=people.format(count=found.users),
        today=found.photos_by_day.get(today, 0),
        recent=sum(found.photos_by_day.values()),
        days=days,
    )


def _said(found: Overview) -> str:
    labels = [found.labels.get(label, 0) for label in Label]
    taps = ngettext("{count} correction", "{count} corrections", found.corrections)
    return _(
        "{taps} so far; what stands now: {happy} happy, {sad} sad, {no_face} not a face."
    ).format(
        taps=taps.format(count=found.corrections), happy=labels[0], sad=labels[1], no_face=labels[2]
    )


def _was_right(right: int, checked: int) -> str:
    return _(
        "Where I was sure and we know the mood, I was right {right} out of {checked} times "
        "({share}\u202f%)."
    ).format(right=right, checked=checked, share=round(100 * right / checked))
