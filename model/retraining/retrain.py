"""Retraining: from samples to a new version, and the gate's decision on it."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from model.errors import DatasetError, TooFewSamplesError
from model.evaluation.metrics import compute_metrics
from model.network.calibration import fit_sure_threshold, fit_temperature
from model.network.manifest import REPLAY_FILE, SHIPPED, Manifest, read_manifest, sha256
from model.network.verdict import apply_temperature
from model.registry.version import Version
from model.retraining.paired_predictions import (
    ChampionChallenger,
    PairedPredictions,
    SureOnNeutral,
)
from model.retraining.progress import Progress
from model.retraining.promotion_gate import run_gate
from model.retraining.raw_moods import ModelAnswers
from model.retraining.samples import SampleSet, merge_near_duplicates
from model.retraining.settings import FULL, RetrainResult, RetrainSettings
from model.training.dependencies import load_training

if TYPE_CHECKING:
    from model.retraining.cross_validation import CrossValidationResult
    from model.retraining.head_learner import Learner

Report = Callable[[Progress], None]

_PARITY_CROPS = 200


def retrain(
    parent: Version, samples: SampleSet, out: Path, settings: RetrainSettings, report: Report
) -> RetrainResult:
    """Train on samples, and compare the new version with the one that it started from.

    Args:
        parent: the version to start from, and to beat.
        samples: samples to train on and to measure with.
        out: an empty folder, or one to be made; the new version goes into `model/` there.
        settings: how to train.
        report: called with the progress.

    Raises:
        DatasetError: there is nothing to train on or to measure with, or the pictures are not as
            expected.
        ModelError: the parent or the shipped model cannot be used, the parent lacks a replay
            buffer, or the new version's two forms do not agree.
        OSError: the result cannot be written.
    """
    if (settings.mode == FULL) != (settings.pictures is not None):
        raise DatasetError("Expected a folder of pictures for mode full, and none for mode head.")
    given = len(samples)
    samples = merge_near_duplicates(samples)
    # A single sample cannot be both trained on and measured with.
    if samples.held_out.all() or len(samples) == 1:
        raise TooFewSamplesError(len(samples), given)
    learner, trained = _train(parent, samples, settings, report)
    report(Progress("packing", 0, 1))
    old = read_manifest(parent.folder)
    new = _pack(learner, trained, old, samples, settings, out / "model")
    report(Progress("gate", 0, 1))
    comparison = _compare(learner, trained, (old, new), samples)
    result = RetrainResult(run_gate(comparison), out / "model", *comparison.metrics())
    report(Progress("gate", 1, 1))
    return result


def _train(
    parent: Version, samples: SampleSet, settings: RetrainSettings, report: Report
) -> tuple["Learner", "CrossValidationResult"]:
    # Imported late: TensorFlow takes seconds.
    load_training()
    from model.retraining.cross_validation import train_and_cross_validate
    from model.retraining.learner_factory import make_learner

    def report_features(done: int, total: int) -> None:
        report(Progress("features", done, total))

    def report_epoch(done: int, total: int, loss: float, accuracy: float) -> None:
        epoch = (done - 1) % learner.epochs + 1
        report(Progress("training", done, total, epoch, learner.epochs, loss, accuracy))

    learner = make_learner(parent.folder, samples, settings, report_features)
    report(Progress("training"))  # so that the first epoch can be timed
    return learner, train_and_cross_validate(learner, samples, settings.seed, report_epoch)


def _pack(
    learner: "Learner",
    trained: "CrossValidationResult",
    old: Manifest,
    samples: SampleSet,
    settings: RetrainSettings,
    folder: Path,
) -> Manifest:
    """Write the new version's model folder."""
    from model.training.pipeline import write_model_folder

    manifest = _manifest(learner, trained, old, samples, settings)
    crops = samples.crops[:_PARITY_CROPS]
    parts = learner.parts
    packed = write_model_folder(parts.network, manifest, crops, folder, parts.neither)
    learner.write_replay(folder / REPLAY_FILE)
    content = (folder / REPLAY_FILE).read_bytes()
    packed = replace(packed, hashes=packed.hashes | {REPLAY_FILE: sha256(content)})
    packed.write(folder)
    return packed


