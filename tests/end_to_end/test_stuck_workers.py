"""Pictures that are never done, which no known file achieves: the decoder is altered for them."""

from pathlib import Path

from bot.replies.images import describe_image_error
from model.errors import ImageTimeoutError
from tests.support.bot_process import REPOSITORY, STOP_S, BotSandbox, wait_for_answers
from tests.support.pictures import jpeg_bytes
from tests.support.sandbox_client import SandboxClient, text_of

ENDLESS = jpeg_bytes((333, 444))
# Python runs a module of this name when it starts.
ALTERATIONS = """
import threading

import bot.serving.worker_threads
import model.prediction.predictor as predictor

bot.serving.worker_threads.WorkerThreads.__init__.__defaults__ = (10.0, 2.0, 4)
decode = predictor.decode

def decode_or_not(data):
    image = decode(data)
    if image.width == 333:
        threading.Event().wait()
    return image

predictor.decode = decode_or_not
"""


def test_pictures_that_are_never_done_end_the_bot_when_there_are_several(
    sandbox: BotSandbox, people: SandboxClient, tmp_path: Path
) -> None:
    (tmp_path / "sitecustomize.py").write_text(ALTERATIONS)
    bot = sandbox.start_bot(PYTHONPATH=f"{tmp_path}:{REPOSITORY}", BOT_WORKERS="2")
    sent = [people.send_photo(ENDLESS)["message_id"] for _ in range(4)]
    too_long = describe_image_error(ImageTimeoutError())
    assert [text_of(answer) for answer in wait_for_answers(people, sent)] == [too_long] * 4
    assert bot.wait(STOP_S) == 1
    assert "Several photos are judged without an end" in bot.log
    assert "Traceback" not in bot.log
