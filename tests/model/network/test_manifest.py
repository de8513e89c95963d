import json
from dataclasses import replace
from pathlib import Path

import pytest

from model.errors import ModelDamagedError, ModelNotFoundError
from model.network.manifest import (
    KERAS_FILE,
    LITERT_FILE,
    NEITHER_FILE,
    REPLAY_FILE,
    SHIPPED,
    Manifest,
    NeitherOutput,
    read_manifest,
    read_verified,
    sha256,
)
from model.network.preprocessing import Preprocessing


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / LITERT_FILE).write_bytes(b"weights")
    Manifest(
        version="test-1",
        created="2026-01-31",
        preprocessing=Preprocessing(margin=1.5),
        temperature=1.2,
        sure_threshold=0.8,
        hashes={LITERT_FILE: sha256(b"weights")},
    ).write(tmp_path)
    return tmp_path


def test_a_written_manifest_reads_the_same(folder: Path) -> None:
    manifest = read_manifest(folder)
    assert manifest.version == "test-1"
    assert manifest.preprocessing == Preprocessing(margin=1.5)
    assert manifest.temperature == 1.2


def test_a_second_output_is_named_only_if_there_is_one(folder: Path) -> None:
    one = read_manifest(folder)
    assert one.neither is None
    # Programs that do not know the field would refuse a manifest that has it.
    assert "neither" not in json.loads((folder / "manifest.json").read_text())
    two = replace(one, neither=NeitherOutput(temperature=1.1, threshold=0.65))
    two.write(folder)
    assert read_manifest(folder) == two


def test_an_untouched_file_is_read(folder: Path) -> None:
    assert read_verified(folder, LITERT_FILE, read_manifest(folder)) == b"weights"


def test_a_changed_file_is_refused_by_name(folder: Path) -> None:
    (folder / LITERT_FILE).write_bytes(b"weightz")
    with pytest.raises(ModelDamagedError, match=r"mood\.tflite is not the file of model test-1"):
        read_verified(folder, LITERT_FILE, read_manifest(folder))


def test_a_file_without_a_hash_is_refused(folder: Path) -> None:
    (folder / KERAS_FILE).write_bytes(b"anything")
    with pytest.raises(ModelDamagedError):
        read_verified(folder, KERAS_FILE, read_manifest(folder))


def test_missing_files_are_named_in_the_error(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelNotFoundError, match=r"mood\.keras"):
        read_verified(folder, KERAS_FILE, read_manifest(folder))
    with pytest.raises(ModelNotFoundError, match=r"manifest\.json"):
        read_manifest(tmp_path / "elsewhere")


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"version": "1", "colour": "red"}'])
def test_an_invalid_manifest_is_refused(folder: Path, text: str) -> None:
    (folder / "manifest.json").write_text(text)
    with pytest.raises(ModelDamagedError, match=r"is not a model manifest"):
        read_manifest(folder)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("temperature", "hot"),
        ("temperature", 0),
        ("sure_threshold", 0.4),
        ("sure_threshold", None),
        ("neither", 0.7),
        ("neither", {"temperature": 1}),
        ("neither", {"temperature": 0, "threshold": 0.7}),
        ("neither", {"temperature": 1, "threshold": 1.1}),
    ],
)
def test_numbers_out_of_range_are_refused(folder: Path, name: str, value: object) -> None:
    fields = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**fields, name: value}))
    with pytest.raises(ModelDamagedError, match=r"is not a model manifest"):
        read_manifest(folder)


def test_the_shipped_model_is_complete_and_small() -> None:
    manifest = read_manifest(SHIPPED)
    assert manifest.neither is not None
    assert set(manifest.files) == {KERAS_FILE, LITERT_FILE, NEITHER_FILE}
    files = [*manifest.files, REPLAY_FILE]
    assert sum(len(read_verified(SHIPPED, name, manifest)) for name in files) < 24_000_000
    assert manifest.metrics["accuracy"] >= 0.97
    assert json.loads((SHIPPED / "manifest.json").read_text())["data"]
