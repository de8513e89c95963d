import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from scripts.evaluate import main
from tests.support.command_line import run_main
from tests.support.dataset import DATASET, needs_dataset
from tests.support.pictures import png_bytes
from tests.support.portraits import ASTRONAUT, portrait

METRICS = {
    "accuracy", "balanced_accuracy", "precision", "recall", "f1", "auc", "ece", "brier",
    "coverage_at_sure", "accuracy_at_sure", "faces_found", "n",
}  # fmt: skip


def evaluate(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return run_main(main, *arguments)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Create a happy portrait, two sad pictures without a face and a neutral portrait."""
    folder = tmp_path / "pictures"
    for label in ("happy", "sad", "neutral"):
        (folder / label).mkdir(parents=True)
    (folder / "happy" / "astronaut.jpg").write_bytes(ASTRONAUT.read_bytes())
    (folder / "sad" / "grey.png").write_bytes(png_bytes((80, 60), (90, 90, 90)))
    (folder / "sad" / "wall.png").write_bytes(png_bytes((80, 60)))
    portrait().save(folder / "neutral" / "portrait.png")
    return folder


def test_json_is_one_object_with_an_interval_for_each_metric(folder: Path) -> None:
    result = evaluate(folder, "--json")
    assert result.returncode == 0, result.stderr
    metrics = json.loads(result.stdout)
    assert set(metrics) == METRICS | {
        "accuracy_with_face", "sure_on_neutral", "sure_happy_on_neutral", "sure_sad_on_neutral",
    }  # fmt: skip
    assert all(set(one) == {"value", "low", "high"} for one in metrics.values())
    assert metrics["n"]["value"] == 3
    assert metrics["faces_found"]["value"] == pytest.approx(1 / 3, abs=1e-6)
    # Wilson's interval of 1 of 1.
    assert metrics["accuracy_with_face"] == {"value": 1, "low": 0.206549, "high": 1}


def test_in_crops_no_faces_are_searched_for(folder: Path) -> None:
    metrics = json.loads(evaluate(folder, "--crops", "--json").stdout)
    assert set(metrics) >= METRICS
    assert metrics["faces_found"] == {"value": None, "low": None, "high": None}


def test_the_table_has_a_line_for_each_metric(folder: Path) -> None:
    result = evaluate(folder)
    assert result.returncode == 0, result.stderr
    assert "measured on pictures: 1 happy, 2 sad, 1 neutral" in result.stdout
    names = {line.split()[0] for line in result.stdout.splitlines()[4:] if line}
    assert names >= METRICS
    assert "photos with a face: 1, of which 1 are right (forced choice), 0 wrong" in result.stdout
    assert "All that 3 pictures can tell: " in result.stdout
    assert "%|" not in result.stderr  # no progress bar where nobody watches


def test_plots_and_metrics_are_written(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "out"
    result = evaluate(folder, "--out", out, "--json")
    assert result.returncode == 0, result.stderr
    assert json.loads((out / "metrics.json").read_text()) == json.loads(result.stdout)
    plots = {"confusion", "roc", "reliability", "risk_coverage", "worst_mistakes"}
    assert {file.stem for file in out.glob("*.png")} == plots
    for file in out.glob("*.png"):
        with Image.open(file) as plot:
            plot.verify()


def test_slices_measure_the_same_crops_with_corruptions(folder: Path) -> None:
    result = evaluate(folder, "--crops", "--slices", "--json")
    assert result.returncode == 0, result.stderr
    metrics = json.loads(result.stdout)
    slices = metrics.pop("slices")
    assert slices["unchanged"] == metrics
    assert set(slices) >= {"dark", "blurred", "jpeg_10", "tilted_30", "lower_covered"}
    assert all(set(one) == set(metrics) for one in slices.values())
    assert slices["blurred"]["brier"] != metrics["brier"]
    assert metrics == json.loads(evaluate(folder, "--crops", "--json").stdout)


def test_the_table_has_a_line_for_each_slice(folder: Path) -> None:
    lines = evaluate(folder, "--crops", "--slices").stdout.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("condition"))
    assert [line.split()[0] for line in lines[start + 1 :]][:3] == ["unchanged", "dark", "bright"]


def test_slices_need_crops(folder: Path) -> None:
    result = evaluate(folder, "--slices")
    assert result.returncode == 2
    assert "give --crops as well" in result.stderr


def test_unreadable_files_are_listed_and_skipped(folder: Path) -> None:
    (folder / "happy" / "page.jpg").write_bytes(b"<html>not found</html>")
    result = evaluate(folder, "--json")
    assert result.returncode == 0
    assert "page.jpg: The file is no JPEG, PNG, WebP, HEIC or GIF image" in result.stderr
    assert json.loads(result.stdout)["n"]["value"] == 3


@pytest.mark.parametrize("label", ["happy", "sad"])
def test_a_missing_mood_is_an_error(folder: Path, label: str) -> None:
    (folder / label).rename(folder / "elsewhere")
    result = evaluate(folder)
    assert result.returncode == 1
    assert f"Expected a folder {folder / label}" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_mood_without_a_readable_picture_is_an_error(folder: Path) -> None:
    (folder / "happy" / "astronaut.jpg").write_bytes(b"")
    result = evaluate(folder)
    assert result.returncode == 1
    assert "None of the happy pictures could be classified" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_folder_without_a_model_is_an_error(folder: Path, tmp_path: Path) -> None:
    result = evaluate(folder, "--model", tmp_path)
    assert result.returncode == 1
    assert "Expected a model manifest" in result.stderr


@pytest.mark.process
def test_tensorflow_is_not_imported(folder: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from scripts.evaluate import main; "
        f"main([{str(folder)!r}, '--out', {str(tmp_path / 'out')!r}]); "
        "sys.exit(any(name in sys.modules for name in ('tensorflow', 'keras')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@needs_dataset
@pytest.mark.data
def test_the_accuracy_on_real_crops_is_high(tmp_path: Path) -> None:
    """Every sixteenth face of the validation set."""
    for label in ("happy", "sad", "neutral"):
        (tmp_path / label).mkdir()
        for file in sorted((DATASET / "faces" / "validation" / label).iterdir())[::16]:
            (tmp_path / label / file.name).write_bytes(file.read_bytes())
    metrics = json.loads(evaluate(tmp_path, "--crops", "--json").stdout)
    assert metrics["accuracy"]["value"] > 0.85
    assert metrics["auc"]["value"] > 0.9
    assert 0 <= metrics["sure_on_neutral"]["value"] <= 1
