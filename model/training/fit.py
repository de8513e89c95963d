"""One stage of a training, which can be interrupted at any moment.

All use Adam with decoupled weight decay of the kernels (Loshchilov & Hutter 2019), a learning rate
that rises, stays and falls along a cosine, and an exponential moving average of the weights (Polyak
& Juditsky 1992).
"""

from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from model.training.batches import Batches
from model.training.checkpoints import (
    BEST_FILE,
    HISTORY_FILE,
    Backup,
    BestWeights,
    read_column,
    remove_unfinished,
    restore,
    save_weights,
)
from model.training.config import StageConfig
from model.training.epoch_log import EpochLog
from model.training.interrupts import InterruptBetweenBatches
from model.training.learning_rate import WarmUpHoldCosine
from model.training.tensorboard import TensorBoardLog

FINISHED_FILE = "finished"  # there once the stage is done; holds the epoch whose weights are kept


def fit(
    network: keras.Model,
    batches: Batches,
    held_out: tuple[NDArray[np.float32], NDArray[np.float32]],
    loss: keras.losses.Loss,
    metric: str | None,
    stage: StageConfig,
    folder: Path,
) -> keras.Model:
    """Run one stage; an interrupted one continues after its last complete epoch.

    Args:
        network: the network to train.
        batches: the training faces.
        held_out: inputs and targets that the best weights are chosen on.
        loss: the loss.
        metric: Keras' name of the accuracy; None if the targets have no accuracy.
        stage: the hyperparameters.
        folder: folder for weights, history and the state to resume from.

    Returns:
        The network, with the best weights.
    """
    best, finished = folder / BEST_FILE, folder / FINISHED_FILE
    if finished.exists():
        network.load_weights(best)
        return network
    folder.mkdir(parents=True, exist_ok=True)
    network.compile(
        optimizer=_optimizer(len(batches), stage),
        loss=loss,
        metrics=[] if metric is None else [metric],
    )
    by_loss = stage.patience or stage.best_by_loss or metric is None
    monitor, mode = ("val_loss", "min") if by_loss else (f"val_{metric}", "max")
    start = network.evaluate(*held_out, verbose=0)[0] if stage.patience else None
    done = restore(network, folder)
    if start is not None and not done:
        # A trained network may not get any better. The file also holds the optimizer's variables.
        network.optimizer.build(network.trainable_variables)
        save_weights(network, best)
    # Before Keras prepares the first batches, which it does before the first epoch begins.
    batches.start_at(done)
    _continue_dropout(network, done * len(batches))
    known = [*read_column(folder, monitor), *([] if start is None else [start])]
    to_beat = (min if mode == "min" else max)(known, default=None)
    with InterruptBetweenBatches() as interrupt:
        network.fit(
            batches,
            initial_epoch=done,
            epochs=stage.epochs,
            shuffle=False,  # the batches are shuffled, and in a resumed training alike
            validation_data=held_out,
            verbose=0,
            callbacks=[
                *_callbacks(folder, monitor, mode, to_beat, stage.patience),
                EpochLog(folder.name, metric),
                interrupt,
            ],
        )
    epoch = _best_epoch(read_column(folder, monitor), mode, start)
    finished.write_text(f"{epoch}\n", encoding="utf-8")
    remove_unfinished(folder)
    network.load_weights(best)
    return network


def _continue_dropout(network: keras.Model, steps: int) -> None:
    """Let dropout go on as after that many steps: Keras does not save how far it was."""
    for layer in network.layers:
        if generator := getattr(layer, "seed_generator", None):
            seed = np.asarray(generator.state)[0]
            generator.state.assign([seed, steps])


def _callbacks(
    folder: Path, monitor: str, mode: str, to_beat: float | None, patience: int
) -> list[keras.callbacks.Callback]:
    callbacks = [
        # Order matters: the backup holds the weights being trained; after it, the averaged ones
        # take their place for the end of the epoch, when the best are saved. The history is last:
        # a line in it says that the epoch's weights are saved.
        Backup(folder),
        keras.callbacks.SwapEMAWeights(swap_on_epoch=True),
        BestWeights(folder, monitor, mode, to_beat),
        TensorBoardLog(folder / "tensorboard"),
        keras.callbacks.CSVLogger(folder / HISTORY_FILE, append=True),
    ]
    if patience:
        callbacks.append(
            keras.callbacks.EarlyStopping(
                monitor=monitor, mode=mode, patience=patience, baseline=to_beat
            )
        )
    return callbacks


def _optimizer(steps_an_epoch: int, stage: StageConfig) -> keras.optimizers.Optimizer:
    steps = steps_an_epoch * stage.epochs
    optimizer = keras.optimizers.AdamW(
        WarmUpHoldCosine(stage.learning_rate, steps, stage.warm_up, stage.hold),
        weight_decay=stage.weight_decay,
        use_ema=True,
        ema_momentum=1 - 1 / max(2.0, steps * stage.averaged),
    )
    optimizer.exclude_from_weight_decay(var_names=["gamma", "beta", "bias"])
    return optimizer


def _best_epoch(values: list[float], mode: str, start: float | None) -> int:
    """Return the epoch, from 1, whose weights are kept; 0 if none is better than the start."""
    best = (min if mode == "min" else max)(values)
    return 0 if start is not None and best >= start else values.index(best) + 1
