"""Measure how often a retraining is promoted although there is nothing in common to learn.

FER is a folder of face crops as for scripts.train --crops. Its unaltered faces are those that users
send; right answers are left out until 8 % of the answers are wrong. Twelve users correct every
mistake and confirm some of the right answers. What is wrong with such faces is unlike from one to
the next, so what is learned from them is worth next to nothing on other faces. Target: the old
version stays in at least 9 of 10 runs.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np

from model.errors import MoodError
from model.network.manifest import SHIPPED, read_manifest
from model.retraining.promotion_gate import CorrectionsCheck
from model.retraining.retrain import retrain
from model.retraining.samples import SampleSet
from model.retraining.settings import HEAD, RetrainResult, RetrainSettings
from scripts.benchmarks.retraining_scenarios import as_samples
from scripts.benchmarks.shipped_view import ViewedFaces, load_unseen, parent_with, shipped_network

WRONG = 0.08  # share of the answers
_CONFIRMED = 0.22  # share of the right answers
_MAX_PROMOTED = 0.1  # share of the runs
_USERS = 12
_THREADS = 2
_ROW = "{:>4} {:>9} {:>9} {:>9} {:>7} {:>14} {:>14}  {}"


def main(arguments: list[str] | None = None) -> int:
    """Run the measurements.

    Returns:
        The exit status: 0; 1 if the target is missed, or the pictures are not as expected.
    """
    options = _parser().parse_args(arguments)
    try:
        unseen, network = load_unseen(options.folder), shipped_network()
        faces = ViewedFaces.of(unseen.validation, network).joined(
            ViewedFaces.of(unseen.calibration, network)
        )
        print(f"model {read_manifest(SHIPPED).version}")
        print(_ROW.format("seed", "mistakes", "confirmed", "corrected", "spoiled", *_HEADINGS))
        promoted = sum(_measure(faces, seed) for seed in range(options.seeds))
    except (MoodError, OSError) as error:
        print(f"unrelated_mistakes: {error}", file=sys.stderr)
        return 1
    print(f"\npromoted: {promoted} of {options.seeds}")
    return int(promoted > _MAX_PROMOTED * options.seeds)


_HEADINGS = ("others before", "others after", "decision")


def _measure(faces: ViewedFaces, seed: int) -> bool:
    """Print the line of a run, and return whether the new version was promoted."""
    rng = np.random.default_rng(seed)
    half = rng.permutation(len(faces))
    sent, base = (faces.subset(part) for part in np.array_split(half, 2))
    with tempfile.TemporaryDirectory() as folder:
        parent = parent_with(base, Path(folder) / "parent")
        sent, others = (_with_mistakes(some, rng) for some in (sent, base))
        samples, confirmed = _labelled(sent, rng)
        settings = RetrainSettings(HEAD, None, seed, _THREADS)
        result = retrain(parent, samples, Path(folder) / "out", settings, lambda _: None)
        shares = [
            float(right.mean()) for right in (others.right, others.right_after(result.folder))
        ]
    _print(seed, len(samples) - confirmed, confirmed, result, shares)
    return result.gate.passed


def _with_mistakes(faces: ViewedFaces, rng: np.random.Generator) -> ViewedFaces:
    """Leave out right answers until the share of wrong ones is `WRONG`."""
    right = faces.right
    kept = min(int(right.sum()), round((~right).sum() * (1 - WRONG) / WRONG))
    chosen = rng.choice(np.flatnonzero(right), kept, replace=False)
    return faces.subset(np.concatenate([np.flatnonzero(~right), chosen]))


def _labelled(faces: ViewedFaces, rng: np.random.Generator) -> tuple[SampleSet, int]:
    """Return what users say about the faces, and how many of the answers they confirm."""
    right = faces.right
    confirmed = right & (rng.random(len(faces)) < _CONFIRMED)
    said = np.flatnonzero(~right | confirmed)
    users = [f"person {rng.integers(_USERS)}" for _ in said]
    return as_samples(faces.faces.subset(said), users, len(faces)), int(confirmed.sum())


def _print(
    seed: int, mistakes: int, confirmed: int, result: RetrainResult, shares: list[float]
) -> None:
    check = result.gate.checks[0]
    if not isinstance(check, CorrectionsCheck):
        raise TypeError(f"expected the check of the corrections, got {check}")
    reason = "other checks" if check.rejection is None else check.rejection.name.lower()
    decision = "promoted" if result.gate.passed else f"kept: {reason}"
    before, after = (f"{share:.1%}" for share in shares)
    print(
        _ROW.format(
            seed, mistakes, confirmed, check.corrected, check.spoiled, before, after, decision
        ),
        flush=True,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m scripts.benchmarks.unrelated_mistakes",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path, metavar="FER", help="folder of face crops")
    parser.add_argument("--seeds", type=int, default=10, help="runs (default: %(default)s)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
