"""Measure the time of the shipped network for one face, compared with plain networks.

All are compiled to LiteRT and take turns in one thread, with batches of one face. Only the CPU time
of that thread counts, so other programs do not matter.
"""

import argparse
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import thread_time

import keras
import numpy as np
from keras import layers

from model.network.architecture import build_network
from model.network.export import export_litert
from model.network.litert import LiteRTModel
from model.network.manifest import LITERT_FILE, SHIPPED, read_manifest
from model.network.network_config import NetworkConfig

ROUNDS, WARM_UP = 400, 20
FILTERS = (32, 64, 128)  # of the plain networks' blocks


def main(arguments: list[str] | None = None) -> int:
    """Run the command line, and return the exit status."""
    argparse.ArgumentParser(
        prog="python -m scripts.benchmarks.network", description=__doc__
    ).parse_args(arguments)
    print_network_cost()
    return 0


def print_network_cost() -> None:
    """Print the parameters and the time of the shipped network and of plain ones."""
    shipped = build_network(NetworkConfig.from_json(read_manifest(SHIPPED).network))
    shape = shipped.input_shape[1:]
    networks = {
        "shipped": shipped,
        "three blocks of two convolutions": three_blocks(shape, convolutions=2, dense=128),
        "three blocks of one convolution": three_blocks(shape, convolutions=1, dense=175),
    }
    compiled = {name: _compiled(network) for name, network in networks.items() if name != "shipped"}
    compiled["shipped"] = LiteRTModel((SHIPPED / LITERT_FILE).read_bytes())
    times = _times(compiled, shape)
    print(f"\n{'network, one face, one thread':<34} {'parameters':>10} {'ms':>7} {'ratio':>6}")
    for name, network in networks.items():
        duration = median(times[name])
        print(
            f"{name:<34} {network.count_params():>10,} {1e3 * duration:>7.2f} "
            f"{median(times['shipped']) / duration:>5.2f}x"
        )


def three_blocks(shape: tuple[int, ...], convolutions: int, dense: int) -> keras.Sequential:
    """Build an untrained plain network: 3×3 convolutions with ReLU, and max pooling.

    Args:
        shape: shape of the input, (size, size, channels).
        convolutions: number of convolutions in each block.
        dense: units of the layer before the last one.
    """
    network = keras.Sequential([keras.Input(shape)])
    for filters in FILTERS:
        for _ in range(convolutions):
            network.add(layers.Conv2D(filters, 3, padding="same", activation="relu"))
        network.add(layers.MaxPooling2D())
    network.add(layers.Flatten())
    network.add(layers.Dense(dense, activation="relu"))
    network.add(layers.Dense(1, activation="sigmoid"))
    return network


def _compiled(network: keras.Sequential) -> LiteRTModel:
    with TemporaryDirectory(prefix="benchmark-network-") as folder:
        file = Path(folder) / "network.tflite"
        export_litert(network, file)
        return LiteRTModel(file.read_bytes())


def _times(compiled: dict[str, LiteRTModel], shape: tuple[int, ...]) -> dict[str, list[float]]:
    """Return the CPU time of each run of each network, in seconds."""
    face = np.random.default_rng(1).normal(size=(1, *shape)).astype(np.float32)
    times: dict[str, list[float]] = {name: [] for name in compiled}
    for number in range(WARM_UP + ROUNDS):
        for name, network in compiled.items():
            start = thread_time()
            network.run(face)
            if number >= WARM_UP:
                times[name].append(thread_time() - start)
    return times


if __name__ == "__main__":
    sys.exit(main())
