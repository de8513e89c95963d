"""Log files for TensorBoard, written without the tensorboard package."""

import os
import time
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf


class TensorBoardLog(keras.callbacks.Callback):  # type: ignore[misc]
    """Writes the metrics of each epoch as TensorBoard scalars.

    An event file is a TFRecord file of Event messages, the first of which holds the version:
    https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/util/event.proto.
    Keras' own callback writes the same, but needs the tensorboard package.

    Args:
        folder: the folder to write to; show it with `tensorboard --logdir FOLDER`.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._writer: Any = None

    def on_train_begin(self, logs: Any = None) -> None:  # noqa: ARG002 (Keras' signature)
        """Start a new file, also when a training is resumed."""
        self._folder.mkdir(parents=True, exist_ok=True)
        name = f"events.out.tfevents.{time.time_ns()}"
        # As bytes: TensorFlow cannot encode a name that is not UTF-8.
        self._writer = tf.io.TFRecordWriter(os.fsencode(self._folder / name))
        self._write(tf.compat.v1.Event(wall_time=time.time(), file_version="brain.Event:2"))

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        values = [
            tf.compat.v1.Summary.Value(tag=name, simple_value=float(value))
            for name, value in (logs or {}).items()
        ]
        summary = tf.compat.v1.Summary(value=values)
        self._write(tf.compat.v1.Event(wall_time=time.time(), step=epoch, summary=summary))

    def on_train_end(self, logs: Any = None) -> None:  # noqa: ARG002 (Keras' signature)
        self._writer.close()

    def _write(self, event: Any) -> None:
        self._writer.write(event.SerializeToString())
        self._writer.flush()
