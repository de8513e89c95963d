from pathlib import Path

import numpy as np
import pytest

from model.network.manifest import REPLAY_FILE, SHIPPED, read_manifest
from model.registry.version import check_version
from model.retraining.replay_buffer import read_replay
from scripts.build_replay import main
from tests.support.drawn_faces import write_drawn_faces
from tests.support.model_versions import copy_of_shipped


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    for part, count in (("train", 30), ("validation", 8)):
        write_drawn_faces(
            tmp_path / part, dict.fromkeys(("happy", "sad", "neutral"), count), seed=count
        )
    return tmp_path


@pytest.mark.training
def test_the_replay_buffer_of_a_data_set_is_written_to_the_model_folder(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = copy_of_shipped(tmp_path / "models", "mine")
    assert main([str(pictures), "--crops", "--model", str(folder)]) == 0
    assert f"{folder / REPLAY_FILE}: " in capsys.readouterr().out
    assert check_version(folder).damaged is None
    made = read_replay(folder, read_manifest(folder))
    assert made.backbone == read_replay(SHIPPED, read_manifest(SHIPPED)).backbone
    assert np.bincount(made.labels).tolist() == [8, 8]
    assert (made.targets == 1).sum() == (made.targets == 0).sum() == 24  # a fifth calibrates
    assert 0.1 < (made.targets == 0.5).mean() < 0.2


def test_a_folder_without_pictures_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path / "nowhere"), "--crops"]) == 1
    assert "replay: Expected a folder of pictures" in capsys.readouterr().err


@pytest.mark.training
def test_the_faces_are_split_with_the_seed_of_the_training(tmp_path: Path) -> None:
    write_drawn_faces(tmp_path / "faces", {"happy": 40, "sad": 40}, seed=1)
    validation = []
    for seed in ("1", "1", "2"):
        folder = copy_of_shipped(tmp_path / f"models{len(validation)}", "mine")
        command = [str(tmp_path / "faces"), "--crops", "--model", str(folder), "--seed", seed]
        assert main(command) == 0
        validation.append(read_replay(folder, read_manifest(folder)).validation.levels)
    assert np.array_equal(validation[0], validation[1])
    assert not np.array_equal(validation[0], validation[2])
