import json

import pytest

from model.retraining.progress import Progress


def test_progress_survives_the_pipe() -> None:
    progress = Progress("training", 3, 30, 3, 30, 0.21, 0.95, eta_s=12)
    assert Progress.from_json(json.loads(json.dumps(progress.to_json()))) == progress


def test_fields_of_a_newer_program_are_ignored_and_missing_ones_have_defaults() -> None:
    assert Progress.from_json({"stage": "gate", "done": 1, "new": True}) == Progress("gate", 1)


def test_only_mappings_are_progress() -> None:
    with pytest.raises(TypeError):
        Progress.from_json(7)  # type: ignore[arg-type]
