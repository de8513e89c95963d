"""From lessons to a new version, and whether it may serve."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from model.errors import DatasetError, TooFewSamplesError
from model.evaluation.metrics import compute_metrics
from model.network.calibration import fit_sure_threshold, fit_temperature
from model.network.manifest import REPLAY_FILE, SHIPPED, Manifest, read_manifest, sha256
from model.network.verdict import apply_temperature
from model.registry.version import Version
from model.retraining.latency import milliseconds
from model.retraining.promotion_gate import ChampionChallenger, PairedPredictions, judge
from model.retraining.samples import SampleSet, merge_near_duplicates
from model.retraining.settings import FULL, Outcome, Progress, RetrainSettings

if TYPE_CHECKING:
    from model.retraining.cross_validation import CrossValidationResult
    from model.retraining.head_learner import Learner

DECISION_FILE = "decision.json"
_PARITY_CROPS = 200


def retrain(
    parent: Version,
    samples: SampleSet,
    out: Path,
    settings: RetrainSettings,
    report: Callable[[Progress], None],
) -> Outcome:
    """Learn from lessons, and compare the result with the version that it started from.

    Args:
        parent: the version to start from, and to beat.
        lessons: to learn from, and to measure with.
        out: an empty folder, or one to be made; gets `model/`, the new version.
        settings: how.
        report: told how far it is.

    Returns:
        What came of it.

    Raises:
        DatasetError: there is nothing to learn from or to measure with, or the pictures are not
            what is expected.
        ModelError: the parent or the shipped model cannot be used, the parent lacks a replay set,
            or the new version's two forms do not agree.
        OSError: the result cannot be written.
    """
    if (settings.mode == FULL) != (settings.pictures is not None):
        raise DatasetError("Expected a folder of pictures for mode full, and none for mode head.")
    samples = merge_near_duplicates(samples)
    if samples.held_out.all() or len(samples) == 1:  # one cannot be both learned from and judged
        raise TooFewSamplesError(len(samples))
    # Imported late: TensorFlow takes seconds.
    from model.retraining.cross_validation import train_and_cross_validate
    from model.retraining.learner_factory import make_learner

    old = read_manifest(parent.folder)
    learner = make_learner(
        parent.folder,
        samples,
        settings,
        lambda done, total: report(Progress("features", done, total)),
    )
    trial = train_and_cross_validate(
        learner,
        samples,
        settings.seed,
        lambda epoch, epochs, loss, accuracy: report(
            Progress("training", epoch, epochs, epoch, epochs, loss, accuracy)
        ),
    )
    report(Progress("packing", 0, 1))
    new = _pack(learner, trial, old, samples, settings, out / "model")
    report(Progress("gate", 0, 1))
    evidence = _evidence(learner, trial, (old, new), samples)
    times = milliseconds((parent.folder, out / "model"), samples.crops)
    passed, reasons = judge(evidence, times)
    before, after = evidence.figures()
    outcome = Outcome("promote" if passed else "keep", reasons, out / "model", before, after)
    _write_decision(outcome)
    report(Progress("gate", 1, 1))
    return outcome


def _pack(
    learner: "Learner",
    trial: "CrossValidationResult",
    old: Manifest,
    samples: SampleSet,
    settings: RetrainSettings,
    folder: Path,
) -> Manifest:
    """Write the new version."""
    from model.training.pipeline import write_model_folder

    raw, labels = trial.after.validation, learner.labels
    temperature = fit_temperature(raw, labels)
    threshold = fit_sure_threshold(apply_temperature(raw, temperature), labels)
    now = datetime.now(UTC)
    digest = _digest(old.version, samples)
    manifest = Manifest(
        version=f"{now:%Y-%m-%d-%H%M%S}-{digest[:6]}",
        created=f"{now:%Y-%m-%d}",
        preprocessing=old.preprocessing,
        temperature=temperature,
        sure_threshold=threshold,
        parent=old.version,
        network=old.network,
        training={"mode": settings.mode, "seed": settings.seed, "epochs": learner.epochs},
        data={
            "lessons": len(samples),
            "happy": int((samples.labels == 1).sum()),
            "sad": int((samples.labels == 0).sum()),
            "users": len(set(samples.users)),
            "held_out": int(samples.held_out.sum()),
            "sha256": digest,
        },
        metrics=compute_metrics(_calibrated_by_halves(raw, labels), labels, threshold),
    )
    packed = write_model_folder(learner.network(), manifest, samples.crops[:_PARITY_CROPS], folder)
    learner.write_replay(folder / REPLAY_FILE)
    content = (folder / REPLAY_FILE).read_bytes()
    packed = replace(packed, hashes=packed.hashes | {REPLAY_FILE: sha256(content)})
    packed.write(folder)
    return packed


def _evidence(
    learner: "Learner",
    trial: "CrossValidationResult",
    manifests: tuple[Manifest, Manifest],
    samples: SampleSet,
) -> ChampionChallenger:
    """The answers of both versions, and of the shipped one, as they would give them."""
    old, new = manifests
    judged = trial.judged
    validation = PairedPredictions(
        learner.labels,
        apply_temperature(trial.before.validation, old.temperature),
        _calibrated_by_halves(trial.after.validation, learner.labels),
        np.ones(len(learner.labels)),
    )
    shipped = _of_shipped(learner, old)
    return ChampionChallenger(
        validation,
        PairedPredictions(
            samples.labels[judged],
            apply_temperature(trial.before.samples[judged], old.temperature),
            apply_temperature(trial.after.samples[judged], new.temperature),
            trial.votes[judged],
        ),
        trial.balance[judged],
        trial.held_out,
        None if shipped is None else replace(validation, before=shipped),
    )


def _of_shipped(learner: "Learner", old: Manifest) -> NDArray[np.float64] | None:
    """The shipped model's answers to the old validation faces; None if it is the parent, or they
    are not known as it sees them."""
    from model.retraining.replay_builder import load_network

    shipped = read_manifest(SHIPPED)
    if shipped.version == old.version or shipped.preprocessing != old.preprocessing:
        return None
    raw = learner.asked(load_network(SHIPPED))
    return None if raw is None else apply_temperature(raw, shipped.temperature)


def _calibrated_by_halves(
    raw: NDArray[np.float64], labels: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Each half with the temperature that fits the other, so that none is measured on its own."""
    calibrated = np.empty_like(raw)
    odd = np.arange(len(raw)) % 2 == 1
    for half in (odd, ~odd):
        calibrated[half] = apply_temperature(raw[half], fit_temperature(raw[~half], labels[~half]))
    return calibrated


def _digest(parent: str, samples: SampleSet) -> str:
    """SHA-256 of all that was learned from, in hexadecimal."""
    learned = sorted(zip(samples.digests, samples.labels.tolist(), strict=True))
    return hashlib.sha256(repr((parent, learned)).encode()).hexdigest()


def _write_decision(outcome: Outcome) -> None:
    content: dict[str, Any] = {
        "decision": outcome.decision,
        "reasons": list(map(str, outcome.reasons)),
        "before": outcome.before.as_json(),
        "after": outcome.after.as_json(),
    }
    text = json.dumps(content, indent=2, ensure_ascii=False)
    (outcome.folder / DECISION_FILE).write_text(text + "\n", encoding="utf-8")
