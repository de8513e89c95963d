"""From the bytes of a photo to its verdict, on one core: run it in the environment of a pipeline.

`python -m scripts.benchmarks.peers.pipelines NAME PHOTO...` prints a JSON object with a list for
each figure, of one value a photo. It needs nothing of this project but the pipeline.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

Pipeline = Callable[[bytes], int]  # returns how many faces it found


def ours() -> Pipeline:
    """Return the pipeline of the bot."""
    from model.prediction.predictor import Predictor

    predictor = Predictor(None)
    return lambda data: len(predictor.predict(data).faces)


def fer_with_haar() -> Pipeline:
    """Return what the README of `fer` suggests, which finds faces with a Haar cascade."""
    import cv2
    import numpy as np
    from fer.fer import FER

    detector = FER()

    def count(data: bytes) -> int:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        return len(detector.detect_emotions(picture))

    return count


def mtcnn_and_keras() -> Pipeline:
    """Return `mtcnn` with the network of `fer` run by Keras."""
    from scripts.benchmarks.everyday_bots.mtcnn_bot import moods_in

    return lambda data: len(moods_in(data))


PIPELINES = {"ours": ours, "haar": fer_with_haar, "mtcnn": mtcnn_and_keras}


def main() -> None:
    """Print the figures of one pipeline."""
    name, *photos = sys.argv[1:]
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # before its threads start
    contents = [Path(photo).read_bytes() for photo in photos]
    pipeline = PIPELINES[name]()
    pipeline(contents[0])  # the first one takes longer
    figures: dict[str, list[float]] = {"wall_ms": [], "cpu_ms": [], "faces": []}
    for content in contents:
        wall, cpu = time.perf_counter(), time.process_time()
        faces = pipeline(content)
        figures["wall_ms"].append(1000 * (time.perf_counter() - wall))
        figures["cpu_ms"].append(1000 * (time.process_time() - cpu))
        figures["faces"].append(faces)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
