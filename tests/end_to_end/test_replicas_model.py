"""Two bots behind one webhook have one model, and retrain it one at a time."""

import pytest

from tests.support import postgres_server
from tests.support.bot_database import rows
from tests.support.conversation import button_labels
from tests.support.model_versions import SHIPPED_NAME
from tests.support.portraits import jpeg_of, portrait
from tests.support.replica_processes import Replicas, running_replicas
from tests.support.sandbox_client import ALEX, ANNA, BEN, Json, text_of
from tests.support.stubbed_retraining import StubbedRetraining

pytestmark = [
    pytest.mark.skipif(not postgres_server.IS_WANTED, reason="make test-postgres runs it"),
    pytest.mark.timeout(300),
]
ADMINS = {"BOT_ADMINS": f"{ALEX},{BEN}", "BOT_TRUSTED": str(ANNA)}


def version_for(retraining: StubbedRetraining, user: int) -> str:
    """Let a user send a photo; return the version that answered it."""
    retraining.people.send_photo(jpeg_of(portrait()), user=user)
    retraining.people.wait_for_message(chat=user, edited=False)
    newest = "SELECT model_version FROM photos WHERE user_id = ? ORDER BY id DESC LIMIT 1"
    return str(rows(retraining.sandbox, newest, user)[0][0])


def test_a_model_that_one_retrains_and_another_rolls_back_serves_in_both(
    retraining: StubbedRetraining,
) -> None:
    people = retraining.people
    with running_replicas(retraining.sandbox, **ADMINS) as replicas:
        give_each_admin_a_replica(replicas, retraining)
        retraining.send_and_correct(1)
        retraining.pause()
        retraining.start(ALEX)
        people.send_text("/retrain", BEN)
        assert "Whoever started it is told how it ends" in text_of(
            people.wait_for_message(chat=BEN)
        )
        retraining.resume()
        people.wait_for_text("✅ Better than the old one", chat=ALEX)
        for bot in replicas.bots:
            bot.wait_for_log("Model learned-")
        for admin in (ALEX, BEN):
            assert version_for(retraining, admin).startswith("learned-")
        people.send_text("/models", BEN)
        versions = people.wait_for_text("learned-", chat=BEN)
        (roll_back,) = (label for label in button_labels(versions) if SHIPPED_NAME in label)
        people.press_label(versions, roll_back, BEN)
        for bot in replicas.bots:
            bot.wait_for_log(f"Model {SHIPPED_NAME} is active now")
        for admin in (ALEX, BEN):
            assert version_for(retraining, admin) == SHIPPED_NAME
        assert [len(results(retraining, admin)) for admin in (ALEX, BEN)] == [1, 0]
    assert retraining.run_states() == ["promoted", "rolled_back"]


def results(retraining: StubbedRetraining, admin: int) -> list[Json]:
    """Return the messages that tell an admin of a better model."""
    messages = retraining.people.messages(admin)
    return [message for message in messages if "✅ Better than" in text_of(message)]


def give_each_admin_a_replica(replicas: Replicas, retraining: StubbedRetraining) -> None:
    """Let both admins write for the first time, one after the other, as the proxy takes turns."""
    for admin in (ALEX, BEN):
        retraining.people.send_text("/whoami", admin)
        retraining.people.wait_for_message(chat=admin)
    assert replicas.owner_of(ALEX) != replicas.owner_of(BEN)
