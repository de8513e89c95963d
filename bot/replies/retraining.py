"""What the bot says to admins about retraining, in plain text.

The card with its result is in `bot.replies.retraining_result`.
"""

import time
from collections.abc import Mapping, Sequence

from bot.i18n import StoredMessage, _, ngettext, translated
from bot.replies.retraining_errors import describe_error
from bot.storage.runs import Run, State
from bot.storage.samples import NewSamples
from model.errors import TrainingNotInstalledError
from model.retraining.progress import STAGES, Progress

BAR_LENGTH = 12  # characters
MAX_USERS = 10  # listed with their counts


def offer(new_samples: NewSamples, since: int | None, estimate_s: float) -> str:
    """Say what there is to learn, and ask whether to start.

    Args:
        new_samples: at least one is new.
        since: start of the last retraining, in seconds since 1970; None if there was none.
        estimate_s: estimated duration of this one.
    """
    labels = _("😊 Happy: {happy}, 😢 Sad: {sad}").format(
        happy=new_samples.happy, sad=new_samples.sad
    )
    return "\n".join(
        [
            _what_is_new(new_samples.new, since),
            f"• {labels}",
            f"• {_by_user(new_samples.by_user)}",
            "",
            _("This takes about {duration}. I keep answering photos meanwhile.").format(
                duration=duration(estimate_s)
            ),
        ]
    )


def nothing_new(since: int | None, to_review: int) -> str:
    """Say why there is no need to retrain.

    Args:
        since: start of the last retraining, in seconds since 1970; None if there was none.
        to_review: corrections that do not count yet.
    """
    if since is not None:
        text = _("There is nothing new to learn since {time}.").format(time=clock(since))
    elif to_review:
        text = _("There is nothing to learn from yet.")
    else:
        return _("There is nothing to learn from yet: nobody has called a face happy or sad.")
    if not to_review:
        return text
    waiting = ngettext(
        "{count} correction does not count yet: see /review.",
        "{count} corrections do not count yet: see /review.",
        to_review,
    ).format(count=to_review)
    return f"{text} {waiting}"


def start_button() -> str:
    return _("Start")


def cancel_button() -> str:
    """Label the button that leaves everything as it is."""
    return _("Cancel")


def stop_button() -> str:
    return _("Stop")


def cancelled() -> str:
    return _("OK, nothing was started.")


def running_already() -> str:
    return _("Already retraining. This message shows the progress.")


def running_elsewhere(since: int | None = None) -> str:
    """Say that a retraining is running that this process of the bot did not start.

    Args:
        since: start of that retraining, in seconds since 1970, if it is known.
    """
    if since is None:
        return _("A retraining is already running, started from the command line.")
    return _(
        "A retraining has been running since {time}, and I cannot see how far it is. "
        "I will tell you here how it ends."
    ).format(time=clock(since))


def running_for_another(since: int) -> str:
    """Say that another process of the bot is retraining, which somebody asked for.

    Args:
        since: start of that retraining, in seconds since 1970.
    """
    return _(
        "A retraining has been running since {time}. Whoever started it is told how it ends."
    ).format(time=clock(since))


def nobody_retrains(command: str) -> str:
    """Say that TensorFlow is missing where the bot runs, and what can be done about it.

    Args:
        command: starts a program that retrains for this bot, on the same machine.
    """
    return "\n".join(
        [
            translated(describe_error(TrainingNotInstalledError())),
            _(
                "Or start a program that retrains for me, with the same settings as I have, where "
                "TensorFlow is installed:"
            ),
            command,
            _("Or, if I run with Docker Compose: docker compose --profile retrain up -d"),
            _("Then send /retrain again."),
        ]
    )


def due_but_nobody_retrains(command: str) -> str:
    """Say that a scheduled retraining cannot take place; see `nobody_retrains`."""
    due = _("It is time to retrain as you have set, but nobody can do it.")
    return f"{due} {nobody_retrains(command)}"


def not_running() -> str:
    """Say that there is no retraining to stop."""
    return _("No retraining is running any more.")


def over_already() -> str:
    """Say that the retraining is over that a button would have stopped."""
    return _("This retraining is over.")


def stopping() -> str:
    """Say that a retraining was asked to stop."""
    return _("Stopping …")


def progress(now: Progress) -> str:
    """Say how far a retraining is; one bar stands for all of its steps."""
    if now.stage not in STAGES:
        return _("Learning from the corrections: getting ready …")
    step = _("Step {step} of {steps}: {stage}").format(
        step=STAGES.index(now.stage) + 1, steps=len(STAGES), stage=_stage(now.stage)
    )
    share = now.share or 0.0
    lines = [_("Learning from the corrections"), f"{bar(share)} {percent(share)}", step]
    if now.epoch is not None:
        lines.append(_("Epoch {epoch} of {epochs}").format(epoch=now.done, epochs=now.total))
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
    """Draw a bar of text, filled from the left; `share` is from 0 to 1."""
    full = min(BAR_LENGTH, max(0, round(BAR_LENGTH * share)))
    return "▓" * full + "░" * (BAR_LENGTH - full)


def over() -> str:
    """Replace a progress message that the result card follows."""
    return _("The retraining is over. Here is how it went:")


def percent(share: float, digits: int = 0) -> str:
    # A narrow space that does not break keeps the sign with its number.
    return f"{100 * share:.{digits}f}\u202f%"


def duration(seconds: float) -> str:
    """Format a time to wait, roughly."""
    if seconds < 90:
        return _("{seconds} s").format(seconds=max(1, round(seconds)))
    return _("{minutes} min").format(minutes=round(seconds / 60))


def clock(seconds: int) -> str:
    """Format a moment, in seconds since 1970, as date and time."""
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(seconds))


def nothing_new_to_learn() -> str:
    """Say that a retraining ended at once, as there was nothing to learn."""
    return _("There is nothing new to learn.")


def no_result(run: Run) -> str:
    """Say how a retraining ended that came to no result."""
    if run.state is State.STOPPED:
        return stopped()
    if run.state is State.FAILED:
        return failed(run.reasons)
    begun = _("The retraining of {time} was interrupted.").format(time=clock(run.started_at))
    return "\n".join([begun, *map(translated, run.reasons), _same_as_before()])


def stopped() -> str:
    """Say that a retraining was stopped."""
    return "\n".join([_("The retraining was stopped before it was done."), _same_as_before()])


def failed(reasons: Sequence[StoredMessage]) -> str:
    """Say that a retraining failed, and why."""
    return "\n".join([_("The retraining failed."), *map(translated, reasons), _same_as_before()])


def _same_as_before() -> str:
    return _("The model in use has not changed. /retrain starts again.")


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
    """List how many faces each user labeled; the bot knows no names."""
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
        "gate": _("comparing with the model in use"),
        "packing": _("packing the new version"),
    }[stage]
