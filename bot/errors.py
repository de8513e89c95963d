"""The errors that `bot` raises.

BotError
├── SettingsError               the settings cannot be used; `str(error)` is for the operator
├── StuckWorkersError           the process has to be restarted; `str(error)` is for the operator
├── RejectedTokenError          Telegram does not accept the token; `str(error)` is for the operator
├── ListenError                 nothing can be received at a local address; the same
├── BackupError                 no backup was made or restored; `str(error)` is for the operator
├── CopyError                   no database was copied; `str(error)` is for the operator
├── StorageError                the database cannot be used; nothing was stored
│   ├── StorageBusyError            the database is locked; another attempt may succeed
│   └── DiskError                   the disk is full or damaged
├── UserErasedError             nothing was stored, because the user erased their data meanwhile
├── TakenOverError              nothing was stored, because another replica handles the update now
├── AnsweredBeforeError         nothing was stored, because the question was answered before
├── RetrainingError             a retraining run has no result; the model stays as it is
│   ├── RetrainingStoppedError      somebody stopped it
│   └── RetrainingTimeoutError      it took longer than allowed
├── NobodyRetrainsError         nothing is there that could retrain; admins are told what to start
├── PhotoRefusedError           a photo is not judged now; the sender is told why
│   ├── QueueFullError              too many photos are waiting
│   ├── PhotoLimitError             the sender has used up the quota for today
│   └── DownloadError               Telegram did not hand over the file
│       └── FileTooLargeError           Telegram never will, because it is too large
└── TapRefusedError             a tap on a button changes nothing; the user is told why
    ├── UnknownButtonError          the bot has no such button
    ├── AnswerNotFoundError         the answer is not in the database (any more)
    ├── NotYoursError               the photo is somebody else's
    ├── CorrectionLimitError        the user has used up the quota for today
    └── FaceExpiredError            the crop of the face is no longer kept

For pictures that cannot be used, see `model.errors.ImageError`.
"""


class BotError(Exception):
    """Base class of all errors of this package."""


class SettingsError(BotError):
    """A setting is missing or wrong; the message says which one, and how to correct it."""


class RejectedTokenError(BotError):
    """Telegram does not know the token."""

    def __init__(self) -> None:
        super().__init__(
            "Telegram does not accept the token in TELEGRAM_BOT_TOKEN.\n"
            "Send /mybots to @BotFather to see your bot's token, and check that TELEGRAM_API_URL "
            "is the address of a Bot API server."
        )


class StuckWorkersError(BotError):
    """Several photos are judged without an end, and a thread can only be ended with its process."""

    def __init__(self) -> None:
        super().__init__(
            "Several photos are judged without an end, so the bot ends. Start it again: "
            "whatever waits is answered then."
        )


class ListenError(BotError):
    """The bot cannot listen for requests.

    Args:
        address: the local address.
        reason: the operating system's words.
        setting: the setting that names the address.
    """

    def __init__(self, address: str, reason: str, setting: str) -> None:
        super().__init__(
            f"The bot cannot listen on {address}: {reason}. "
            f"Set {setting} to a free address of this machine, or stop the other program."
        )


class PhotoRefusedError(BotError):
    """A photo is not judged, for a reason other than the picture itself."""


class QueueFullError(PhotoRefusedError):
    """Too many photos are waiting, in all or of one person.

    Args:
        ahead: photos that would be judged before this one.
        again_in_s: estimated seconds until they are judged.
    """

    def __init__(self, ahead: int, again_in_s: int) -> None:
        super().__init__(f"{ahead} photos are waiting before this one")
        self.ahead = ahead
        self.again_in_s = again_in_s


class PhotoLimitError(PhotoRefusedError):
    """A user asked for more photos in one day than the settings allow.

    Args:
        limit: photos allowed per day.
        again_in_s: seconds until the next day.
    """

    def __init__(self, limit: int, again_in_s: int) -> None:
        super().__init__(f"more than {limit} photos of one user today")
        self.limit = limit
        self.again_in_s = again_in_s


class DownloadError(PhotoRefusedError):
    """Telegram did not hand over the file."""


class FileTooLargeError(DownloadError):
    """The file is larger than a bot may download, which its message did not say."""


class StorageError(BotError):
    """The database cannot be used; nothing was stored."""


class StorageBusyError(StorageError):
    """The database is locked by another connection; another attempt may succeed."""


class NewerSchemaError(StorageError):
    """A newer version of the bot made the database."""


class DiskError(StorageError):
    """The database's disk is full, or it is damaged."""


class BackupError(BotError):
    """A backup cannot be made or restored; nothing has changed."""


class CopyError(BotError):
    """A database cannot be copied to another one; nothing has changed."""


class UserErasedError(BotError):
    """The user erased their data after the update came in, so nothing of it was stored."""


class TakenOverError(BotError):
    """Nothing was stored, because another replica handles the update now; nobody is answered."""

    def __init__(self) -> None:
        super().__init__("another replica handles the update now")


class AnsweredBeforeError(BotError):
    """Nothing was stored, because the question was answered, for example before a restart."""

    def __init__(self) -> None:
        super().__init__("the question was answered before")


class RetrainingError(BotError):
    """A retraining run has no result; the model stays as it is."""


class RetrainingStoppedError(RetrainingError):
    """Somebody stopped the run."""


class RetrainingTimeoutError(RetrainingError):
    """The run took longer than allowed.

    Args:
        minutes: the time allowed.
    """

    def __init__(self, minutes: float) -> None:
        super().__init__(f"not done after {minutes:g} minutes")
        self.minutes = minutes


class NobodyRetrainsError(BotError):
    """TensorFlow is not installed here, and no other program waits for requests to retrain.

    Args:
        command: starts such a program.
    """

    def __init__(self, command: str) -> None:
        super().__init__(f"TensorFlow is not installed here, and nobody has started: {command}")
        self.command = command


class TapRefusedError(BotError):
    """A tap on a button was refused; nothing changed."""


class UnknownButtonError(TapRefusedError):
    """The bot has no button with this data.

    Args:
        why: what is wrong with the data.
    """

    def __init__(self, why: str) -> None:
        super().__init__(f"the bot has no such button ({why})")


class AnswerNotFoundError(TapRefusedError):
    """The answer is not in the database; most likely it was erased."""

    def __init__(self) -> None:
        super().__init__("nothing is stored about the answer, perhaps because it was erased")


class NotYoursError(TapRefusedError):
    """The photo is somebody else's; only its sender and admins may correct the answer."""

    def __init__(self) -> None:
        super().__init__("the photo was sent by somebody else")


class FaceExpiredError(TapRefusedError):
    """The crop of the face was kept for some days only and is erased."""

    def __init__(self) -> None:
        super().__init__("the face is no longer kept")


class CorrectionLimitError(TapRefusedError):
    """A user made more corrections in one day than the settings allow.

    Args:
        limit: corrections allowed per day.
        again_in_s: seconds until the next day.
    """

    def __init__(self, limit: int, again_in_s: int) -> None:
        super().__init__(f"more than {limit} corrections of one user today")
        self.limit = limit
        self.again_in_s = again_in_s
