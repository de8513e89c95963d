import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.support.portraits import ASTRONAUT


def benchmark(*photos: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "scripts.benchmarks.face_detection", *map(str, photos)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.training
@pytest.mark.timeout(300)
@pytest.mark.long
def test_a_search_at_several_scales_finds_more_small_faces_than_one_of_the_whole_photo() -> None:
    done = benchmark(ASTRONAUT)
    assert done.returncode == 0, done.stderr
    rows = [line.split() for line in done.stdout.splitlines() if line.startswith("1280x960")]
    found = {
        (row[1], row[2]): int(row[-3].split("/")[0]) / int(row[-3].split("/")[1]) for row in rows
    }
    assert found["32", "scales"] > 0.8
    assert found["32", "whole"] < found["32", "scales"]
    # The network's cost beside that of plain ones, about as large.
    costs = [line.split() for line in done.stdout.splitlines() if line.endswith("x")][-3:]
    assert [cost[0] for cost in costs] == ["shipped", "three", "three"]
    assert [cost[-3] for cost in costs[1:]] == ["876,513", "899,423"]
    assert costs[0][-1] == "1.00x"


def test_photos_without_a_face_are_an_error(tmp_path: Path) -> None:
    Image.new("RGB", (100, 100)).save(tmp_path / "black.png")
    done = benchmark(tmp_path / "black.png")
    assert done.returncode == 1
    assert "no face was found" in done.stderr
