"""The bot where the extra `train` is not installed."""

from tests.support.bot_process import BotSandbox
from tests.support.no_tensorflow import INSTALL_COMMAND, PYTHONPATH
from tests.support.portraits import jpeg_of, portrait
from tests.support.sandbox_client import ALEX, SandboxClient, text_of


def test_photos_are_answered_and_retrain_says_what_is_missing(
    sandbox: BotSandbox, people: SandboxClient
) -> None:
    bot = sandbox.start_bot(BOT_ADMINS=str(ALEX), PYTHONPATH=PYTHONPATH)
    people.send_photo(jpeg_of(portrait()))
    assert text_of(people.wait_for_message()).startswith("😊 Happy, ")
    people.send_text("/retrain", ALEX)
    answer = text_of(people.wait_for_message(chat=ALEX))
    assert answer.startswith("Retraining needs TensorFlow, which is not installed here.")
    assert f"Install it with: {INSTALL_COMMAND}\n" in answer
    assert f"\nphoto-mood retrain --watch --data-dir {sandbox.folder / 'data'}\n" in answer
    assert bot.stop() == 0
