import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.process
def test_it_prints_times_and_leaves_no_files(tmp_path: Path) -> None:
    sizes = ["--faces", "3000", "--corrections", "300"]
    done = subprocess.run(
        [sys.executable, "-m", "scripts.benchmarks.storage", *sizes],
        env={"TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    made, empty, tap, *queries = done.stdout.splitlines()
    assert made.startswith("large: 3,000 faces, 300 corrections, ")
    assert empty.startswith("empty: ")
    assert tap.startswith("a tap: ")
    assert [query.partition(":")[0] for query in queries] == [
        "/stats",
        "what retraining learns from",
        "/review",
    ]
    assert list(tmp_path.iterdir()) == []
