"""What `scripts.retrain` tells: JSON for the bot, or a progress bar and sentences for people."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from tqdm import tqdm

Event = dict[str, Any]
Output = Callable[[Event], None]


@contextmanager
def as_json_lines() -> Iterator[Output]:
    """One JSON object a line on standard output, and nothing else there.

    What libraries print goes to standard error. That nobody reads any more is no reason to stop:
    the bot that listened may have been restarted.
    """
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as stream:
        os.dup2(2, 1)

        def output(event: Event) -> None:
            with suppress(BrokenPipeError):
                print(json.dumps(event), file=stream, flush=True)

        yield output
        with suppress(BrokenPipeError):
            stream.close()


@contextmanager
def for_people() -> Iterator[Output]:
    """A progress bar on standard error, sentences on standard output."""
    bar = tqdm(total=0, disable=None, bar_format="{desc} {bar} {n_fmt}/{total_fmt} {postfix}")

    def output(event: Event) -> None:
        if event["event"] == "progress":
            _draw(bar, event)
            return
        bar.clear()
        print(_TOLD[event["event"]](event))

    try:
        yield output
    finally:
        bar.close()


def _draw(bar: Any, event: Event) -> None:
    bar.total, bar.n = event["total"], event["done"]
    facts = [
        f"{name} {event[name]:.3f}" for name in ("loss", "accuracy") if event[name] is not None
    ]
    bar.set_postfix_str(", ".join([*facts, f"about {event['eta_s']} s left"]), refresh=False)
    bar.set_description_str(f"{event['stage']:<9}")


def _started(event: Event) -> str:
    return (
        f"run {event['run']}: {event['lessons']} pictures ({event['new']} new) from "
        f"{event['users']} people, {event['happy']} happy and {event['sad']} sad; "
        f"{event['held_out']} are set aside to measure on"
    )


def _finished(event: Event) -> str:
    done = {"promoted": "serves from now on", "kept": f"is kept; {event['parent']} goes on serving"}
    lines = [f"{event['version']} {done[event['decision']]}"]
    lines += [f"  {reason}" for reason in event["reasons"]]
    return "\n".join([*lines, f"plot: {event['plot']}"])


_TOLD: dict[str, Callable[[Event], str]] = {
    "started": _started,
    "finished": _finished,
    "nothing_new": lambda _: "nothing new to learn",
    "stopped": lambda _: "stopped; the model that serves is as it was",
    "failed": lambda event: f"failed: {event['reason']}",
}
