"""Output of `scripts.retrain`: JSON for the bot, or a progress bar and sentences for people."""

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
    """Write one JSON object per line to standard output, and nothing else.

    What libraries print goes to standard error. A closed pipe is ignored: the bot that read it may
    have been restarted.
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
    """Write a progress bar to standard error, sentences to standard output."""
    bar = tqdm(total=1, disable=None, bar_format="{desc} {bar} {percentage:3.0f} % {postfix}")

    def output(event: Event) -> None:
        if event["event"] == "progress":
            _draw(bar, event)
            return
        bar.clear()
        print(_SENTENCES[event["event"]](event))

    try:
        yield output
    finally:
        bar.close()


def _draw(bar: Any, event: Event) -> None:
    bar.n = event["share"]
    facts = [f"epoch {event['done']} of {event['total']}"] if event["epoch"] else []
    facts += [
        f"{name} {event[name]:.3f}" for name in ("loss", "accuracy") if event[name] is not None
    ]
    bar.set_postfix_str(", ".join([*facts, f"about {event['eta_s']} s left"]), refresh=False)
    bar.set_description_str(f"{event['stage']:<9}")


def _started(event: Event) -> str:
    return (
        f"run {event['run']}: {event['lessons']} pictures ({event['new']} new) from "
        f"{event['users']} users, {event['happy']} happy and {event['sad']} sad; "
        f"{event['held_out']} are held out to measure with"
    )


def _finished(event: Event) -> str:
    done = {"promoted": "is active now", "kept": f"is kept; {event['parent']} stays active"}
    lines = [f"{event['version']} {done[event['decision']]}"]
    lines += [f"  {reason}" for reason in event["reasons"]]
    return "\n".join([*lines, f"plot: {event['plot']}"])


_SENTENCES: dict[str, Callable[[Event], str]] = {
    "started": _started,
    "finished": _finished,
    "nothing_new": lambda _: "nothing new to train on",
    "stopped": lambda _: "stopped; the active model is unchanged",
    "failed": lambda event: f"failed: {event['reason']}",
}
