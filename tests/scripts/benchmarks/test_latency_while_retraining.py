from pathlib import Path

import pytest

from scripts.benchmarks import latency_while_retraining as benchmark_retraining
from tests.support.masked_portraits import masked_portrait
from tests.support.portraits import jpeg_of


@pytest.mark.long
@pytest.mark.training
@pytest.mark.timeout(300)
def test_it_compares_and_every_photo_gets_its_verdict(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for number in range(10):
        (tmp_path / f"{number}.jpg").write_bytes(jpeg_of(masked_portrait(number)))
    monkeypatch.setattr(benchmark_retraining, "IDLE", 5)
    monkeypatch.setattr(benchmark_retraining, "LEAST", 1)
    benchmark_retraining.main([str(file) for file in sorted(tmp_path.iterdir())])
    told, log = capfd.readouterr()
    assert "Retraining ended with status 0" in log
    assert [line.split()[0] for line in told.splitlines()] == [
        "idle",
        "retraining",
        "p95",
        "photos",
    ]
    assert told.endswith("photos without a verdict: 0\n")
