"""Every sentence the bot says to its admins about learning from corrections; plain text.

What a retraining came to is in `bot.replies.retraining_result`.
"""

import time
from collections.abc import Mapping, Sequence

from bot.i18n import _, ngettext, translated
from bot.retraining.process import ExitReason, Progress, RetrainExit
from bot.storage.runs import Run, State
from bot.storage.samples import NewSamples
from model.messages import Reason

BAR = 12  # characters
MAX_USERS = 10  # whose counts are listed one by one
_STAGES = ("features", "training", "packing", "gate")


def offer(news: NewSamples, since: int | None, estimate_s: float) -> str:
    """What there is to learn, and so the question whether to.

    Args:
        news: at least one lesson is new.
        since: when the last retraining began, in seconds since 1970; None if there was none.
        estimate_s: how long this one will take.
    """
    labels = _("😊 Happy: {happy}, 😢 Sad: {sad}").format(happy=news.happy, sad=news.sad)
    return "\n".join(
        [
            _what_is_new(news.new, since),
            f"• {labels}",
            f"• {_by_user(news.by_user)}",
            "",
            _("Learning takes about {duration}. I go on answering photos meanwhile.").format(
                duration=duration(estimate_s)
            ),
        ]
    )


def nothing_new(since: int | None) -> str:
    """Why there is no need to retrain.

    Args:
        since: when the last retraining began, in seconds since 1970; None if there was none.
    """
    if since is None:
        return _("There is nothing to learn from yet: nobody has corrected or confirmed me.")
    return _("There is nothing new to learn since {time}.").format(time=clock(since))


def start_button() -> str:
    """The button that starts a retraining."""
    return _("Start")


def cancel_button() -> str:
    """The button that leaves everything as it is."""
    return _("Cancel")


def stop_button() -> str:
    """The button that stops a retraining."""
    return _("Stop")


def cancelled() -> str:
    """After Cancel."""
    return _("All right, nothing was started.")


def running_already() -> str:
    """What somebody is told who wants to start a second one."""
    return _("A retraining is running already. Here is how far it is.")


def running_elsewhere(since: int | None = None) -> str:
    """A retraining runs that was not started by the bot, or not since the bot itself was.

    Args:
        since: when it began, in seconds since 1970, if that is known.
    """
    if since is None:
        return _("A retraining is running already, from the command line.")
    return _(
        "A retraining has been running since {time}, and I cannot see how far it is. "
        "How it ended is told here."
    ).format(time=clock(since))


def not_running() -> str:
    """After Stop on a retraining that is over."""
    return _("No retraining is running any more.")


def stopping() -> str:
    """A retraining was asked to stop."""
    return _("Stopping …")


def progress(now: Progress) -> str:
    """How far a retraining is.

    Args:
        now: what it said last.
    """
    if now.stage not in _STAGES:
        return _("Learning from the corrections: getting ready …")
    step = _("Step {step} of {steps}: {stage}").format(
        step=_STAGES.index(now.stage) + 1, steps=len(_STAGES), stage=_stage(now.stage)
    )
    share = now.done / now.total if now.total else 0.0
    lines = [_("Learning from the corrections"), f"{bar(share)} {percent(share)}", step]
    if now.epoch is not None and now.epochs is not None:
        lines.append(_("Epoch {epoch} of {epochs}").format(epoch=now.epoch, epochs=now.epochs))
    if now.loss is not None and now.accuracy is not None:
        lines.append(
            _("Loss {loss}, accuracy {accuracy}").format(
                loss=f"{now.loss:.3f}", accuracy=percent(now.accuracy, 1)
            )
        )
    if now.eta_s is not None:
        lines.append(_("About {duration} left").format(duration=duration(now.eta_s)))
    return "\n".join(lines)


def bar(share: float) -> str:
    """A bar of text, filled from the left; `share` is from 0 to 1."""
    full = min(BAR, max(0, round(BAR * share)))
    return "▓" * full + "░" * (BAR - full)


def over() -> str:
    """What becomes of a progress message when the result card follows."""
    return _("The retraining is over. Here is how it went:")


def percent(share: float, digits: int = 0) -> str:
    """A share as a percentage."""
    # A narrow space that does not break keeps the sign with its number.
    return f"{100 * share:.{digits}f}\u202f%"


def duration(seconds: float) -> str:
    """A time to wait, roughly."""
    if seconds < 90:
        return _("{seconds} s").format(seconds=max(1, round(seconds)))
    return _("{minutes} min").format(minutes=round(seconds / 60))


def clock(seconds: int) -> str:
    """A moment, in seconds since 1970, as date and time."""
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(seconds))


def ended(how: RetrainExit) -> str:
    """A retraining ended before it had begun to learn."""
    if how.how is ExitReason.NOTHING_NEW:
        return _("There is nothing new to learn.")
    if how.how is ExitReason.ANOTHER_RUNS:
        return running_elsewhere()
    return _stopped() if how.how is ExitReason.STOPPED else _failed([Reason(how.reason)])


def fate(run: Run) -> str:
    """What became of a retraining that came to no result.

    Args:
        run: that is over.
    """
    if run.state is State.STOPPED:
        return _stopped()
    if run.state is State.FAILED:
        return _failed(run.reasons)
    begun = _("The retraining of {time} was interrupted.").format(time=clock(run.started_at))
    return "\n".join([begun, *map(translated, run.reasons), _same_as_before()])


def _stopped() -> str:
    return "\n".join([_("The retraining was stopped before it was done."), _same_as_before()])


def _failed(reasons: Sequence[Reason]) -> str:
    return "\n".join([_("The retraining failed."), *map(translated, reasons), _same_as_before()])


def _same_as_before() -> str:
    return _("The model that serves is the same as before. /retrain starts anew.")


def _what_is_new(count: int, since: int | None) -> str:
    if since is None:
        return ngettext(
            "There is {count} face to learn from.", "There are {count} faces to learn from.", count
        ).format(count=count)
    return ngettext(
        "There is {count} new face to learn from since {time}.",
        "There are {count} new faces to learn from since {time}.",
        count,
    ).format(count=count, time=clock(since))


def _by_user(counts: Mapping[int, int]) -> str:
    """Who said how much; the bot knows no names."""
    listed = ", ".join(
        _("{count} by {user}").format(count=count, user=user)
        for user, count in list(counts.items())[:MAX_USERS]
    )
    text = ngettext("{users} user: {counts}", "{users} users: {counts}", len(counts))
    rest = ", …" if len(counts) > MAX_USERS else ""
    return text.format(users=len(counts), counts=listed + rest)


def _stage(stage: str) -> str:
    return {
        "features": _("looking at the faces"),
        "training": _("training"),
        "gate": _("comparing with the model that serves"),
        "packing": _("packing the new version"),
    }[stage]
