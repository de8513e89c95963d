"""A bot whose model tells neutral faces, from the model folder to the buttons."""

from pathlib import Path

import pytest

from model.registry.registry import Registry
from tests.support.bot_database import corrections_by_face
from tests.support.bot_process import BotSandbox
from tests.support.conversation import answer_to, button_labels, tap
from tests.support.model_versions import SHIPPED_NAME
from tests.support.neutral_model import neutral_model
from tests.support.sandbox_client import ALEX, SandboxClient, text_of

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]

CONFIRMED = ["✔ It's 😐 Neutral", "Undo", "Why?"]


def test_a_confirmed_neutral_face_is_remembered_and_not_learned_from(
    sandbox: BotSandbox, people: SandboxClient, tmp_path: Path
) -> None:
    registry = Registry(sandbox.folder / "data" / "models")
    registry.add(neutral_model(tmp_path / "made", "neutral", probability_neither=0.9))
    registry.promote("neutral")
    bot = sandbox.start_bot(BOT_ADMINS=str(ALEX))
    answer = answer_to(people)
    assert text_of(answer) == "😐 This face looks neutral to me."
    toast, answer = tap(people, answer, "👍 Right")
    assert toast == "Got it: 😐 Neutral. Thanks!"
    assert button_labels(answer) == CONFIRMED
    people.send_text("/retrain", user=ALEX)
    told = people.wait_for_text("nothing to learn from", chat=ALEX)
    assert "/review" not in text_of(told)  # nor is there anything to decide about
    registry.promote(SHIPPED_NAME)
    bot.wait_for_log(f"Model {SHIPPED_NAME} is active now")
    again = answer_to(people)
    assert text_of(again).startswith("😊 Happy, ")
    assert button_labels(again) == CONFIRMED
    tap(people, again, "Undo")
    assert list(corrections_by_face(sandbox).values()) == [["neutral", "withdrawn"]]
