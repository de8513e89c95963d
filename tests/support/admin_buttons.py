"""The callback data of buttons for admins, without their messages."""

from bot.keyboards.models import version_key
from bot.keyboards.retraining import offer_keyboard
from bot.storage.correction_keys import CorrectionKey, load_key
from bot.storage.database import Database
from model.registry.registry import Registry
from tests.support.fake_telegram import ALEX
from tests.support.labelled_faces import label_faces


async def correction_key(database: Database, correction: int) -> CorrectionKey:
    """Return what buttons repeat of a correction; if there is none, of one that never was."""
    async with database.reading() as connection:
        return await load_key(connection, correction) or CorrectionKey(correction, "00000000")


async def decision_button(database: Database, action: str, correction: int) -> str:
    """Return the data of a button of /review: accept (a), reject (r) or skip (s)."""
    key = await correction_key(database, correction)
    return f"rv:{action}:{key.id}-{key.digest}"


async def start_button(database: Database) -> str:
    """Let the admin label a face; return the data of the button that starts to learn from it."""
    await label_faces(database, [0], user=ALEX["id"])
    keyboard = offer_keyboard(await correction_key(database, 1))
    return str(keyboard.inline_keyboard[0][0].callback_data)


def version_button(registry: Registry, action: str, name: str, kind: str = "list") -> str:
    """Return the data of a button that chooses a version: ask, yes, no, or back from it."""
    (version,) = (one for one in registry.versions() if one.name == name)
    return f"models:{kind}:{action}:{version_key(version)}"
