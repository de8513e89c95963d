"""The report of a training, without the training."""

from pathlib import Path

import numpy as np

from model.data.face_set import FaceSet
from model.data.splits import DatasetSplit
from model.evaluation.evaluation_set import evaluation_set_of
from model.evaluation.report import write_report
from tests.support.model_versions import copy_of_shipped

HISTORY = "epoch,binary_accuracy,loss,val_binary_accuracy,val_loss\n0,0.8,0.5,0.7,0.6\n"


def test_eight_faces_are_said_to_tell_nothing(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    faces = FaceSet(rng.integers(0, 256, (8, 48, 48), np.uint8), np.arange(8) % 2)
    data = DatasetSplit(("sad", "happy"), faces, faces, faces, None, is_large=False, skipped={})
    faces_of = evaluation_set_of("holiday", data)
    copy_of_shipped(tmp_path, "model", data=faces_of.as_data())
    (tmp_path / "finetuning").mkdir()
    (tmp_path / "finetuning" / "history.csv").write_text(HISTORY)
    (tmp_path / "finetuning" / "finished").write_text("0\n")
    report = write_report(tmp_path, data)
    assert report.startswith("measured on 8 faces of holiday/validation;")
    assert "0 corrected, 0 spoiled. 8 faces cannot tell these two models apart: use more." in report
    assert report.splitlines()[-1].startswith("8 held-out faces can tell little.")
    assert report.endswith("add --cross-validate.")
    assert (tmp_path / "curves.png").exists()
