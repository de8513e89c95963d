from pathlib import Path

import pytest

from scripts.benchmarks import latency_while_retraining
from tests.support.crying_faces import crying_face
from tests.support.portraits import jpeg_of


@pytest.mark.long
@pytest.mark.training
@pytest.mark.timeout(300)
def test_it_compares_and_every_photo_gets_its_verdict(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for number in range(10):
        (tmp_path / f"{number}.jpg").write_bytes(jpeg_of(crying_face(number)))
    monkeypatch.setattr(latency_while_retraining, "IDLE_PHOTOS", 5)
    monkeypatch.setattr(latency_while_retraining, "MIN_BUSY_PHOTOS", 1)
    latency_while_retraining.main([str(file) for file in sorted(tmp_path.iterdir())])
    output, log = capfd.readouterr()
    assert "Retraining ended with status 0" in log
    assert [line.split()[0] for line in output.splitlines()] == [
        "idle",
        "retraining",
        "p95",
        "photos",
    ]
    assert output.endswith("photos without a verdict: 0\n")
