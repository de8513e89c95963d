"""What a test lets Telegram and the network do."""

from tests.support.sandbox_cast import ALEX
from tests.support.sandbox_http import Json, SandboxHttp


class TelegramControl(SandboxHttp):
    """The part of a sandbox's client that delivers updates and orders faults."""

    def fault(
        self,
        method: str,
        kind: str,
        times: int | None = 1,
        chat: int | None = None,
        **numbers: float,
    ) -> None:
        """Make calls of a method fail.

        Args:
            method: the Bot API method, "file" for downloads, "*" for any.
            kind: one of those in `docs/sandbox.md`.
            times: for how many calls; None for all until `clear_faults`.
            chat: only calls for this chat; all if None.
            **numbers: what this kind of fault needs, e.g. `retry_after` or `seconds`.
        """
        order = {"method": method, "kind": kind, "times": times, "chat_id": chat, **numbers}
        self._post("/sandbox/faults", order)

    def refuse(self, chat: int, kind: str, method: str = "*", **numbers: float) -> None:
        """Refuse the bot's calls for a chat until `clear_faults`; see `fault`."""
        self.fault(method, kind, None, chat, **numbers)

    def revoke_token(self) -> None:
        """Answer every call with 401 until `clear_faults`."""
        self.fault("*", "unauthorized", None)

    def clear_faults(self) -> None:
        """Remove all faults that are still to come."""
        self._delete("/sandbox/faults")

    def cut_network(self, seconds: float | None = None) -> None:
        """Let no call of the bot and no delivery to its webhook through.

        Args:
            seconds: for how long; until `restore_network` if None.
        """
        self._post("/sandbox/network", {"seconds": seconds})

    def restore_network(self) -> None:
        """End what `cut_network` began."""
        self._delete("/sandbox/network")

    def add_bot(self, chat: int, is_member: bool = True) -> None:
        """Have the owner of a group add the bot to it, or remove it."""
        self._post(f"/sandbox/chats/{chat}/bot", {"user_id": ALEX, "is_member": is_member})

    def deliver_again(self) -> int:
        """Deliver the latest confirmed updates again, to the next bot; return how many it gets."""
        return int(self._post("/sandbox/updates/again", {})["updates"])

    def deliver(self, kind: str, payload: Json) -> int:
        """Deliver an update whose field `kind` is `payload`; return its id."""
        return self.deliver_update({kind: payload})

    def deliver_update(self, update: Json) -> int:
        """Deliver an update of any content, also of a kind that the bot has excluded.

        It keeps its `update_id` if it has one. Returns the id.
        """
        return int(self._post("/sandbox/updates", update)["update_id"])

    def expire(self, query_id: str) -> None:
        """Make a button press too old to be answered."""
        self._post(f"/sandbox/callbacks/{query_id}/expire", {})
