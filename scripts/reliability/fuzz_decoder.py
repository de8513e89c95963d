"""Feed the image decoder with damaged files and count what becomes of them.

Each input is made from the seed and its number, and decoded in a child process by the function that
the bot uses for what people send. The result has to be pixels or an `ImageError`, in bounded time
and memory. Anything else is a fault: its input is saved, and `--first NUMBER --inputs 1` makes it
again. The exit status is 1 if there was a fault.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tqdm import tqdm

from model.images.validation import Format
from scripts.reliability.images.decoding_process import (
    MAX_MEGABYTES,
    MAX_SECONDS,
    DecodingProcess,
    DecodingResult,
)
from scripts.reliability.images.mutations import mutated
from scripts.reliability.images.samples import Sample, heif_samples, samples

# Each HEIF file starts a process, which takes a hundred times as long as decoding a small JPEG.
HEIF_EVERY = 100


@dataclass(frozen=True, slots=True)
class Input:
    """A damaged file."""

    number: int
    base: Sample
    data: bytes = field(repr=False)


@dataclass
class Tally:
    """What became of the files of one format."""

    outcomes: Counter[str] = field(default_factory=Counter)
    faults: int = 0
    seconds: float = 0.0  # of the slowest
    megabytes: float = 0.0  # of the largest

    def add(self, result: DecodingResult) -> None:
        """Count one more file."""
        if result.harmless:
            self.outcomes[result.outcome] += 1
        else:
            self.faults += 1
        self.seconds = max(self.seconds, result.seconds)
        self.megabytes = max(self.megabytes, result.megabytes)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line.

    Returns:
        The exit status: 0, or 1 if there was a fault.
    """
    parser = argparse.ArgumentParser(
        prog="python -m scripts.reliability.fuzz_decoder", description=__doc__
    )
    parser.add_argument("--seed", type=int, default=1, help="default: %(default)s")
    parser.add_argument("--inputs", type=int, default=100_000, help="default: %(default)s")
    parser.add_argument("--first", type=int, default=0, help="number of the first input")
    parser.add_argument("--out", type=Path, help="folder for the inputs that were faults")
    options = parser.parse_args(arguments)
    tallies = {image_format: Tally() for image_format in Format}
    numbers = range(options.first, options.first + options.inputs)
    with DecodingProcess() as process:
        for made in tqdm(inputs(options.seed, numbers), total=len(numbers), disable=None):
            result = process.decode(made.data)
            tallies[made.base.format].add(result)
            if not result.harmless:
                _report(made, result, options.seed, options.out)
    _print_table(tallies)
    return 1 if any(tally.faults for tally in tallies.values()) else 0


def inputs(seed: int, numbers: Iterable[int]) -> Iterator[Input]:
    """Make damaged files.

    Args:
        seed: another seed makes other files.
        numbers: of the files to make, from 0. Those of multiples of `HEIF_EVERY` are HEIF.
    """
    plain, heif = samples(), heif_samples()
    for number in numbers:
        random = Random(f"{seed}:{number}")
        image_format = Format.HEIF if number % HEIF_EVERY == 0 else random.choice(_PLAIN)
        base = random.choice([file for file in plain + heif if file.format is image_format])
        yield Input(number, base, mutated(random, base, plain + heif))


_PLAIN = [image_format for image_format in Format if image_format is not Format.HEIF]


def _report(made: Input, result: DecodingResult, seed: int, folder: Path | None) -> None:
    print(f"input {made.number} of seed {seed} ({made.base.name}): {result}", flush=True)
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{seed}-{made.number}").write_bytes(made.data)


def _print_table(tallies: dict[Format, Tally]) -> None:
    outcomes = sorted({name for tally in tallies.values() for name in tally.outcomes})
    titles = ["made from", "inputs", *outcomes, "faults", "slowest", "most memory"]
    print("| " + " | ".join(titles) + " |")
    print("| --- |" + " ---: |" * (len(titles) - 1))
    for image_format, tally in tallies.items():
        counts = [*(tally.outcomes[name] for name in outcomes), tally.faults]
        cells = [image_format, *(f"{count:,}" for count in (sum(counts), *counts))]
        cells += [f"{tally.seconds:.1f} s", f"{tally.megabytes:.0f} MB"]
        print("| " + " | ".join(cells) + " |")
    print(f"A fault would be anything but pixels or a refusal, {MAX_SECONDS:.0f} s of CPU time or "
          f"{MAX_MEGABYTES} MB above idle.")  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
