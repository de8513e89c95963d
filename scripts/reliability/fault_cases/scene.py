"""What a case of `faults` works with, and the account of what it brought about."""

import asyncio
import re
import signal
import time
from contextlib import suppress

from PIL import Image

from bot.keyboards.corrections import CORRECTING, parse
from bot.sandbox.cast import BOT, GROUP_ID
from scripts.reliability.ledger import Json, Outcome, Sent
from scripts.reliability.people import People
from scripts.reliability.pictures import PORTRAIT, jpeg
from scripts.reliability.sandbox_crowd import buttons
from scripts.reliability.trial import Trial, wait_until

ANNA, BEN = 1001, 1002
PATIENCE_S = 120.0
SETTLE_S = 1.5  # in which a second answer would come
LOG_S = 40.0
# In brackets are the id of the update and what the log calls its sender.
LOG_RECORD = re.compile(r"\S+ \S+ (?P<level>[A-Z]+)\s+[\w.]+(?: \[[^\]]*\])?: (?P<text>.*)")


class Scene:
    """A sandbox, the bot in it, people, and what they see.

    Args:
        trial: the sandbox and the bot.

    Attributes:
        crowd: acts as the people.
        bot: the process.
        seen: what people saw since `begin`, oldest first, as short descriptions.
        failures: expectations that did not hold.
        notes: figures for the table.
    """

    def __init__(self, trial: Trial) -> None:
        self._trial = trial
        self._people = People(trial, seed=1)
        self._pictures = 0
        self._actions = 0
        self._since, self._log_from = 0.0, 0
        self.crowd, self.bot, self.server = trial.crowd, trial.bot, trial.server
        self.seen: list[str] = []
        self.failures: list[str] = []
        self.notes: list[str] = []

    async def follow(self) -> None:
        """Note what people see, until cancelled."""
        async for event in self.crowd.events():
            self._actions += event["type"] == "action"
            if event["type"] == "callback_answer":
                kind = "an alert" if event["show_alert"] else "a toast"
                self.seen.append(f"{kind} “{event['text']}”")
            elif event["type"] in ("message", "edited") and event["message"]["from"]["is_bot"]:
                self.seen.append(_described(event["message"], event["type"] == "edited"))

    # What people do.

    async def photo(self, user: int = ANNA, faces: int = 1) -> Sent:
        """Send a photo that differs from all others, of one or two faces."""
        return await self._people.send_files(user, [self._picture(faces)])

    async def photo_in_group(self, user: int = ANNA) -> None:
        """Ask about a photo in the group."""
        picture = self._picture(faces=1)
        (sent,) = await self.crowd.send_files(user, [picture], chat=GROUP_ID)
        await self.crowd.send_text(
            user, f"/mood@{BOT['username']}", chat=GROUP_ID, reply_to=sent["message_id"]
        )

    async def text(self, text: str, user: int = ANNA) -> Sent:
        """Send a text."""
        return self._trial.ledger.note_message(await self.crowd.send_text(user, text))

    async def tap(self, message: Json, label: str, user: int = ANNA) -> Sent:
        """Tap on the button whose text contains `label`."""
        data = next(b["callback_data"] for b in buttons(message) if label in b["text"])
        return await self.tap_data(message, data, user)

    async def tap_data(self, message: Json, data: str, user: int = ANNA) -> Sent:
        """Tap on a button with any data, as a forged client can."""
        return await self._people.tap(user, message, data)

    async def words(self, *sent: Sent, patience: float = PATIENCE_S) -> None:
        """Wait until each has an answer, or patience ends; then give a second one time to come."""
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await asyncio.gather(*(one.word.wait() for one in sent))
        await asyncio.sleep(SETTLE_S)

    # What happens to the bot.

    async def answered(self, user: int = ANNA) -> Json:
        """Return the answer to a photo; what is seen and logged so far does not count."""
        sent = await self.photo(user)
        await self.words(sent)
        self.begin()
        return sent.answers[0][1]

    def begin(self) -> None:
        """Let only what follows count."""
        self.seen.clear()
        self._since, self._log_from = time.monotonic(), len(self.bot.log)

    async def fault(self, method: str, kind: str, times: int | None = 1, **more: object) -> None:
        """Order a fault; see `bot.sandbox.state.faults.Fault`."""
        await self.crowd.add_fault(method=method, kind=kind, times=times, **more)

    async def taken(self) -> None:
        """Wait until the bot has confirmed everything."""
        await self._trial.wait_until_taken()

    async def in_hand(self) -> None:
        """Wait until the bot begins with a photo."""
        before = self._actions
        await wait_until(lambda: self._actions > before, PATIENCE_S)

    async def start(self) -> None:
        """Start the bot after it has ended."""
        self.bot.start()
        await self.bot.wait_until_ready()

    async def restart(self) -> None:
        """Stop the bot and start it with changed settings; only what follows counts."""
        self.expect("the exit status is 0", await self.bot.end(signal.SIGTERM) == 0)
        self.begin()
        await self.start()

    async def logged(self, part: str) -> None:
        """Wait until the latest process has logged `part`."""
        try:
            await self.bot.wait_for_log(part, LOG_S)
        except AssertionError:
            self.failures.append(f"not logged: {part}")

    def expect(self, what: str, holds: bool) -> None:
        """Note an expectation that does not hold."""
        if not holds:
            self.failures.append(f"not so: {what}")

    # What came of it.

    @property
    def records(self) -> list[tuple[str, str]]:
        """The bot's log since `begin`, as (level, first line of the text)."""
        found: list[tuple[str, str]] = []
        in_record = True
        for line in filter(str.strip, self.bot.log[self._log_from :].splitlines()):
            if record := LOG_RECORD.match(line):
                found.append((record["level"], record["text"]))
                in_record = True
            elif not line.startswith("INFO: "):  # as LiteRT does when it loads a model
                # Further lines of a record are indented. Else it says why a start failed.
                in_record = in_record and line.startswith(" ")
                found += [] if in_record else [("ERROR", line.strip())]
        return found

    def silent(self) -> list[Sent]:
        """Return what got no word; a tap that is stored is done, with or without one."""
        stored = self._stored_taps()
        return [sent for sent in self._trial.ledger.waiting() if self._query_of(sent) not in stored]

    def not_stored(self) -> list[Sent]:
        """Return corrections that were acknowledged without being stored."""
        stored = self._stored_taps()
        return [
            tap
            for query, tap in self._trial.ledger.taps.items()
            if query not in stored and _is_acknowledged(tap)
        ]

    def repeated(self) -> list[Sent]:
        """Return what was answered more than once."""
        return self._trial.ledger.repeated()

    def seconds(self) -> dict[str, float]:
        """Return the longest time that an answer took since `begin`, by kind."""
        longest: dict[str, float] = {}
        for sent in self._trial.ledger.everything():
            if sent.at >= self._since and sent.seconds is not None:
                longest[sent.kind] = max(longest.get(sent.kind, 0), sent.seconds)
        return longest

    def covered(self) -> int:
        """Return how many messages got no answer because of a refusal a minute ago or less."""
        ledger = self._trial.ledger
        return [ledger.outcome(sent) for sent in ledger.sent].count(Outcome.COVERED)

    async def wait_for_all(self) -> None:
        """Wait until everything sent has a word, as long as words come."""
        await self._trial.wait_for_words(PATIENCE_S / 2)

    def _stored_taps(self) -> set[str]:
        return {row[0] for row in self.bot.rows("SELECT id FROM processed_taps")}

    def _query_of(self, sent: Sent) -> str | None:
        taps = self._trial.ledger.taps.items()
        return next((query for query, tap in taps if tap is sent), None)

    def _picture(self, faces: int) -> bytes:
        with Image.open(PORTRAIT) as portrait:
            picture = Image.new("RGB", (portrait.width * faces, portrait.height))
            for number in range(faces):
                picture.paste(portrait, (portrait.width * number, 0))
        self._pictures += 1
        # A patch that survives the compression, so that it is a picture of its own.
        picture.paste((16 * self._pictures % 256, self._pictures // 16 * 16, 0), (0, 0, 16, 16))
        return jpeg(picture)


def _described(message: Json, is_edit: bool) -> str:
    labels = " ".join(f"[{button['text']}]" for button in buttons(message))
    if is_edit:
        return f"the buttons become {labels}" if labels else "the buttons go"
    text = (message.get("text") or message.get("caption") or "").strip().split("\n")[0]
    picture = "a picture, " if "photo" in message else ""
    return f"{picture}“{text}”{' with buttons' if labels else ''}"


def _is_acknowledged(tap: Sent) -> bool:
    if not tap.answers or tap.answers[0][1]["show_alert"] or not tap.data.startswith("v1:"):
        return False
    return parse(tap.data).action in CORRECTING
