import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.support.dataset import DATASET, needs_dataset
from tests.support.pictures import png_bytes
from tests.support.portraits import ASTRONAUT, portrait

METRICS = {
    "accuracy", "balanced_accuracy", "precision", "recall", "f1", "auc", "ece", "brier",
    "coverage_at_sure", "accuracy_at_sure", "faces_found", "n",
}  # fmt: skip


def evaluate(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "scripts.evaluate", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A happy portrait, two sad pictures without a face, a neutral portrait."""
    folder = tmp_path / "pictures"
    for label in ("happy", "sad", "neutral"):
        (folder / label).mkdir(parents=True)
    (folder / "happy" / "astronaut.jpg").write_bytes(ASTRONAUT.read_bytes())
    (folder / "sad" / "grey.png").write_bytes(png_bytes((80, 60), (90, 90, 90)))
    (folder / "sad" / "wall.png").write_bytes(png_bytes((80, 60)))
    portrait().save(folder / "neutral" / "portrait.png")
    return folder


def test_json_is_one_object_with_an_interval_for_each_metric(folder: Path) -> None:
    done = evaluate(folder, "--json")
    assert done.returncode == 0, done.stderr
    metrics = json.loads(done.stdout)
    assert set(metrics) == METRICS | {
        "accuracy_with_face", "sure_on_neutral", "sure_happy_on_neutral", "sure_sad_on_neutral",
    }  # fmt: skip
    assert all(set(one) == {"value", "low", "high"} for one in metrics.values())
    assert metrics["n"]["value"] == 3
    assert metrics["faces_found"]["value"] == pytest.approx(1 / 3, abs=1e-6)
    assert metrics["accuracy_with_face"] == {"value": 1, "low": 1, "high": 1}


def test_crops_are_judged_without_a_search_for_faces(folder: Path) -> None:
    metrics = json.loads(evaluate(folder, "--crops", "--json").stdout)
    assert set(metrics) >= METRICS
    assert metrics["faces_found"] == {"value": None, "low": None, "high": None}


def test_the_table_has_a_line_a_metric(folder: Path) -> None:
    done = evaluate(folder)
    assert done.returncode == 0, done.stderr
    assert "1 happy, 2 sad, 1 neutral" in done.stdout
    names = {line.split()[0] for line in done.stdout.splitlines()[3:]}
    assert names >= METRICS
    assert "%|" not in done.stderr  # no progress bar where nobody watches


def test_plots_and_metrics_are_written(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "out"
    done = evaluate(folder, "--out", out, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads((out / "metrics.json").read_text()) == json.loads(done.stdout)
    plots = {"confusion", "roc", "reliability", "risk_coverage", "worst_mistakes"}
    assert {file.stem for file in out.glob("*.png")} == plots
    for file in out.glob("*.png"):
        with Image.open(file) as plot:
            plot.verify()


def test_slices_measure_the_same_crops_under_made_conditions(folder: Path) -> None:
    done = evaluate(folder, "--crops", "--slices", "--json")
    assert done.returncode == 0, done.stderr
    metrics = json.loads(done.stdout)
    slices = metrics.pop("slices")
    assert slices["unchanged"] == metrics
    assert set(slices) >= {"dark", "blurred", "jpeg_10", "tilted_30", "lower_covered"}
    assert all(set(one) == set(metrics) for one in slices.values())
    assert slices["blurred"]["brier"] != metrics["brier"]
    assert metrics == json.loads(evaluate(folder, "--crops", "--json").stdout)


def test_slices_are_a_line_each_in_the_table(folder: Path) -> None:
    lines = evaluate(folder, "--crops", "--slices").stdout.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("condition"))
    assert [line.split()[0] for line in lines[start + 1 :]][:3] == ["unchanged", "dark", "bright"]


def test_slices_need_crops(folder: Path) -> None:
    done = evaluate(folder, "--slices")
    assert done.returncode == 2
    assert "give --crops as well" in done.stderr


def test_unreadable_files_are_listed_and_skipped(folder: Path) -> None:
    (folder / "happy" / "page.jpg").write_bytes(b"<html>not found</html>")
    done = evaluate(folder, "--json")
    assert done.returncode == 0
    assert "page.jpg: The file is no JPEG, PNG, WebP, HEIC or GIF image" in done.stderr
    assert json.loads(done.stdout)["n"]["value"] == 3


@pytest.mark.parametrize("label", ["happy", "sad"])
def test_a_missing_mood_is_a_clear_error(folder: Path, label: str) -> None:
    (folder / label).rename(folder / "elsewhere")
    done = evaluate(folder)
    assert done.returncode == 1
    assert f"Expected a folder {folder / label}" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_mood_of_which_nothing_can_be_read_is_a_clear_error(folder: Path) -> None:
    (folder / "happy" / "astronaut.jpg").write_bytes(b"")
    done = evaluate(folder)
    assert done.returncode == 1
    assert "None of the happy pictures could be classified" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_that_is_no_model_is_a_clear_error(folder: Path, tmp_path: Path) -> None:
    done = evaluate(folder, "--model", tmp_path)
    assert done.returncode == 1
    assert "Expected a model manifest" in done.stderr


def test_no_tensorflow_is_imported(folder: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from scripts.evaluate import main; "
        f"main([{str(folder)!r}, '--out', {str(tmp_path / 'out')!r}]); "
        "sys.exit(any(name in sys.modules for name in ('tensorflow', 'keras')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@needs_dataset
@pytest.mark.data
def test_real_crops_are_judged_well(tmp_path: Path) -> None:
    """Every sixteenth face of the validation set."""
    for label in ("happy", "sad", "neutral"):
        (tmp_path / label).mkdir()
        for file in sorted((DATASET / "faces" / "validation" / label).iterdir())[::16]:
            (tmp_path / label / file.name).write_bytes(file.read_bytes())
    metrics = json.loads(evaluate(tmp_path, "--crops", "--json").stdout)
    assert metrics["accuracy"]["value"] > 0.85
    assert metrics["auc"]["value"] > 0.9
    assert 0 <= metrics["sure_on_neutral"]["value"] <= 1
