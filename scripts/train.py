"""Train a model on your own pictures.

DIR holds the folders happy/ and sad/; or a folder train/ with these in it and, if you like,
validation/ (or val/) and test/ folders with the same. Other folders beside happy/ and sad/
(neutral/, angry/, ...) are other labels, unless their name starts with "_" or ".". Without a
validation folder, a fifth of the pictures is used for validation; copies of a picture stay
together.

The pictures are whole photos: the largest face of each is found and cut out as the bot does it.
Photos without a face and unreadable files are listed and skipped. With --crops each picture is a
face crop.

The training starts from the shipped model. With fewer than 10,000 faces it stops when the model no
longer improves; with more, or with --from-scratch, it is first trained on all expressions. If a
training is interrupted, the same command with the same --out continues it.
"""

import argparse
import sys
from functools import partial
from pathlib import Path

from tqdm import tqdm

from model.data.loading import CropReader, PhotoReader
from model.data.splits import DatasetSplit, load_dataset
from model.errors import MoodError
from model.network.preprocessing import Preprocessing
from model.training.config import default_config
from model.training.dependencies import load_training, require_training


def main(arguments: list[str] | None = None) -> int:
    """Run the command line.

    Returns:
        The exit status: 0; 1 if the pictures or the model cannot be used, or a file cannot be
        written; 130 if interrupted.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.epochs is not None and (options.epochs[0] < 0 or options.epochs[1] < 1):
        parser.error("--epochs: expected 0 or more of pre-training and 1 or more of fine-tuning")
    try:
        require_training()
        data = _load(options)
        _print_data(data)
        _train(data, options)
    except (MoodError, OSError) as error:
        print(f"train: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ntrain: interrupted; run the same command again to continue", file=sys.stderr)
        return 130  # as shells report it
    return 0


def _load(options: argparse.Namespace) -> DatasetSplit:
    def on_skipped(file: Path, reason: str) -> None:
        tqdm.write(f"train: {file}: {reason}", file=sys.stderr)

    settings = Preprocessing()
    reader = (
        CropReader(settings) if options.crops else PhotoReader(settings, options.out / "faces.npz")
    )
    # disable=None: no progress bar if the output is not a terminal.
    progress = partial(tqdm, unit=" pictures", disable=None)
    return load_dataset(options.folder, reader, settings, options.seed, on_skipped, progress)


def _print_data(data: DatasetSplit) -> None:
    for part, counts in data.counts().items():
        print(f"{part:<12}", ", ".join(f"{count} {name}" for name, count in counts.items()))
    for reason, count in data.skipped.items():
        print(f"skipped      {count}: {reason}")


def _train(data: DatasetSplit, options: argparse.Namespace) -> None:
    # Imported late: TensorFlow takes seconds to load, and mistakes should be reported before that.
    load_training()
    import keras

    from model.evaluation.report import write_report
    from model.training.pipeline import train_model

    if options.bfloat16:
        keras.mixed_precision.set_global_policy("mixed_bfloat16")
    config = default_config(
        is_large=data.is_large,
        seed=options.seed,
        from_scratch=options.from_scratch,
        epochs=options.epochs,
    )
    name = options.folder.resolve().name
    manifest = train_model(name, data, Preprocessing(), config, options.out)
    print(f"\n{write_report(options.out, data)}")
    print(f"\nmodel {manifest.version} is in {options.out / 'model'}, plots beside it")


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
        help="maximum number of epochs of pre-training (0: none) and of fine-tuning",
    )
    parser.add_argument(
        "--bfloat16",
        action="store_true",
        help="train in mixed bfloat16: takes half the time on processors with AVX-512 BF16",
    )
    parser.add_argument("--seed", type=int, default=1, help="random seed (default: %(default)s)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
