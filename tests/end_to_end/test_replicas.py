"""Two bots behind one webhook, on one PostgreSQL database."""

from collections.abc import Iterator

import pytest

from tests.support import postgres_server
from tests.support.bot_process import BotSandbox, wait_for_answers
from tests.support.pictures import jpeg_bytes
from tests.support.replica_processes import Replicas, running_replicas
from tests.support.sandbox_client import SandboxClient

pytestmark = pytest.mark.skipif(not postgres_server.IS_WANTED, reason="make test-postgres runs it")


@pytest.fixture
def replicas(sandbox: BotSandbox) -> Iterator[Replicas]:
    with running_replicas(sandbox) as replicas:
        yield replicas


def photo(number: int) -> bytes:
    """Return a picture unlike those with other numbers."""
    return jpeg_bytes((64, 48), (number, 9, 9))


@pytest.mark.usefixtures("replicas")
def test_each_photo_is_answered_once(people: SandboxClient) -> None:
    sent = [people.send_photo(photo(number))["message_id"] for number in range(8)]
    wait_for_answers(people, sent)
    assert len([one for one in people.messages() if one["from"]["is_bot"]]) == len(sent)
