from pathlib import Path

from PIL import Image

from scripts.benchmarks.peers import plots, report
from scripts.benchmarks.peers.photos import draw_photos, photos_in
from scripts.benchmarks.peers.runs import HAAR, OURS, PIPELINES, Results


def figures(median_ms: float) -> dict[str, float]:
    same = {"mean_ms": 60.0, "cpu_ms": 90.0, "faces": 3.0, "photos_with_faces": 2.0}
    return {"median_ms": median_ms, **same}


RESULTS: Results = {
    PIPELINES: {OURS: [figures(28), figures(30), figures(35)], HAAR: [figures(50)] * 3}
}


def test_the_table_has_medians_with_their_spread() -> None:
    rows = report.tables(RESULTS).splitlines()
    assert rows[0].startswith("| bytes to verdict, one core | median, ms | mean, ms |")
    assert rows[2:] == [
        "| this bot | 30 (28–35) | 60 | 90 | 3 | 2 |",
        "| fer with Haar | 50 | 60 | 90 | 3 | 2 |",
    ]


def test_the_results_are_plotted(tmp_path: Path) -> None:
    plots.draw(RESULTS, tmp_path / "peers.png")
    with Image.open(tmp_path / "peers.png") as plot:
        assert plot.width > plot.height


def test_without_photos_different_ones_are_drawn(tmp_path: Path) -> None:
    drawn = draw_photos(tmp_path)
    assert photos_in(tmp_path) == sorted(drawn)
    assert len({file.read_bytes() for file in drawn}) == len(drawn)
