"""Train a model on your own pictures.

DIR holds the folders happy/ and sad/; or a folder train/ with these in it and, if you like,
validation/ (or val/) and test/ folders with the same. Other folders beside happy/ and sad/
(neutral/, angry/, ...) are other labels, unless their name starts with "_" or ".". Without a
validation folder, a fifth of the pictures is used for validation; copies of a picture stay
together.

The pictures are whole photos: the largest face of each is found and cut out as the bot does it.
Photos without a face and unreadable files are listed and skipped. With --crops each picture is a
face crop.

A file votes.csv in DIR may say how several people labelled each picture; docs/training.md describes
it. The network then learns the shares of their votes, which say how sure one can be.

The training starts from the shipped model. With fewer than 10,000 faces it stops when the model no
longer improves; with more, or with --from-scratch, it is first trained on all expressions. If a
training is interrupted, the same command with the same --out continues it.
"""

import argparse
import logging
import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile

from tqdm import tqdm

from model.data.folder_layout import read_layout
from model.data.loading import CropReader, PhotoReader, load_faces
from model.data.splits import DatasetSplit, cross_validation_splits, split_dataset
from model.errors import MoodError
from model.network.preprocessing import Preprocessing
from model.training.config import default_config
from model.training.dependencies import load_training, require_training
from scripts.standard_streams import escape_unprintable


def main(arguments: list[str] | None = None) -> int:
    """Run the command line.

    Returns:
        The exit status: 0; 1 if the pictures or the model cannot be used, or a file cannot be
        written; 130 if interrupted.
    """
    escape_unprintable()
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.epochs is not None and (options.epochs[0] < 0 or options.epochs[1] < 1):
        parser.error("--epochs: expected 0 or more of pre-training, and 1 or more after it")
    try:
        require_training()
        _check_writable(options.out)
        splits = _load(options)
        _print_data(splits)
        _train(splits, options)
    except (MoodError, OSError) as error:
        print(f"train: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ntrain: interrupted; run the same command again to continue", file=sys.stderr)
        return 130  # as shells report it
    return 0


def _check_writable(folder: Path) -> None:
    """Raise OSError if no file can be written there: better now than when the faces are found."""
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryFile(dir=folder):
        pass


def _load(options: argparse.Namespace) -> list[DatasetSplit]:
    """Read the pictures; return a split for each training."""

    def on_skipped(file: Path, reason: str) -> None:
        tqdm.write(f"train: {file}: {reason}", file=sys.stderr)

    settings = Preprocessing()
    reader = (
        CropReader(settings) if options.crops else PhotoReader(settings, options.out / "faces.npz")
    )
    # disable=None: no progress bar if the output is not a terminal.
    progress = partial(tqdm, unit=" pictures", disable=None)
    layout = read_layout(options.folder)
    loaded = load_faces(layout, reader, settings, on_skipped, progress)
    if options.cross_validate:
        return cross_validation_splits(layout.names, loaded, options.seed)
    return [split_dataset(layout.names, loaded, options.seed)]


def _print_data(splits: list[DatasetSplit]) -> None:
    data = splits[0]
    if len(splits) > 1:
        print(f"{len(splits)} trainings, the first with")
    for part, counts in data.counts().items():
        print(f"{part:<12}", ", ".join(f"{count} {name}" for name, count in counts.items()))
    for reason, count in data.skipped.items():
        print(f"skipped      {count}: {reason}")


def _train(splits: list[DatasetSplit], options: argparse.Namespace) -> None:
    # Imported late: TensorFlow takes seconds to load, and mistakes should be reported before that.
    load_training()
    import keras

    from model.evaluation.report import compare_with_shipped, write_report
    from model.training.cross_validation import cross_validate
    from model.training.pipeline import train_model

    if options.bfloat16:
        keras.mixed_precision.set_global_policy("mixed_bfloat16")
    data = splits[0]
    config = default_config(
        is_large=data.is_large,
        seed=options.seed,
        from_scratch=options.from_scratch,
        has_votes=data.train.votes is not None,
        epochs=options.epochs,
    )
    # As a text that can be stored: on Linux, a name is bytes, and perhaps not of UTF-8.
    name = os.fsencode(options.folder.resolve().name).decode(errors="replace")
    with _epochs_shown():
        if options.cross_validate:
            new, faces = cross_validate(name, splits, Preprocessing(), config, options.out)
        else:
            manifest = train_model(name, data, Preprocessing(), config, options.out)
    if options.cross_validate:
        heading = f"measured on {len(faces)} faces of {name}, by cross-validation"
        print("", *compare_with_shipped(new, faces, heading), sep="\n")
        return
    print(f"\n{write_report(options.out, data)}")
    model = options.out / "model"
    print(f"\nmodel {manifest.version} is in {model}, plots beside it. To let the bot use it:\n")
    print(f"    photo-mood models add {shlex.quote(str(model))}")


@contextmanager
def _epochs_shown() -> Iterator[None]:
    """Print the log of the training, a line for each epoch."""
    handler = logging.StreamHandler(sys.stdout)
    logger = logging.getLogger("model.training")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.removeHandler(handler)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="photo-mood train",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path, metavar="DIR", help="folder of pictures, see above")
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("runs/train"),
        metavar="DIR",
        help="folder for checkpoints, history and the model (default: %(default)s)",
    )
    parser.add_argument("--crops", action="store_true", help="the pictures are face crops")
    parser.add_argument(
        "--from-scratch",
        action="store_true",
        help="start from random weights instead of the shipped model",
    )
    parser.add_argument(
        "--epochs",
        type=int,
        nargs=2,
        metavar=("PRE", "FINE"),
        help="maximum number of epochs of pre-training (0: none) and of each stage after it, but "
        "for the last one of models that tell neutral faces",
    )
    parser.add_argument(
        "--bfloat16",
        action="store_true",
        help="train in mixed bfloat16: takes half the time on processors with AVX-512 BF16",
    )
    parser.add_argument(
        "--cross-validate",
        action="store_true",
        help="make no model, but measure on all pictures, in five trainings: for few pictures",
    )
    parser.add_argument("--seed", type=int, default=1, help="random seed (default: %(default)s)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
