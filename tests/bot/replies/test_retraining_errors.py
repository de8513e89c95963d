import errno
from pathlib import Path

import pytest

from bot.errors import RetrainingTimeoutError, StorageError
from bot.i18n import in_language, translated
from bot.replies.retraining_errors import describe_error
from model.errors import ModelDamagedError, NoReplayError, TooFewSamplesError


@pytest.mark.parametrize(
    ("error", "english", "german"),
    [
        (StorageError("{locked}"), "database cannot be used: {locked}", "Datenbank lässt sich"),
        (
            RetrainingTimeoutError(90.0),
            "not done after 90 minutes. BOT",
            "nach 90 min nicht fertig",
        ),
        (TooFewSamplesError(3), "learn from: 3 so far", "bisher 3"),
        (TooFewSamplesError(1, 7), "7 faces, but nearly the same picture", "7 Gesichter, aber"),
        (
            NoReplayError("first", Path("/models/first/replay.npz")),
            "Model first in /models/first has no replay.npz",
            "Das Modell first in /models/first hat keine replay.npz",
        ),
        (OSError(errno.ENOSPC, "no"), "The disk is full. Make room", "Die Festplatte ist voll."),
        (FileNotFoundError("gone"), "A file cannot be used: gone", "Eine Datei lässt sich"),
        (MemoryError(), "There is not enough memory.", "Der Arbeitsspeicher reicht nicht."),
        (
            KeyError("x"),
            "unexpected happened: KeyError. The log",
            "Unerwartetes passiert: KeyError",
        ),
        # What only who knows the files can do something about has no translation.
        (ModelDamagedError("{x} is no model"), "{x} is no model", "{x} is no model"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_each_error_is_described_in_english_and_german(
    error: Exception, english: str, german: str
) -> None:
    reason = describe_error(error)
    assert english in str(reason)
    assert english in translated(reason)
    with in_language("de"):
        assert german in translated(reason)
