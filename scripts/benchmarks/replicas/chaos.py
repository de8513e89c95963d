"""People send photos and tap while parts of a deployment are killed; afterwards all is counted."""

import asyncio
import re
import time
from collections import Counter
from collections.abc import Sequence

from bot.sandbox.cast import FIRST_EXTRA_ID
from bot.sandbox.server import SandboxServer
from bot.sandbox.state.sandbox_state import SandboxOptions
from scripts.benchmarks.replicas.deployment import Deployment, deployment
from scripts.benchmarks.replicas.disturbances import Disturbance, Disturber
from scripts.reliability.corrections import (
    CORRECTIONS,
    TAPS,
    acknowledged_taps,
    corrected_twice,
)
from scripts.reliability.ledger import Ledger, Outcome, Sent
from scripts.reliability.people import People
from scripts.reliability.report import describe, print_times, verdict
from scripts.reliability.sandbox_crowd import Crowd
from scripts.reliability.trial import Trial

EVERY_S = 60.0
PEOPLE = 10
THINK_S = (4.0, 12.0)
PATIENCE_S = 30.0
TAPPED = 0.7  # share of the answers
CATCH_UP_S = 90.0  # without any answer


async def chaos(replicas: int, ray_replicas: int, seconds: float, seed: int) -> bool:
    """Let people use the bot for some time, and count.

    Returns:
        Whether every photo was answered and every acknowledged tap was stored, both once.
    """
    options = SandboxOptions(extra_users=PEOPLE)
    with SandboxServer(options) as server:
        async with deployment(server, replicas, ray_replicas) as running, Crowd(server) as crowd:
            print(f"chaos: {replicas} replicas, {ray_replicas or 'no'} Ray replicas, "
                  f"{seconds / 60:g} min, {PEOPLE} people, seed {seed}", flush=True)  # fmt: skip
            trial = Trial(server, running.bots[0], crowd, PEOPLE)
            following = asyncio.create_task(trial.follow())
            start = time.monotonic()
            disturber = Disturber(running)
            try:
                await _act(trial, disturber, seed, start + seconds)
            finally:
                following.cancel()
                await asyncio.wait({following})
            statuses = await running.stop()
            return _report(running, trial.ledger, disturber.happened, start, statuses)


async def _act(trial: Trial, disturber: Disturber, seed: int, until: float) -> None:
    acting = People(trial, seed)
    acting.tap_on_answers(TAPPED)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(disturber.run(EVERY_S, until))
        for number in range(PEOPLE):
            tasks.create_task(_person(acting, FIRST_EXTRA_ID + number, until))
    await acting.finish()
    await trial.wait_for_words(CATCH_UP_S)
    await acting.finish()


async def _person(acting: People, user: int, until: float) -> None:
    while time.monotonic() < until:
        sent = await acting.send_photos(user, 1)
        try:
            async with asyncio.timeout(PATIENCE_S):
                await sent.word.wait()
        except TimeoutError:
            pass  # it must come in the end
        await asyncio.sleep(acting.rng.uniform(*THINK_S))


def _report(
    running: Deployment,
    ledger: Ledger,
    happened: Sequence[Disturbance],
    start: float,
    statuses: Sequence[int],
) -> bool:
    print_times(ledger)
    for sentence, count in _without_buttons(ledger).items():
        print(f"  without buttons, {count} x: {sentence}")
    print(table(ledger, happened))
    photos = [sent for sent in ledger.waiting() if sent.photos]
    others = unexplained(ledger, happened)
    acknowledged = acknowledged_taps(ledger)
    lost = acknowledged - {row[0] for row in running.rows(TAPS)}
    corrected = corrected_twice(running.rows(CORRECTIONS))
    tracebacks = [found.group() for found in re.finditer("Traceback(?s:.{0,3000})", running.log)]
    return all(
        [
            verdict("photos without a word", not photos, describe(photos, start)),
            verdict(
                "answered twice",
                not others,
                f"{len(ledger.repeated())}, killed so long after the first answer: "
                f"{_gaps(ledger, happened)}; without that: {describe(others, start)}",
            ),
            verdict(
                "acknowledged corrections",
                not lost,
                f"{len(acknowledged)}, of which not stored: {sorted(lost)[:5]}",
            ),
            verdict("faces with a correction stored twice", not corrected, str(corrected[:5])),
            verdict("replicas end in order", not any(statuses), str(statuses)),
            verdict(
                "tracebacks", not tracebacks, "\n".join([str(len(tracebacks)), *tracebacks[:1]])
            ),
        ]
    )


def unexplained(ledger: Ledger, happened: Sequence[Disturbance]) -> list[Sent]:
    """Return what was answered twice although nothing was killed before that was noted."""
    return [sent for sent in ledger.repeated() if not any(one.explains(sent) for one in happened)]


def _without_buttons(ledger: Ledger) -> Counter[str]:
    refused = [sent for sent in ledger.sent if ledger.outcome(sent) is Outcome.REFUSED]
    messages = [sent.answers[0][1] for sent in refused]
    texts = [str(one.get("text") or one.get("caption")) for one in messages]
    return Counter(text.partition("\n")[0] for text in texts)


def _gaps(ledger: Ledger, happened: Sequence[Disturbance]) -> str:
    gaps = [
        f"{one.began - sent.answers[0][0]:.1f} s"
        for sent in ledger.repeated()
        for one in happened
        if one.explains(sent)
    ]
    return ", ".join(gaps) or "none"


def table(ledger: Ledger, happened: Sequence[Disturbance]) -> str:
    """Return what people noticed of each kind of disturbance, as a table in Markdown."""
    lines = [
        "| disturbance | times | photos in hand or sent within 20 s | longest wait, s "
        "| answered twice |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    photos = [sent for sent in ledger.sent if sent.photos]
    repeated = ledger.repeated()
    for name in dict.fromkeys(one.name for one in happened):
        some = [one for one in happened if one.name == name]
        felt = [sent for sent in photos if any(one.was_felt_by(sent) for one in some)]
        longest = max((sent.seconds or 0.0 for sent in felt), default=0.0)
        twice = sum(any(one.explains(sent) for one in some) for sent in repeated)
        lines.append(f"| {name} | {len(some)} | {len(felt)} | {longest:.1f} | {twice} |")
    return "\n".join(lines)
