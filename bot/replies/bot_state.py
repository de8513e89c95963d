"""How the bot itself is doing, for admins: a few lines that fit under the picture of /stats."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from bot.i18n import _, ngettext
from bot.logs import NotedError
from bot.replies.retraining import clock

MAX_ERROR = 100  # UTF-16 code units


@dataclass(frozen=True, slots=True, kw_only=True)
class BotState:
    """The state of a bot at one moment.

    Attributes:
        version: of the bot.
        model: the version of the model that the next photo gets.
        running_s: seconds since the start.
        photos: that are downloaded, judged or wait for that.
        updates: that are not handled yet, without the one that is answered with this.
        oldest_s: how long the oldest of them has waited, in seconds.
        answers_s: how many seconds each of the latest answers took.
        free_bytes: on the disk of the data folder.
        errors: the latest errors in the log, oldest first.
        error_count: number of all errors since the start.
    """

    version: str
    model: str
    running_s: float
    photos: int
    updates: int
    oldest_s: float
    answers_s: Sequence[float]
    free_bytes: int
    errors: Sequence[NotedError]
    error_count: int


def bot_state(state: BotState) -> str:
    """Say how the bot is doing."""
    lines = [
        _("Running time: {time}, version {version}, model {model}").format(
            time=_running_time(state.running_s), version=state.version, model=state.model
        ),
        _waiting(state),
        _answer_times(state.answers_s),
        _("Free disk space: {size} GB").format(size=f"{state.free_bytes / 1e9:.1f}"),
        *_errors(state),
    ]
    return "\n".join(lines)


def _running_time(seconds: float) -> str:
    minutes = int(seconds // 60)
    if minutes < 60:
        return _("{minutes} min").format(minutes=minutes)
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return _("{hours} h {minutes} min").format(hours=hours, minutes=minutes)
    days, hours = divmod(hours, 24)
    return _("{days} d {hours} h").format(days=days, hours=hours)


def _waiting(state: BotState) -> str:
    if not state.photos and not state.updates:
        return _("Nothing is waiting.")
    photos = ngettext("{count} photo", "{count} photos", state.photos)
    updates = ngettext("{count} update", "{count} updates", state.updates)
    return _("In the queue: {photos}; in the inbox: {updates}, the oldest for {seconds} s").format(
        photos=photos.format(count=state.photos),
        updates=updates.format(count=state.updates),
        seconds=round(state.oldest_s),
    )


def _answer_times(answers_s: Sequence[float]) -> str:
    if not answers_s:
        return _("No answers since the start")
    times = sorted(answers_s)
    return _(
        "Answer times: half up to {median} s, 19 of 20 up to {slow} s (latest: {count})"
    ).format(
        median=f"{_percentile(times, 0.5):.1f}",
        slow=f"{_percentile(times, 0.95):.1f}",
        count=len(times),
    )


def _percentile(times: Sequence[float], share: float) -> float:
    """Return the shortest of the sorted times that this share does not exceed (nearest rank)."""
    return times[ceil(share * len(times)) - 1]


def _errors(state: BotState) -> list[str]:
    if not state.errors:
        return [_("No errors since the start")]
    return [
        _("Errors since the start: {count}. The latest, from the log:").format(
            count=state.error_count
        ),
        *(f"• {clock(int(error.at))}: {_shortened(error.text)}" for error in state.errors),
    ]


def _shortened(text: str) -> str:
    # Telegram counts UTF-16 code units, of two bytes each.
    units = text.encode("utf-16-le", "replace")
    if len(units) <= 2 * MAX_ERROR:
        return text
    return f"{units[: 2 * MAX_ERROR - 2].decode('utf-16-le', 'ignore')}…"
