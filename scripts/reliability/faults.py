"""Try one fault after the other on the bot, each with a new process; print a table.

The table says what people saw, what the bot logged, what was lost, and how long answers took, all
as it happened. Below it come the expectations that did not hold.
"""

import argparse
import asyncio
import re
import sys
from collections import Counter
from collections.abc import Iterable, Sequence

from scripts.reliability.fault_cases.calls import CALLS
from scripts.reliability.fault_cases.case import Case
from scripts.reliability.fault_cases.host import HOST
from scripts.reliability.fault_cases.scene import SETTLE_S, Scene
from scripts.reliability.fault_cases.updates import UPDATES
from scripts.reliability.trial import run, trial

CASES = {case.name: case for case in (*CALLS, *UPDATES, *HOST)}
MAX_SEEN, MAX_LOGGED, MAX_LINES = 70, 90, 4
HEAD = "| fault | `--only` | what the person sees | what the log says | lost | answered after |"
_VARIABLE = re.compile(r"\d+(\.\d+)?")


async def try_all(cases: Iterable[Case]) -> bool:
    """Try faults and print a row for each; return whether all expectations held."""
    print(HEAD, "| --- | --- | --- | --- | --- | --- |", sep="\n", flush=True)
    failures: list[str] = []
    for case in cases:
        async with trial(people=0) as running:
            scene = Scene(running)
            following = asyncio.create_task(scene.follow())
            try:
                await case.act(scene)
                await asyncio.sleep(SETTLE_S)
            finally:
                following.cancel()
            failures += [f"{case.name}: {failure}" for failure in _failures(case, scene)]
            print(_row(case, scene), flush=True)
            for text in scene.bot.tracebacks():
                print(text, file=sys.stderr)
    print("", *failures, sep="\n", flush=True)
    return not failures


def _failures(case: Case, scene: Scene) -> list[str]:
    seen, log = "\n".join(scene.seen), "\n".join(text for _, text in scene.records)
    warnings = [text for level, text in scene.records if level != "INFO"]
    checks = {
        "the bot runs": scene.bot.runs,
        "no traceback": not scene.bot.tracebacks(),
        "everybody gets a word": case.unanswered or not scene.silent(),
        "what is acknowledged is stored": not scene.not_stored(),
        "nothing is answered twice": case.may_repeat or not scene.repeated(),
        f"at most {case.lines} warnings": case.lines is None or len(warnings) <= case.lines,
        **{f"people see {part!r}": bool(re.search(part, seen)) for part in case.sees},
        **{f"the log has {part!r}": bool(re.search(part, log)) for part in case.logs},
    }
    return scene.failures + [f"not so: {what}" for what, holds in checks.items() if not holds]


def _row(case: Case, scene: Scene) -> str:
    times = ", ".join(f"{kind} {seconds:.1f} s" for kind, seconds in scene.seconds().items())
    cells = (
        case.fault,
        f"`{case.name}`",
        counted(scene.seen, MAX_SEEN) or "nothing",
        "; ".join(filter(None, [_logged(case, scene), *scene.notes])) or "nothing",
        _lost(case, scene),
        times or "–",
    )
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def _lost(case: Case, scene: Scene) -> str:
    if case.unanswered:
        return "the answer"
    lost = len(scene.silent()) + len(scene.not_stored())
    return f"{lost} messages or taps" if lost else "nothing"


def _logged(case: Case, scene: Scene) -> str:
    return counted(
        (
            text
            for level, text in scene.records
            if level != "INFO" or any(re.search(part, text) for part in case.logs)
        ),
        MAX_LOGGED,
    )


def counted(lines: Iterable[str], most: int) -> str:
    """Return texts, shortened, each once with how often it came; numbers do not distinguish."""
    counts: Counter[str] = Counter()
    first: dict[str, str] = {}
    for line in lines:
        kind = _VARIABLE.sub("0", line)
        counts[kind] += 1
        first.setdefault(kind, line if len(line) <= most else line[: most - 1] + "…")
    some = [
        text + (f" ({counts[kind]} times)" if counts[kind] > 1 else "")
        for kind, text in list(first.items())[:MAX_LINES]
    ]
    return "; ".join(some) + ("; …" if len(first) > MAX_LINES else "")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Returns:
        The exit status: 0, or 1 if an expectation did not hold.
    """
    parser = argparse.ArgumentParser(
        prog="python -m scripts.reliability.faults", description=__doc__
    )
    parser.add_argument("--only", nargs="+", choices=CASES, metavar="NAME", help="try these")
    parser.add_argument("--list", action="store_true", help="print the names, try nothing")
    options = parser.parse_args(arguments)
    if options.list:
        print(*CASES, sep="\n")
        return 0
    return run(try_all([CASES[name] for name in options.only or CASES]))


if __name__ == "__main__":
    sys.exit(main())