def _manifest(
    learner: "Learner",
    trained: "CrossValidationResult",
    old: Manifest,
    samples: SampleSet,
    settings: RetrainSettings,
) -> Manifest:
    moods, labels = trained.after.validation.moods, learner.labels
    raw, neutral = moods.happy, moods.is_neutral(old.neither)
    temperature = fit_temperature(raw, labels)
    if old.neither is None:
        threshold = fit_sure_threshold(apply_temperature(raw, temperature), labels)
    else:
        # Both thresholds were chosen together. A confidence means the same at the new temperature,
        # and a threshold fitted to these few faces would change how many neutral ones it lets pass.
        threshold = old.sure_threshold
    now = datetime.now(UTC)
    digest = _digest(old.version, samples)
    return Manifest(
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
            **(learner.evaluation_set.as_data() if learner.evaluation_set else {}),
        },
        metrics=compute_metrics(_cross_calibrated(raw, labels), labels, threshold, neutral),
        neither=old.neither,
    )


def _compare(
    learner: "Learner",
    trained: "CrossValidationResult",
    manifests: tuple[Manifest, Manifest],
    samples: SampleSet,
) -> ChampionChallenger:
    """Pair the calibrated answers of both versions, and those of the shipped one."""
    old, new = manifests
    before = ModelAnswers(old, trained.before.validation)
    after = ModelAnswers(new, trained.after.validation)
    measured = trained.measured
    validation = PairedPredictions(
        learner.labels,
        before.happy(),
        _cross_calibrated(after.answers.moods.happy, learner.labels),
        np.ones(len(learner.labels)),
    )
    corrections = PairedPredictions(
        samples.labels[measured],
        apply_temperature(trained.before.samples[measured], old.temperature),
        apply_temperature(trained.after.samples[measured], new.temperature),
        trained.user_weights[measured],
    )
    wrong = int(((trained.before.samples >= 0.5) != (samples.labels == 1)).sum())
    shipped = _ask_shipped(learner, old)
    return ChampionChallenger(
        validation,
        corrections,
        trained.balance[measured],
        trained.held_out,
        wrong / max(samples.answered, len(samples)),
        None if shipped is None else replace(validation, before=shipped.happy()),
        _sure_on_neutral(before, after, shipped),
    )


def _sure_on_neutral(
    before: ModelAnswers, after: ModelAnswers, shipped: ModelAnswers | None
) -> SureOnNeutral | None:
    neutral = after.answers.neutral
    if neutral is None:
        return None
    return SureOnNeutral(
        len(neutral.happy),
        before.sure_on_neutral(),
        after.sure_on_neutral(),
        None if shipped is None else shipped.sure_on_neutral(),
    )


def _ask_shipped(learner: "Learner", old: Manifest) -> ModelAnswers | None:
    """Return the shipped model's answers to the validation faces.

    None if the shipped model is the parent, or if the faces are not known as it sees them.
    """
    from model.retraining.replay_builder import load_parts

    shipped = read_manifest(SHIPPED)
    if shipped.version == old.version or shipped.preprocessing != old.preprocessing:
        return None
    answers = learner.predict_validation(load_parts(SHIPPED))
    return None if answers is None else ModelAnswers(shipped, answers)


def _cross_calibrated(raw: NDArray[np.float64], labels: NDArray[np.intp]) -> NDArray[np.float64]:
    """Calibrate each half with the temperature that fits the other half.

    So no answer is measured with a temperature that was fitted to it.
    """
    calibrated = np.empty_like(raw)
    odd = np.arange(len(raw)) % 2 == 1
    for half in (odd, ~odd):
        calibrated[half] = apply_temperature(raw[half], fit_temperature(raw[~half], labels[~half]))
    return calibrated


def _digest(parent: str, samples: SampleSet) -> str:
    """Return the SHA-256 of the parent's name and all samples, in hexadecimal."""
    labeled = sorted(zip(samples.digests, samples.labels.tolist(), strict=True))
    return hashlib.sha256(repr((parent, labeled)).encode()).hexdigest()
