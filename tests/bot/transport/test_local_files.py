import os
from errno import EACCES
from pathlib import Path
from typing import IO, Any

import pytest

from bot.errors import DownloadError
from bot.transport.local_files import named_path, read_local_file
from tests.support.fake_telegram import FakeTelegram, fake_bot


class ForbiddenPath(type(Path())):
    """A file that this user may not read, although tests may run as root."""

    def open(self, *_args: Any, **_options: Any) -> IO[bytes]:
        raise PermissionError(EACCES, os.strerror(EACCES), str(self))


@pytest.mark.parametrize("exists", [True, False])
async def test_an_absolute_path_is_recognized(
    telegram: FakeTelegram, tmp_path: Path, exists: bool
) -> None:
    path = tmp_path / "12345:secret" / "file_0.jpg"
    if exists:
        path.parent.mkdir()
        path.touch()
    bot = fake_bot(telegram)
    # The fake server answers with the id as path.
    assert named_path(bot, await bot.get_file(str(path))) == str(path)


async def test_the_path_of_a_file_to_download_is_relative(telegram: FakeTelegram) -> None:
    bot = fake_bot(telegram)
    assert named_path(bot, await bot.get_file("photos/file_0.jpg")) == "photos/file_0.jpg"


def test_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "file_0.jpg").write_bytes(b"picture")
    assert read_local_file(tmp_path / "file_0.jpg", 7) == b"picture"
    with pytest.raises(DownloadError, match="more than 6 bytes"):
        read_local_file(tmp_path / "file_0.jpg", 6)


@pytest.mark.parametrize(
    ("kind", "told"),
    [(Path, "(No such file or directory): make the server's folder visible"),
     (ForbiddenPath, "(Permission denied): run both as the same user")],
)  # fmt: skip
def test_the_log_says_what_is_missing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, kind: type[Path], told: str
) -> None:
    path = kind(tmp_path / "12345:secret" / "file_0.jpg")
    with pytest.raises(DownloadError) as caught:
        read_local_file(path, 100)
    assert "secret" not in str(caught.value)
    assert str(path) in caplog.text
    assert told in caplog.text
