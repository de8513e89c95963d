"""Train the mood network on folders of face crops, and pack it as a model folder.

DIR holds train/ and validation/, each with a folder a label: happy/ and sad/ are needed; any
other expression (neutral, angry, ...) is pre-trained on, and neutral faces also teach the network
when not to be sure. A training that was interrupted goes on where it was if started again with
the same --out.
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from model.errors import MoodError


def main(arguments: list[str] | None = None) -> int:
    """Train as the command line says.

    Args:
        arguments: of the command line; by default the process's own.

    Returns:
        The exit status: 0, or 1 if the pictures are not what is expected.
    """
    options = _parser().parse_args(arguments)
    # Imported late: TensorFlow takes seconds, which --help need not wait for.
    import keras

    from model.pipeline import train_model
    from model.training import Recipe

    if options.bfloat16:
        keras.mixed_precision.set_global_policy("mixed_bfloat16")
    recipe = Recipe(seed=options.seed)
    if options.epochs is not None:
        pre, fine = options.epochs
        recipe = replace(
            recipe,
            pretraining=replace(recipe.pretraining, epochs=pre),
            finetuning=replace(recipe.finetuning, epochs=fine),
        )
    try:
        manifest = train_model(options.folder, options.out, recipe)
    except MoodError as error:
        print(f"train: {error}", file=sys.stderr)
        return 1
    for name, value in manifest.metrics.items():
        print(f"{name:<24} {value:.4f}" if isinstance(value, float) else f"{name:<24} {value}")
    print(f"\nmodel {manifest.version} is in {options.out / 'model'}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m scripts.train",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path, metavar="DIR", help="holds train/ and validation/")
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("runs/train"),
        metavar="DIR",
        help="where checkpoints, history and the model go (default: %(default)s)",
    )
    parser.add_argument(
        "--epochs",
        type=int,
        nargs=2,
        metavar=("PRE", "FINE"),
        help="epochs of pre-training (0: none) and of fine-tuning",
    )
    parser.add_argument(
        "--bfloat16",
        action="store_true",
        help="compute in mixed bfloat16: half the time on processors with AVX-512 BF16",
    )
    parser.add_argument("--seed", type=int, default=1, help="default: %(default)s")
    return parser


if __name__ == "__main__":
    sys.exit(main())
