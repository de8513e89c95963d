"""Build the replay buffer of a model folder (replay.npz), which retraining needs.

DIR is the data set that the model was trained on, with the layout and split of scripts.train. The
file holds backbone features of a few thousand training faces and of all validation faces that are
happy, sad or neutral; no pictures. It fits only the backbone it was built with, so build it again
for every model that scripts.train makes. Versions made by /retrain keep the backbone and the file.
"""

import argparse
import sys
from functools import partial
from pathlib import Path

from tqdm import tqdm

from model.data.loading import CropReader, PhotoReader
from model.data.splits import DatasetSplit, load_dataset
from model.errors import MoodError
from model.network.manifest import SHIPPED, read_manifest
from model.training.dependencies import load_training, require_training


def main(arguments: list[str] | None = None) -> int:
    """Run the command line.

    Returns:
        The exit status: 0, or 1 if the pictures or the model cannot be used.
    """
    options = _parser().parse_args(arguments)
    try:
        require_training()
        data = _load(options)
        # Imported late: TensorFlow takes seconds to load.
        load_training()
        from model.retraining.replay_builder import add_replay

        count, size = add_replay(data, options.model, options.seed)
    except (MoodError, OSError) as error:
        print(f"build_replay: {error}", file=sys.stderr)
        return 1
    print(f"{options.model / 'replay.npz'}: {count} training faces, {size / 1e6:.1f} MB")
    return 0


def _load(options: argparse.Namespace) -> DatasetSplit:
    def on_skipped(file: Path, reason: str) -> None:
        tqdm.write(f"build_replay: {file}: {reason}", file=sys.stderr)

    settings = read_manifest(options.model).preprocessing
    reader = CropReader(settings) if options.crops else PhotoReader(settings, options.cache)
    # disable=None: no progress bar if the output is not a terminal.
    progress = partial(tqdm, unit=" pictures", disable=None)
    return load_dataset(options.folder, reader, settings, options.seed, on_skipped, progress)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m scripts.build_replay",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path, metavar="DIR", help="folder of pictures, see above")
    parser.add_argument("--crops", action="store_true", help="the pictures are face crops")
    parser.add_argument(
        "--model",
        type=Path,
        default=SHIPPED,
        metavar="DIR",
        help="model folder (default: the shipped model)",
    )
    parser.add_argument(
        "--cache",
        type=Path,
        default=Path("runs/train/faces.npz"),
        metavar="FILE",
        help="file that keeps the faces found in photos (default: %(default)s)",
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=1,
        help="random seed of the model's training (default: %(default)s)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
