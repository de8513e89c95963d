"""A log of a training that TensorBoard shows, written without TensorBoard being installed."""

import time
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf


class TensorBoardLog(keras.callbacks.Callback):  # type: ignore[misc]
    """Writes each epoch's metrics as TensorBoard scalars.

    An event file is a TFRecord file of Event messages whose first says the version:
    https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/util/event.proto.
    Keras' own callback needs the tensorboard package and writes the same.

    Args:
        folder: gets a file; `tensorboard --logdir` of it or of a folder above shows it.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._writer: Any = None

    def on_train_begin(self, logs: Any = None) -> None:  # noqa: ARG002 (Keras' signature)
        """Start a file; a resumed training's lies beside the interrupted one's."""
        self._folder.mkdir(parents=True, exist_ok=True)
        name = f"events.out.tfevents.{time.time_ns()}"
        self._writer = tf.io.TFRecordWriter(str(self._folder / name))
        self._write(tf.compat.v1.Event(wall_time=time.time(), file_version="brain.Event:2"))

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Write the metrics of an epoch."""
        values = [
            tf.compat.v1.Summary.Value(tag=name, simple_value=float(value))
            for name, value in (logs or {}).items()
        ]
        summary = tf.compat.v1.Summary(value=values)
        self._write(tf.compat.v1.Event(wall_time=time.time(), step=epoch, summary=summary))

    def on_train_end(self, logs: Any = None) -> None:  # noqa: ARG002 (Keras' signature)
        """Close the file."""
        self._writer.close()

    def _write(self, event: Any) -> None:
        self._writer.write(event.SerializeToString())
        self._writer.flush()
