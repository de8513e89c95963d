"""Backups that were cut or changed at random places."""

import os
import random
import shutil
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.errors import BackupError
from bot.operations.backup import DATABASE, restore
from scripts.reliability.killed_commands import require
from scripts.reliability.restored import Restored


def damage_again_and_again(archive: Path, times: int, rng: random.Random) -> Mapping[str, int]:
    """Cut an archive `times` times, and change one byte of it as often; try to restore each.

    Returns:
        What became of them, and how often.

    Raises:
        AssertionError: something was restored that is not what was in the backup.
    """
    found: Counter[str] = Counter()
    size = archive.stat().st_size
    with TemporaryDirectory(prefix="damaged-") as name:
        restored = Restored(archive, Path(name))
        for number in range(2 * times):
            damaged = Path(name) / "damaged.tar"
            shutil.copy(archive, damaged)
            at = rng.randrange(size)
            with damaged.open("r+b") as file:
                if number < times:
                    file.truncate(at)
                else:
                    _change_byte(file.fileno(), at, rng)
            what = "cut" if number < times else "one byte changed"
            found[f"{what}: {_try(damaged, restored, Path(name) / 'data')}"] += 1
    return found


def _change_byte(handle: int, at: int, rng: random.Random) -> None:
    (byte,) = os.pread(handle, 1, at)
    os.pwrite(handle, bytes([byte ^ rng.randrange(1, 256)]), at)


def _try(damaged: Path, restored: Restored, folder: Path) -> str:
    try:
        restore(damaged, folder, folder / DATABASE)
    except BackupError as error:
        left = [path.name for path in folder.iterdir() if not path.name.endswith(".lock")]
        require(not left, f"left after a refusal: {left}")
        text = str(error).removeprefix(f"{damaged} ")
        return f"refused, “{text.partition(':')[0]}”"
    else:
        restored.require_whole(folder)
        return "restored, since only padding was damaged"
    finally:
        shutil.rmtree(folder, ignore_errors=True)
