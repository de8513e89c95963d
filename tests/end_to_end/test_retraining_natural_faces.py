"""The whole loop with natural faces, whose mistakes have nothing in common.

The faces are those beside the repository that the shipped model neither learned from nor is judged
on. The bot runs in its own process, and people label its answers with the buttons.
"""

from collections import Counter
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from model.data.face_set import FaceSet
from model.network.manifest import SHIPPED
from model.prediction.predictor import Predictor
from tests.support.bot_process import BotProcess, BotSandbox
from tests.support.conversation import button_labels
from tests.support.dataset import needs_dataset
from tests.support.natural_faces import Grey, photo_of, unseen_faces
from tests.support.sandbox_client import ALEX, ANNA, BEN, Json, SandboxClient, text_of

TIMEOUT_S = 600.0  # a retraining has the lowest priority of all
PEOPLE = (ANNA, BEN)
MOODS = ("Sad", "Happy")  # by label
CORRECTED, CONFIRMED, UNLABELLED = "corrected", "confirmed", "unlabelled"

pytestmark = [
    pytest.mark.long,
    pytest.mark.training,
    pytest.mark.timeout(1200),
    needs_dataset,
]


@pytest.fixture(scope="module")
def faces() -> FaceSet:
    return unseen_faces()


@pytest.fixture
def people(sandbox: BotSandbox) -> Iterator[SandboxClient]:
    with SandboxClient(sandbox.server.url, TIMEOUT_S) as people:
        yield people


@pytest.fixture
def bot(sandbox: BotSandbox) -> BotProcess:
    return sandbox.start_bot(BOT_ADMINS=str(ALEX), BOT_TRUSTED=",".join(map(str, PEOPLE)))


def send_and_label(
    people: SandboxClient, grey: Grey, label: int, user: int, confirms: bool
) -> str | None:
    """Send a photo of a face, and correct a wrong answer or perhaps confirm a right one.

    Returns:
        What the user did; None if the bot found no face.
    """
    people.send_photo(photo_of(grey), user=user)
    answer = people.wait_for_message(chat=user, edited=False)
    buttons = button_labels(answer)
    if "Not a face" not in buttons:
        return None
    correction = next((button for button in buttons if MOODS[label] in button), None)
    if correction is None and not confirms:
        return UNLABELLED
    query = people.press_label(answer, correction or "👍 Right", user)
    assert people.wait_for_answer(query)["text"].startswith("Got it")
    return CORRECTED if correction else CONFIRMED


def retrain(people: SandboxClient) -> Json:
    """Start a retraining as the admin; return the card with its result."""
    people.send_text("/retrain", ALEX)
    question = people.wait_for_message(chat=ALEX)
    people.press_label(question, "Start", ALEX)
    return people.wait_for_message(lambda message: "photo" in message, chat=ALEX)


def is_right(faces: FaceSet) -> NDArray[np.bool_]:
    """Return whether the shipped model is right about each face."""
    predictor = Predictor(SHIPPED)
    happy = [predictor.probability_happy(grey) >= 0.5 for grey in faces.greys]
    return np.array(happy) == (faces.labels == 1)


def test_corrections_of_mistakes_that_have_nothing_in_common_are_not(
    people: SandboxClient, bot: BotProcess, faces: FaceSet
) -> None:
    right = is_right(faces)
    rng = np.random.default_rng(2)
    others = rng.choice(np.flatnonzero(right), 120, replace=False)
    sent = faces.subset(rng.permutation(np.concatenate([np.flatnonzero(~right), others])))
    done: Counter[str | None] = Counter()
    for number, (grey, label) in enumerate(zip(sent.greys, sent.labels, strict=True)):
        user = PEOPLE[number % len(PEOPLE)]
        done[send_and_label(people, grey, int(label), user, bool(rng.random() < 0.6))] += 1
    assert done[CORRECTED] >= 15, done
    text = text_of(retrain(people))
    assert "I kept the old one" in text, text
    assert "is active now, in place of" not in bot.log
