from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from model.errors import ModelDamagedError, ModelNotFoundError
from model.network.manifest import REPLAY_FILE, SHIPPED, Manifest, read_manifest, sha256
from model.network.preprocessing import Preprocessing
from model.retraining import replay_buffer as module
from model.retraining.replay_buffer import ReplayBuffer, quantize, read_replay, write_replay


@pytest.fixture
def features() -> np.ndarray:
    """As flattened feature maps are: at least 0, half of them 0, channels of different size."""
    rng = np.random.default_rng(0)
    maps = np.maximum(rng.normal(0, 1, (200, 9, 16)), 0) * np.geomspace(0.1, 10, 16)
    return maps.reshape(200, 144).astype(np.float32)


@pytest.fixture
def made(features: np.ndarray) -> ReplayBuffer:
    targets = np.tile([0, 0.5, 1, 1], 50).astype(np.float32)
    labels = np.arange(200) % 2
    trained = features, targets, targets * 0.9
    return quantize("ab12", 16, trained, (features[::-1], labels), features[:50])


def manifest_for(folder: Path) -> Manifest:
    content = (folder / REPLAY_FILE).read_bytes()
    return Manifest(
        "v", "2026-01-31", Preprocessing(), 1.0, 0.9, hashes={REPLAY_FILE: sha256(content)}
    )


def test_a_written_replay_buffer_is_read_back(made: ReplayBuffer, tmp_path: Path) -> None:
    assert write_replay(made, tmp_path / REPLAY_FILE) == 200
    got = read_replay(tmp_path, manifest_for(tmp_path))
    assert got.backbone == "ab12"
    np.testing.assert_array_equal(got.trained.restored(), made.trained.restored())
    np.testing.assert_array_equal(got.validation.restored(), made.validation.restored())
    assert got.neutral is not None
    np.testing.assert_array_equal(got.neutral.restored(), made.trained.restored()[:50])
    for name in ("targets", "answers", "labels"):
        np.testing.assert_array_equal(getattr(got, name), getattr(made, name))


def test_a_buffer_of_an_earlier_release_has_no_neutral_faces(
    made: ReplayBuffer, tmp_path: Path
) -> None:
    write_replay(replace(made, neutral=None), tmp_path / REPLAY_FILE)
    assert read_replay(tmp_path, manifest_for(tmp_path)).neutral is None


def test_quantized_features_differ_by_less_than_a_hundredth(
    made: ReplayBuffer, features: np.ndarray
) -> None:
    error = np.abs(made.trained.restored() - features)
    largest = features.reshape(-1, 16).max(axis=0)
    assert (error.reshape(-1, 16).mean(axis=0) < 0.01 * largest).all()
    assert (made.trained.restored()[features == 0] == 0).all()


def test_a_buffer_too_large_loses_training_faces_but_no_validation_faces(
    made: ReplayBuffer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_FILE_BYTES", 35_000)
    count = write_replay(made, tmp_path / REPLAY_FILE)
    assert 0 < count < 200
    assert (tmp_path / REPLAY_FILE).stat().st_size <= 35_000
    got = read_replay(tmp_path, manifest_for(tmp_path))
    assert len(got.targets) == len(got.answers) == len(got.trained.levels) == count
    assert len(got.labels) == 200


def test_a_damaged_file_is_refused(made: ReplayBuffer, tmp_path: Path) -> None:
    write_replay(made, tmp_path / REPLAY_FILE)
    manifest = manifest_for(tmp_path)
    (tmp_path / REPLAY_FILE).write_bytes(b"PK but no archive")
    with pytest.raises(ModelDamagedError, match="expected SHA-256"):
        read_replay(tmp_path, manifest)
    with pytest.raises(ModelDamagedError, match="is no replay buffer"):
        read_replay(tmp_path, manifest_for(tmp_path))


def test_without_a_replay_buffer_the_error_says_how_to_make_it(tmp_path: Path) -> None:
    manifest = Manifest("v", "2026-01-31", Preprocessing(), 1.0, 0.9)
    with pytest.raises(ModelNotFoundError, match=r"python -m scripts\.build_replay"):
        read_replay(tmp_path, manifest)


def test_the_shipped_replay_buffer_is_intact_and_small() -> None:
    manifest = read_manifest(SHIPPED)
    got = read_replay(SHIPPED, manifest)
    assert (SHIPPED / REPLAY_FILE).stat().st_size <= module.MAX_FILE_BYTES
    assert len(got.targets) >= 2000
    assert set(got.targets.tolist()) == {0, 0.5, 1}
    counts = manifest.data["validation"]
    assert np.bincount(got.labels).tolist() == [counts["sad"], counts["happy"]]
    with pytest.raises(ModelDamagedError, match="expected SHA-256"):
        read_replay(SHIPPED, replace(manifest, hashes={REPLAY_FILE: "0"}))
