"""The files for Prometheus and Grafana; `promtool` is in Debian's package `prometheus`."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from scripts.reliability import dashboard
from scripts.reliability.dashboard import MONITORING


@pytest.fixture
def _installed() -> None:
    if not (shutil.which("promtool") and shutil.which("prometheus")):
        if os.environ.get("REQUIRE_PROMETHEUS"):
            pytest.fail("prometheus is not installed")
        pytest.skip("prometheus is not installed")


@pytest.mark.usefixtures("_installed")
@pytest.mark.parametrize(
    "command",
    [
        ["check", "config", "--lint-fatal", "prometheus.yml"],
        ["check", "rules", "--lint-fatal", "alerts.yml"],
        ["test", "rules", "alerts_test.yml"],
    ],
    ids=" ".join,
)
def test_promtool_finds_no_fault(command: list[str]) -> None:
    done = subprocess.run(
        ["promtool", *command], cwd=MONITORING, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_is_raised_in_a_test() -> None:
    alerts = re.findall(r"- alert: (\w+)", (MONITORING / "alerts.yml").read_text())
    tested = (MONITORING / "alerts_test.yml").read_text()
    assert [alert for alert in alerts if not re.search(rf"\b{alert}\b", tested)] == []


def test_panels_do_not_overlap() -> None:
    taken: dict[tuple[int, int], str] = {}
    for panel in dashboard.panels():
        place = panel["gridPos"]
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                assert x < 24
                assert taken.setdefault((x, y), panel["title"]) == panel["title"]


@pytest.mark.long
@pytest.mark.usefixtures("_installed")
def test_every_panel_and_alert_has_data(capsys: pytest.CaptureFixture[str]) -> None:
    status = dashboard.main(["--seconds", "20"])
    printed = capsys.readouterr().out
    assert "FAIL" not in printed
    assert status == 0


def test_without_prometheus_the_check_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit, match="2"):
        dashboard.main([])
    assert "apt-get install prometheus" in capsys.readouterr().err
