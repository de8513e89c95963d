"""Everything that `bot` raises on purpose.

BotError
├── SettingsError               the settings cannot be used; `str(error)` is for the operator
├── RejectedTokenError          Telegram does not accept the token; `str(error)` is for the operator
├── StorageError                the database cannot be used; nothing was stored
│   └── StorageBusyError            somebody else is using it; trying again may help
├── UserErasedError             nothing was stored, as its user had everything erased meanwhile
├── RetrainingError             a retraining comes to no result; the model serves as before
│   ├── RetrainingStoppedError                somebody asked for its end
│   └── RetrainingTimeoutError                it takes longer than allowed
├── PhotoRefusedError           a photo is not judged for now; the sender is told why
│   ├── QueueFullError              too many photos are waiting already
│   ├── PhotoLimitError             its sender has sent enough for today
│   └── DownloadError               Telegram did not hand the photo over
└── TapRefusedError             a tap on a button changes nothing; who tapped is told why
    ├── UnknownButtonError          no button of ours says this
    ├── AnswerNotFoundError              nothing is known about the photo (any more)
    ├── NotYoursError               the photo is somebody else's
    ├── CorrectionLimitError        who tapped has corrected enough for today
    └── FaceExpiredError                the face has expired

What is wrong with a picture itself is said by `model.errors.ImageError`.
"""


class BotError(Exception):
    """The root of all errors raised on purpose in this package."""


class SettingsError(BotError):
    """A setting is missing or wrong; the message says which, and how to put it right."""


class RejectedTokenError(BotError):
    """Telegram does not know the token."""

    def __init__(self) -> None:
        super().__init__(
            "Telegram does not accept the token in TELEGRAM_BOT_TOKEN.\n"
            "Send /mybots to @BotFather to see your bot's token, and check that TELEGRAM_API_URL "
            "is the address of a Bot API server."
        )


class PhotoRefusedError(BotError):
    """A photo is not judged, for a reason that is not in the picture."""


class QueueFullError(PhotoRefusedError):
    """As many photos as allowed are waiting already, or the bot is about to stop."""

    def __init__(self) -> None:
        super().__init__("too many photos are waiting")


class PhotoLimitError(PhotoRefusedError):
    """Somebody asks for more photos on one day than the settings allow.

    Args:
        most: photos allowed.
        again_in_s: seconds until the next day.
    """

    def __init__(self, most: int, again_in_s: int) -> None:
        super().__init__(f"more than {most} photos of one user today")
        self.most = most
        self.again_in_s = again_in_s


class DownloadError(PhotoRefusedError):
    """Telegram did not hand over the file, however often it was asked."""


class StorageError(BotError):
    """The database cannot be used now, or not at all; nothing was stored."""


class StorageBusyError(StorageError):
    """Somebody else is using the database; it makes sense to try again."""


class UserErasedError(BotError):
    """Who something is from had everything erased since it came in; nothing of it was stored."""


class RetrainingError(BotError):
    """A retraining comes to no result; the model serves as before."""


class RetrainingStoppedError(RetrainingError):
    """Somebody asked for its end."""


class RetrainingTimeoutError(RetrainingError):
    """It takes longer than allowed.

    Args:
        minutes: that it may take.
    """

    def __init__(self, minutes: float) -> None:
        super().__init__(f"not done after {minutes:g} minutes")
        self.minutes = minutes


class TapRefusedError(BotError):
    """A tap on a button is not followed; nothing has changed."""


class UnknownButtonError(TapRefusedError):
    """The data of the button is not the bot's, or of a button that does not exist there."""


class AnswerNotFoundError(TapRefusedError):
    """There is no such answer; most likely its photo was erased."""


class NotYoursError(TapRefusedError):
    """Only the sender of a photo and the admins may correct what was said about it."""


class FaceExpiredError(TapRefusedError):
    """The face was kept for a while only, and that is over."""


class CorrectionLimitError(TapRefusedError):
    """Somebody corrects more on one day than the settings allow.

    Args:
        most: corrections allowed.
        again_in_s: seconds until the next day.
    """

    def __init__(self, most: int, again_in_s: int) -> None:
        super().__init__(f"more than {most} corrections of one user today")
        self.most = most
        self.again_in_s = again_in_s
