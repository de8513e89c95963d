"""Ordering faults of Telegram and of the network."""

from tests.support.sandbox_http import SandboxHttp


class FaultControl(SandboxHttp):
    """The part of a sandbox's client that orders faults."""

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
