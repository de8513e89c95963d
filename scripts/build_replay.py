"""Make replay.npz for a model folder: what retraining needs to know of the faces it was made from.

DIR is what the model was trained on, laid out as for scripts.train, and split as it is there. The
file holds what the model's convolutions make of a few thousand of the training faces, and of all
validation faces; no pictures. It fits this model's convolutions only: make it anew whenever
another model takes their place. Versions that /retrain makes keep them, and the file.
"""

import argparse
import sys
from pathlib import Path

from tqdm import tqdm

from model.data.folder_layout import read_layout
from model.data.loading import CropReader, PhotoReader, load_faces
from model.data.splits import DatasetSplit, split_dataset
from model.errors import MoodError
from model.network.manifest import SHIPPED, read_manifest


def main(arguments: list[str] | None = None) -> int:
    """Make the file as the command line says.

    Args:
        arguments: of the command line; by default the process's own.

    Returns:
        The exit status: 0; 1 if pictures or model are not what is expected.
    """
    options = _parser().parse_args(arguments)
    try:
        data = _gathered(options)
        # Imported late: TensorFlow takes seconds.
        from model.retraining.replay_builder import add_replay

        count, size = add_replay(data, options.model, options.seed)
    except (MoodError, OSError) as error:
        print(f"replay: {error}", file=sys.stderr)
        return 1
    print(f"{options.model / 'replay.npz'}: {count} training faces, {size / 1e6:.1f} MB")
    return 0


def _gathered(options: argparse.Namespace) -> DatasetSplit:
    def skipped(file: Path, reason: str) -> None:
        tqdm.write(f"replay: {file}: {reason}", file=sys.stderr)

    settings = read_manifest(options.model).preprocessing
    layout = read_layout(options.folder)
    reader = CropReader(settings) if options.crops else PhotoReader(settings, options.cache)
    loaded = load_faces(
        layout,
        reader,
        settings,
        skipped,
        lambda pictures: tqdm(pictures, unit=" pictures", disable=None),
    )
    return split_dataset(layout.names, loaded, options.seed)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m scripts.build_replay",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path, metavar="DIR", help="of pictures, as said above")
    parser.add_argument("--crops", action="store_true", help="the pictures are face crops")
    parser.add_argument(
        "--model",
        type=Path,
        default=SHIPPED,
        metavar="DIR",
        help="the model's folder (default: the shipped model's)",
    )
    parser.add_argument(
        "--cache",
        type=Path,
        default=Path("runs/train/faces.npz"),
        metavar="FILE",
        help="remembers the faces found in photos (default: %(default)s)",
    )
    parser.add_argument(
        "--seed", type=int, default=1, help="that the model was trained with (default: %(default)s)"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
