"""Texts for admins about figures and exports, and the names of their commands."""

from dataclasses import dataclass

from bot.i18n import _, ngettext
from bot.storage.labels import Label
from bot.storage.statistics import Overview


@dataclass(frozen=True, slots=True)
class PlotTexts:
    """Titles and labels in the plot of /stats, short enough for a phone."""

    photos: str
    over_time: str
    by_model: str
    reliability: str
    confidence: str  # label of the axis
    honest: str  # the diagonal, where confidence equals accuracy
    people: str
    nothing: str


def commands() -> list[tuple[str, str]]:
    """Return the additional commands in admins' menus, with their descriptions."""
    return [
        ("stats", _("Statistics")),
        ("review", _("Review corrections")),
        ("export", _("Get the labelled faces for training")),
        ("retrain", _("Learn from the corrections")),
        ("models", _("Model versions, and which one is in use")),
    ]


def explanation() -> str:
    """Name the additional commands of admins, for their /help."""
    lines = [f"/{name} – {description}" for name, description in commands()]
    return "\n".join([_("You are an admin of this bot, so you can also send me:"), *lines])


def nothing_yet() -> str:
    return _("Nobody has sent me a photo yet, so there is nothing to count.")


def statistics(overview: Overview, today: int, days: int) -> str:
    """Return the caption of the plot.

    Args:
        overview: the figures.
        today: in days since 1970, UTC.
        days: number of days whose photos are shown.
    """
    lines = [_sent(overview, today, days), _labels(overview)]
    sure = [group for group in overview.checked if group.sure]
    if sure:
        checked, right = sum(group.count for group in sure), sum(group.right for group in sure)
        lines += [
            _was_right(right, checked),
            _("Keep in mind: people tap more often when I am wrong."),
        ]
    return "\n".join(lines)


def nothing_to_export() -> str:
    return _("No labelled faces to export yet.")


def exported(counts: dict[Label, int]) -> str:
    """Return the caption of a file of labelled faces.

    Args:
        counts: number of faces in it.
    """
    return _(
        "{happy} happy, {sad} sad. Unpack all files into one folder, then: "
        "photo-mood train FOLDER --crops"
    ).format(happy=counts.get(Label.HAPPY, 0), sad=counts.get(Label.SAD, 0))


def plot_texts() -> PlotTexts:
    return PlotTexts(
        photos=_("Photos a day"),
        over_time=_("How often I was right when sure"),
        by_model=_("The same by model"),
        reliability=_("Confidence and accuracy"),
        confidence=_("confidence"),
        honest=_("ideal"),
        people=_("as people say"),
        nothing=_("no corrections yet"),
    )


def _sent(overview: Overview, today: int, days: int) -> str:
    photos = ngettext("{count} photo", "{count} photos", overview.photos)
    people = ngettext("{count} person", "{count} people", overview.users)
    return _(
        "On record: {photos} from {people}, {today} today, {recent} in the last {days} days."
    ).format(
        photos=photos.format(count=overview.photos),
        people=people.format(count=overview.users),
        today=overview.photos_by_day.get(today, 0),
        recent=sum(overview.photos_by_day.values()),
        days=days,
    )


def _labels(overview: Overview) -> str:
    labels = {label.value: overview.labels.get(label, 0) for label in Label}
    taps = ngettext("{count} correction", "{count} corrections", overview.corrections)
    return _(
        "{taps} so far; currently labelled: {happy} happy, {sad} sad, {neutral} neutral, "
        "{not_a_face} not a face."
    ).format(taps=taps.format(count=overview.corrections), **labels)


def _was_right(right: int, checked: int) -> str:
    return _(
        "When I was sure and the answer is known, I was right {right} out of {checked} times "
        "({share}\u202f%)."
    ).format(right=right, checked=checked, share=round(100 * right / checked))
