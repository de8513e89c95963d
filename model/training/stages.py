"""The stages of a training: pre-training on all expressions, then fine-tuning to happy and sad.

Both use Adam with decoupled weight decay (Loshchilov & Hutter 2019), a cosine learning rate with
warm-up, and an exponential moving average of the weights (Polyak & Juditsky 1992).
"""

import csv
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from model.data.face_set import FaceSet
from model.network.architecture import NetworkConfig, build_network, copy_backbone
from model.network.preprocessing import Preprocessing, standardize
from model.training.batches import Batches
from model.training.config import StageConfig, TrainingConfig
from model.training.interrupts import InterruptBetweenBatches
from model.training.tensorboard import TensorBoardLog

HISTORY_FILE = "history.csv"  # of each epoch, in the folder of a stage
FINISHED_FILE = "finished"  # there once the stage is done; holds the epoch whose weights are kept


class _EpochSeeds(keras.callbacks.Callback):  # type: ignore[misc]
    """Tells the batches with which epoch a resumed training continues."""

    def __init__(self, batches: Batches) -> None:
        super().__init__()
        self._batches = batches

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002 (Keras' signature)
        self._batches.start_at(epoch)


def pretrain(
    start: keras.Sequential | None,
    faces: FaceSet,
    validation: FaceSet,
    classes: int,
    network_config: NetworkConfig,
    settings: Preprocessing,
    config: TrainingConfig,
    folder: Path,
) -> keras.Sequential:
    """Train a classifier of all expressions: its features are better than those from two labels.

    Args:
        start: network whose backbone to start from, or None for random weights.
        faces: training faces; labels 0 to classes - 1.
        validation: faces that the best weights are chosen on.
        classes: number of expressions.
        network_config: shape of the network.
        settings: the preprocessing.
        config: the hyperparameters.
        folder: folder for weights, history and the state to resume from.

    Returns:
        The network with the best weights; its head has one output for each expression.
    """
    keras.utils.set_random_seed(config.seed)
    network = build_network(network_config, outputs=classes, fused=True)
    if start is not None:
        copy_backbone(start, network)
    eye = np.eye(classes, dtype=np.float32)
    stage = config.pretraining
    batches = Batches(
        faces.greys, eye[faces.labels], settings, config.variation, config.seed, config.batch_size
    )
    loss = keras.losses.CategoricalCrossentropy(label_smoothing=stage.label_smoothing)
    held_out = (to_network_input(validation.greys, settings), eye[validation.labels])
    return _fit(network, batches, held_out, loss, "categorical_accuracy", stage, folder)


def finetune(
    start: keras.Sequential | None,
    greys: NDArray[np.uint8],
    targets: NDArray[np.float32],
    validation: FaceSet,
    network_config: NetworkConfig,
    settings: Preprocessing,
    config: TrainingConfig,
    folder: Path,
) -> keras.Sequential:
    """Train a network that returns the probability of happy.

    Args:
        start: network whose backbone to start from, and whose head as well if it has the same
            output; None for random weights.
        greys: (count, size, size), grey levels 0 to 255.
        targets: (count,) probability of happy of each face; 0.5 if it is neither happy nor sad.
        validation: faces that the best weights are chosen on; label 1 is happy, 0 is sad.
        network_config: shape of the network.
        settings: the preprocessing.
        config: the hyperparameters.
        folder: folder for weights, history and the state to resume from.

    Returns:
        The network with the best weights.
    """
    keras.utils.set_random_seed(config.seed)
    network = build_network(network_config, fused=True)
    if start is not None and start.output_shape == network.output_shape:
        network.set_weights(start.get_weights())
    elif start is not None:
        copy_backbone(start, network)
    stage = config.finetuning
    batches = Batches(greys, targets, settings, config.variation, config.seed, config.batch_size)
    loss = keras.losses.BinaryCrossentropy(label_smoothing=stage.label_smoothing)
    held_out = (to_network_input(validation.greys, settings), validation.labels.astype(np.float32))
    return _fit(network, batches, held_out, loss, "binary_accuracy", stage, folder)


def to_network_input(
    greys: NDArray[np.uint8] | NDArray[np.float32], settings: Preprocessing
) -> NDArray[np.float32]:
    """Turn grey crops (count, size, size) into the network's input (count, size, size, 1)."""
    return standardize(greys.astype(np.float32)[..., None], settings)


def _fit(
    network: keras.Sequential,
    batches: Batches,
    held_out: tuple[NDArray[np.float32], NDArray[np.float32]],
    loss: keras.losses.Loss,
    metric: str,
    stage: StageConfig,
    folder: Path,
) -> keras.Sequential:
    """Run one stage; an interrupted one continues after its last complete epoch."""
    best, finished = folder / "best.weights.h5", folder / FINISHED_FILE
    if finished.exists():
        network.load_weights(best)
        return network
    folder.mkdir(parents=True, exist_ok=True)
    network.compile(optimizer=_optimizer(len(batches), stage), loss=loss, metrics=[metric])
    monitor, mode = ("val_loss", "min") if stage.patience else (f"val_{metric}", "max")
    to_beat = _best_so_far(folder / HISTORY_FILE, monitor, mode)
    start = _start_as_best(network, held_out, best) if stage.patience else None
    if start is not None:
        to_beat = start if to_beat is None else min(start, to_beat)
    with InterruptBetweenBatches() as interrupt:
        network.fit(
            batches,
            epochs=stage.epochs,
            validation_data=held_out,
            verbose=1,
            callbacks=[
                *_callbacks(folder, best, monitor, mode, to_beat, stage.patience),
                _EpochSeeds(batches),
                interrupt,
            ],
        )
    epoch = _best_epoch(folder / HISTORY_FILE, monitor, mode, start)
    finished.write_text(f"{epoch}\n", encoding="utf-8")
    network.load_weights(best)
    return network


def _callbacks(
    folder: Path, best: Path, monitor: str, mode: str, to_beat: float | None, patience: int
) -> list[keras.callbacks.Callback]:
    callbacks = [
        # Order matters: the backup holds the weights being trained; after it, the averaged ones
        # take their place for the end of the epoch, when the best are saved.
        keras.callbacks.BackupAndRestore(folder / "backup"),
        keras.callbacks.SwapEMAWeights(swap_on_epoch=True),
        keras.callbacks.ModelCheckpoint(
            best,
            monitor=monitor,
            mode=mode,
            save_best_only=True,
            save_weights_only=True,
            initial_value_threshold=to_beat,
        ),
        keras.callbacks.CSVLogger(folder / HISTORY_FILE, append=True),
        TensorBoardLog(folder / "tensorboard"),
    ]
    if patience:
        callbacks.append(
            keras.callbacks.EarlyStopping(
                monitor=monitor, mode=mode, patience=patience, baseline=to_beat
            )
        )
    return callbacks


def _start_as_best(
    network: keras.Sequential,
    held_out: tuple[NDArray[np.float32], NDArray[np.float32]],
    best: Path,
) -> float:
    """Save the initial weights as the best so far: a trained network may not get any better.

    Returns:
        Their loss.
    """
    start = float(network.evaluate(*held_out, verbose=0)[0])
    if not best.exists():
        # The file also holds the optimizer's variables, and must have those that `fit` will add.
        network.optimizer.build(network.trainable_variables)
        network.save_weights(best)
    return start


def _optimizer(steps_an_epoch: int, stage: StageConfig) -> keras.optimizers.Optimizer:
    steps = steps_an_epoch * stage.epochs
    schedule = keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=stage.learning_rate / 25,
        decay_steps=max(1, round(steps * (1 - stage.warm_up))),
        warmup_target=stage.learning_rate,
        warmup_steps=max(1, round(steps * stage.warm_up)),
        alpha=0.002,
    )
    return keras.optimizers.AdamW(
        schedule,
        weight_decay=stage.weight_decay,
        use_ema=True,
        ema_momentum=1 - 1 / max(2.0, steps * stage.averaged),
    )


def _best_so_far(history: Path, monitor: str, mode: str) -> float | None:
    """Return the best value of an interrupted stage, if there is one."""
    values = _read(history, monitor) if history.exists() else []
    return (min if mode == "min" else max)(values, default=None)


def _best_epoch(history: Path, monitor: str, mode: str, start: float | None) -> int:
    """Return the epoch, from 1, whose weights are kept; 0 if none is better than the start."""
    values = _read(history, monitor)
    best = (min if mode == "min" else max)(values)
    return 0 if start is not None and best >= start else values.index(best) + 1


def _read(history: Path, metric: str) -> list[float]:
    with history.open(encoding="utf-8", newline="") as stream:
        return [float(row[metric]) for row in csv.DictReader(stream)]


def predict(
    network: keras.Sequential, greys: NDArray[np.uint8], settings: Preprocessing
) -> NDArray[np.float64]:
    """Return the probability of happy of each crop, (count,), 0 to 1.

    Args:
        network: a network with one output.
        greys: (count, size, size), grey levels 0 to 255.
        settings: the preprocessing.
    """
    output = network.predict(to_network_input(greys, settings), batch_size=256, verbose=0)
    return np.asarray(output, np.float64)[:, 0]
