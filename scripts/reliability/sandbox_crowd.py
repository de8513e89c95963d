"""Many simulated people in a sandbox, who act without waiting for each other."""

import ssl
from collections.abc import AsyncIterator, Sequence
from typing import Any, Self

import httpx

from bot.sandbox.server import SandboxServer

Json = dict[str, Any]

# Plain HTTP needs no certificates, and to load them takes a tenth of a second per client.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
POLL_S = 5.0
HTTP_TIMEOUT_S = 120.0


class Crowd:
    """Acts as any user of a sandbox; use it as an asynchronous context manager.

    Args:
        server: the sandbox.
    """

    def __init__(self, server: SandboxServer) -> None:
        self._token = server.token
        self._http = httpx.AsyncClient(
            base_url=server.url,
            timeout=HTTP_TIMEOUT_S,
            trust_env=False,
            verify=NO_TLS,
            limits=httpx.Limits(max_connections=None),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def send_text(
        self, user: int, text: str, chat: int | None = None, reply_to: int | None = None
    ) -> Json:
        """Send a text, in the user's private chat unless told otherwise; return the message."""
        body = {"user_id": user, "text": text, "reply_to_message_id": reply_to}
        return dict((await self._post(f"/sandbox/chats/{chat or user}/text", body))["message"])

    async def send_files(
        self,
        user: int,
        files: Sequence[bytes],
        kind: str = "photo",
        caption: str = "",
        chat: int | None = None,
    ) -> list[Json]:
        """Send files, several as an album; return the messages.

        Args:
            user: who sends them.
            files: their contents.
            kind: "photo", which the sandbox recompresses, or "document".
            caption: of the first one.
            chat: where; in the user's private chat if None.
        """
        parts = [("files", (f"{number}.jpg", file)) for number, file in enumerate(files)]
        fields = {"user_id": str(user), "kind": kind, "caption": caption}
        path = f"/sandbox/chats/{chat or user}/media"
        answer = await self._http.post(path, data=fields, files=parts)
        return list(answer.raise_for_status().json()["messages"])

    async def forward(self, user: int, message: Json) -> Json:
        """Forward a message of one of the user's chats to the private one; return the new one."""
        source = message["chat"]["id"]
        body = {"user_id": user, "from_chat_id": source, "message_id": message["message_id"]}
        return dict((await self._post(f"/sandbox/chats/{user}/forward", body))["message"])

    async def press(self, user: int, message: Json, data: str) -> str:
        """Press a button that the message has or had; return the callback query's id."""
        body = {
            "user_id": user,
            "message_id": message["message_id"],
            "data": data,
            "force": True,  # people also tap just before a keyboard changes
        }
        answer = await self._post(f"/sandbox/chats/{message['chat']['id']}/press", body)
        return str(answer["callback_query_id"])

    async def add_update(self, update: Json) -> None:
        """Give the bot an update of any content, without `update_id`."""
        await self._post("/sandbox/updates", update)

    async def add_fault(self, **fault: object) -> None:
        """Make calls of the bot fail; see `bot.sandbox.state.faults.Fault`."""
        await self._post("/sandbox/faults", fault)

    async def clear_faults(self) -> None:
        """Remove all faults that are still to come."""
        (await self._http.delete("/sandbox/faults")).raise_for_status()

    async def cut_network(self, seconds: float | None = None) -> None:
        """Drop all connections of the bot, for a while or until `restore_network`."""
        await self._post("/sandbox/network", {"seconds": seconds})

    async def restore_network(self) -> None:
        """Let the bot connect again."""
        (await self._http.delete("/sandbox/network")).raise_for_status()

    async def pending_updates(self) -> int:
        """Return how many updates the bot has not confirmed yet."""
        return int((await self.call_bot_api("getWebhookInfo"))["pending_update_count"])

    async def call_bot_api(self, method: str, **parameters: str) -> Any:
        """Call a method as another program with the bot's token would; return the result."""
        answer = await self._http.post(f"/bot{self._token}/{method}", json=parameters)
        return answer.raise_for_status().json()["result"]

    async def requests(self, method: str, chat_id: int | None = None) -> list[Json]:
        """Return the latest calls of a method, oldest first: {"method", "chat_id", "ok", "at"}.

        Args:
            method: of the Bot API.
            chat_id: only calls for this chat; all if None.
        """
        answer = await self._http.get("/sandbox/requests")
        calls = answer.raise_for_status().json()["requests"]
        of_method = (dict(call) for call in calls if call["method"] == method)
        return [call for call in of_method if chat_id in (None, call["chat_id"])]

    async def events(self) -> AsyncIterator[Json]:
        """Yield what happens in all chats, from now on."""
        state = await self._http.get("/sandbox/state")
        seen = int(state.raise_for_status().json()["last_event"])
        while True:
            query = {"after": seen, "timeout": POLL_S}
            polled = await self._http.get("/sandbox/events/poll", params=query)
            for event in polled.raise_for_status().json()["events"]:
                seen = event["seq"]
                yield event

    async def _post(self, path: str, body: object) -> Json:
        answer = await self._http.post(path, json=body)
        return dict(answer.raise_for_status().json())


def buttons(message: Json) -> list[Json]:
    """Return a message's inline buttons, row by row."""
    rows = (message.get("reply_markup") or {}).get("inline_keyboard", [])
    return [button for row in rows for button in row]
