import httpx
import pytest
from telegram.error import NetworkError, TimedOut

from bot.transport import retrying_request as transport
from bot.transport.retrying_request import PatientRequest


class Wire(httpx.AsyncBaseTransport):
    """Gives the answers, or raises the errors, it was given; then answers 200."""

    def __init__(self, *answers: int | Exception) -> None:
        self.answers = list(answers)
        self.requests = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        answer = self.answers.pop(0) if self.answers else 200
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer, content=b"{}", request=request)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "PAUSES_S", (0.0, 0.0, 0.0))


async def ask(wire: Wire) -> int:
    request = PatientRequest(wire)
    await request.initialize()
    try:
        status, _ = await request.do_request("http://telegram/botTOKEN/getMe", "POST")
    finally:
        await request.shutdown()
    return status


@pytest.mark.parametrize(
    "trouble",
    [502, 500, httpx.ConnectError("refused"), httpx.RemoteProtocolError("dropped"),
     httpx.ReadTimeout("slow")],
)  # fmt: skip
async def test_trouble_on_the_way_is_tried_again(trouble: int | Exception) -> None:
    wire = Wire(trouble, trouble)
    assert await ask(wire) == 200
    assert wire.requests == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 429])
async def test_a_refusal_is_not_tried_again(status: int) -> None:
    wire = Wire(status)
    assert await ask(wire) == status
    assert wire.requests == 1


async def test_patience_ends() -> None:
    wire = Wire(*[httpx.ConnectError("refused")] * 9)
    with pytest.raises(NetworkError, match="ConnectError"):
        await ask(wire)
    assert wire.requests == 4
    with pytest.raises(TimedOut):
        await ask(Wire(*[httpx.ReadTimeout("slow")] * 4))
    assert await ask(Wire(*[502] * 9)) == 502
