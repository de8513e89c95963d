"""A self-hosted Bot API server in local mode, which leaves files on its disk."""

from pathlib import Path

from bot.replies import images as image_replies
from bot.sandbox.server import SandboxServer
from bot.sandbox.state.sandbox_state import SandboxOptions
from tests.support.bot_process import BotSandbox
from tests.support.pictures import jpeg_bytes
from tests.support.sandbox_client import SandboxClient, text_of


def test_files_are_read_from_the_disk_of_the_server(
    sandbox: BotSandbox, tmp_path: Path, unprivileged: list[str]
) -> None:
    options = SandboxOptions(local_folder=tmp_path / "server")
    with SandboxServer(options) as server, SandboxClient(server.url) as people:
        bot = sandbox.start_bot(command_prefix=unprivileged, TELEGRAM_API_URL=server.url)
        people.send_photo(jpeg_bytes())
        assert "I see no face here" in text_of(people.wait_for_message())
        assert not people.requests("file")

        (stored,) = (path for path in options.local_folder.rglob("*") if path.is_file())
        stored.chmod(0)
        people.send_photo(jpeg_bytes())
        assert text_of(people.wait_for_message()) == image_replies.not_downloaded()
        assert bot.stop() == 0
    assert "cannot read it there (Permission denied): run both as the same user" in bot.log
