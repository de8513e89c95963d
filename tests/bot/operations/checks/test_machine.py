from pathlib import Path

import pytest

from bot.operations.checks.finding import Level
from bot.operations.checks.machine import check_clock, check_memory


@pytest.mark.parametrize(
    ("available_kb", "limit", "level", "text"),
    [
        (4_000_000, "max\n", Level.OK, "4096 MB"),
        (200_000, "max\n", Level.WARNING, "205 MB"),
        (4_000_000, "512000000\n", Level.WARNING, "212 MB"),
    ],
)
def test_little_memory_is_a_warning_in_a_container_too(
    available_kb: int, limit: str, level: Level, text: str, tmp_path: Path
) -> None:
    meminfo = tmp_path / "meminfo"
    meminfo.write_text(f"MemTotal: 8000000 kB\nMemAvailable: {available_kb} kB\n")
    (tmp_path / "memory.max").write_text(limit)
    (tmp_path / "memory.current").write_text("300000000\n")
    (found,) = check_memory(meminfo, tmp_path)
    assert found.level == level
    assert text in found.text


def test_where_the_memory_is_not_known_nothing_is_said(tmp_path: Path) -> None:
    assert list(check_memory(tmp_path / "none", tmp_path)) == []


@pytest.mark.parametrize(
    ("ahead_s", "text"), [(90.0, "90 s ahead of"), (-3600.0, "3600 s behind"), (2.0, "agrees")]
)
def test_a_wrong_clock_is_a_warning(ahead_s: float, text: str) -> None:
    (found,) = check_clock(ahead_s)
    assert text in found.text
    assert (found.level == Level.OK) == (abs(ahead_s) < 30)
