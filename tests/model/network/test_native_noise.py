import os
import tempfile
from pathlib import Path

import pytest

from model.network.native_noise import without_native_noise

NOISE = b"""\
WARNING: All log messages before absl::InitializeLog() is called are written to STDERR
I0000 00:00:1795825092.719677   13919 cudart_stub.cc:31] Could not find cuda drivers on your machine
INFO: Created TensorFlow Lite XNNPACK delegate for CPU.
"""


def test_all_but_the_noise_is_written_after_the_block(capfd: pytest.CaptureFixture[str]) -> None:
    with without_native_noise():
        os.write(2, b"ERROR: one\n" + NOISE)
        with without_native_noise():
            os.write(2, NOISE + b"E0000 two\n")
        os.write(2, NOISE + b"three")
        assert capfd.readouterr().err == ""
    assert capfd.readouterr().err == "ERROR: one\nE0000 two\nthree"


@without_native_noise()
def fail() -> None:
    os.write(2, NOISE + b"the model is ")
    raise ValueError("broken")


def test_what_was_written_before_an_error_is_not_lost(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="broken"):
        fail()
    assert capfd.readouterr().err == "the model is "


def test_without_a_folder_for_temporary_files_a_model_can_still_be_loaded(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
        with without_native_noise():
            os.write(2, b"one")
            written = capfd.readouterr().err
    assert written == "one"
