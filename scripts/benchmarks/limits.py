"""Show how far the networks are from what the processor could do.

For each network, a pass is compared with the time that the processor would need for its
floating-point operations at the rate of a large matrix product in one thread. Only processor time
counts, and the least of many runs, so that other programs matter little.
"""

import argparse
import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Sequence
from math import prod

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from model.faces.weights import weights_file
from model.network.litert import LiteRTModel
from model.network.manifest import LITERT_FILE, SHIPPED

RUNS = 100
MATRIX_SIDE, MATRIX_RUNS = 512, 200
NETWORKS = {
    "BlazeFace, back camera": weights_file("face_detection_back.tflite"),
    "BlazeFace, short range": weights_file("face_detection_short_range.tflite"),
    "face presence": weights_file("face_landmark.tflite"),
    "moods of a face": SHIPPED / LITERT_FILE,
}
DEPTHWISE = "DEPTHWISE_CONV_2D"
WEIGHTED = ("CONV_2D", DEPTHWISE, "FULLY_CONNECTED")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status, 0."""
    argparse.ArgumentParser(
        prog="python -m scripts.benchmarks.limits", description=__doc__
    ).parse_args(arguments)
    # NumPy reads it when it is loaded. Threads that wait for each other use processor time too.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        rate = pool.apply(_matrix_rate)
    print(f"matrix product of float32: {rate / 1e9:.0f} GFLOP/s of one core\n")
    print("| network | MFLOP | of them depthwise, % | at that rate, ms | measured, ms | ratio |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name, file in NETWORKS.items():
        content = file.read_bytes()
        flops, depthwise = _flops(content)
        limit, measured = flops / rate, _pass_s(content)
        print(
            f"| {name} | {flops / 1e6:.0f} | {100 * depthwise / flops:.0f} | {1e3 * limit:.2f} | "
            f"{1e3 * measured:.2f} | {measured / limit:.1f} |",
            flush=True,
        )
    return 0


def _matrix_rate() -> float:
    """Return the floating-point operations of one core in a second."""
    matrix = np.random.default_rng(1).normal(size=(MATRIX_SIDE, MATRIX_SIDE)).astype(np.float32)
    return float(2 * MATRIX_SIDE**3 / _least_s(lambda: matrix @ matrix, MATRIX_RUNS))


def _pass_s(content: bytes) -> float:
    network = LiteRTModel(content)
    shape = Interpreter(model_content=content).get_input_details()[0]["shape"]
    inputs = np.random.default_rng(1).random(tuple(shape), np.float32)
    return _least_s(lambda: network.run(inputs), RUNS)


def _least_s(run: Callable[[], object], runs: int) -> float:
    """Return the least processor time of some runs, that of all threads together."""
    times = []
    for _ in range(runs):
        start = time.process_time()
        run()
        times.append(time.process_time() - start)
    return min(times)


def _flops(content: bytes) -> tuple[int, int]:
    """Return the floating-point operations of the convolutions and dense layers of a pass.

    A multiplication and its addition count as two.

    Returns:
        All of them, and those of depthwise convolutions.
    """
    # A delegate would replace the operations.
    interpreter = Interpreter(
        model_content=content,
        experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
    )
    shapes = {
        one["index"]: tuple(map(int, one["shape"])) for one in interpreter.get_tensor_details()
    }
    flops = depthwise = 0
    for operation in interpreter._get_ops_details():
        if operation["op_name"] not in WEIGHTED:
            continue
        # (1, height, width, channels) or (1, units): each weight acts at each place.
        places = prod(shapes[operation["outputs"][0]][1:-1])
        spent = 2 * places * prod(shapes[operation["inputs"][1]])
        flops += spent
        depthwise += spent if operation["op_name"] == DEPTHWISE else 0
    return flops, depthwise


if __name__ == "__main__":
    sys.exit(main())
