"""Why a retraining came to no result, in words for admins that are stored with the run."""

import errno

from bot.errors import BotError, RetrainingTimeoutError, StorageError
from bot.i18n import N_, StoredMessage
from model.errors import (
    MoodError,
    NoReplayError,
    TooFewSamplesError,
    TrainingNotInstalledError,
)

# Not said any more, but stored with runs of earlier versions, when the script had another name.
_NO_REPLAY_BEFORE = N_(
    "Model {version} in {folder} has no {file}, which retraining needs. Make it with "
    "python -m scripts.replay."
)


_ACTIVE_VERSION_CHANGED = N_(
    "Meanwhile {serving} was put into service instead of {parent}, which this one was "
    "compared with."
)

# Stored with a request; see `bot.retraining.remote`.
WATCHER_GONE = N_(
    "The program that retrains, photo-mood retrain --watch, has not been heard of for half a "
    "minute: it was killed, or its machine is off. Start it again."
)


def describe_error(error: Exception) -> StoredMessage:
    """Say what an error that ended a retraining means, and what to do about it."""
    if message := _describe_own(error):
        return message
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StoredMessage(N_("The disk is full. Make room, then start again."))
    if isinstance(error, OSError):
        return StoredMessage(N_("A file cannot be used: {error}"), {"error": str(error)})
    if isinstance(error, MemoryError):
        return StoredMessage(N_("There is not enough memory."))
    text = N_("Something unexpected happened: {error}. The log says more.")
    return StoredMessage(text, {"error": type(error).__name__})


def is_expected(error: Exception) -> bool:
    """Return whether the words of `describe_error` say all there is to say about an error."""
    return isinstance(error, BotError | MoodError | OSError | MemoryError)


def _describe_own(error: Exception) -> StoredMessage | None:
    """Word an error that `bot` or `model` raises on purpose."""
    if isinstance(error, RetrainingTimeoutError):
        text = N_(
            "It was not done after {minutes} minutes. BOT_RETRAIN_MINUTES allows it more, "
            "BOT_RETRAIN_THREADS makes it faster."
        )
        return StoredMessage(text, {"minutes": f"{error.minutes:g}"})
    if isinstance(error, TooFewSamplesError) and error.given > error.count:
        text = N_(
            "There are too few different pictures to learn from. So far there are {given} faces, "
            "but nearly the same picture counts once, and not at all if people disagree on it. "
            "Correct or confirm some more and try again."
        )
        return StoredMessage(text, {"given": str(error.given)})
    if isinstance(error, TooFewSamplesError):
        text = N_(
            "There are too few corrections to learn from: {count} so far, and a fifth of all is "
            "only measured with. Collect some more and try again."
        )
        return StoredMessage(text, {"count": str(error.count)})
    if isinstance(error, NoReplayError):
        text = N_(
            "Model {version} in {folder} has no {file}, which retraining needs. Make it with "
            "python -m scripts.build_replay."
        )
        file = error.file
        values = {"version": error.version, "folder": str(file.parent), "file": file.name}
        return StoredMessage(text, values)
    if isinstance(error, TrainingNotInstalledError):
        text = N_(
            "Retraining needs TensorFlow, which is not installed here. Install it with: {command}"
        )
        return StoredMessage(text, {"command": error.command})
    if isinstance(error, StorageError):
        return StoredMessage(N_("The database cannot be used: {error}"), {"error": str(error)})
    if isinstance(error, MoodError | BotError):
        return StoredMessage(str(error))
    return None


def killed_before_result() -> StoredMessage:
    """Word the end of a run that has no result."""
    return StoredMessage(N_("It was killed, or the power went, before it came to a result."))


def killed_before_stored() -> StoredMessage:
    """Word the end of a run whose version is not in the registry."""
    text = N_("It was killed, the power went, or the disk was full, before its result was stored.")
    return StoredMessage(text)


def killed_before_promoted() -> StoredMessage:
    """Word the end of a run whose version passed the gate but was not promoted."""
    text = N_(
        "It was killed, or the power went, before its version was put into service, although it "
        "had passed; that can be done by hand."
    )
    return StoredMessage(text)


def active_version_changed(active: str, parent: str) -> StoredMessage:
    """Say that the new version was not compared with the active one."""
    return StoredMessage(_ACTIVE_VERSION_CHANGED, {"serving": active, "parent": parent})


def is_active_version_changed(reason: StoredMessage) -> bool:
    """Return whether a reason is that of `active_version_changed`."""
    return reason.text == _ACTIVE_VERSION_CHANGED
