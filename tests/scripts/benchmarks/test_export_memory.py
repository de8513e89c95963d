import sys

import pytest

from scripts.benchmarks import export_memory


@pytest.mark.long
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_it_prints_the_memory_for_one_and_for_all(capsys: pytest.CaptureFixture[str]) -> None:
    export_memory.main(["--faces", "30", "--people", "2"])
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(" at once, 30 faces each, ")[0] for line in lines] == ["1", "2"]
