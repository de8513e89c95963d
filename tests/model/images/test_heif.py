"""Bit depths, limits and timeouts of HEIF."""

import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import pillow_heif
import pytest

from model.errors import DamagedImageError, ImageTimeoutError, TooManyPixelsError
from model.images import heif
from model.images.decoding import decode
from scripts.reliability.images.files import heif_of_size
from tests.support.color_checks import assert_quadrant_colors
from tests.support.pictures import encode, quarters


@pytest.mark.parametrize(("mode", "value"), [("L;16", 0x5A80), ("LA;16", 0x5A80)])
def test_sixteen_bit_grey_heif(mode: str, value: int) -> None:
    channels = mode.index(";")
    pixels = np.full((48, 64, channels), 0xFFFF, np.uint16)
    pixels[..., 0] = value
    buffer = BytesIO()
    pillow_heif.encode(mode, (64, 48), pixels.tobytes(), buffer, quality=90)

    assert_quadrant_colors(decode(buffer.getvalue()), (0x5A, 0x5A, 0x5A))


@pytest.mark.parametrize(
    ("mode", "chroma", "megapixels"), [("RGB", 420, 50), ("RGB;16", 420, 50), ("RGBA;16", 444, 19)]
)
def test_the_pixel_limit_of_a_heif_depends_on_its_kind(
    mode: str, chroma: int, megapixels: int
) -> None:
    buffer = BytesIO()
    pillow_heif.encode(mode, (64, 64), bytes(64 * 64 * 8), buffer, chroma=chroma)
    too_large = heif_of_size(buffer.getvalue(), 8000, 7000)

    with pytest.raises(TooManyPixelsError, match=rf"8000×7000 pixels.* {megapixels} megapixels"):
        decode(too_large)


def test_decoding_stops_at_the_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heif, "TIMEOUT_S", 0.001)

    with pytest.raises(ImageTimeoutError):
        decode(encode(quarters(), "HEIF"))


@pytest.mark.parametrize(
    ("end", "error"), [("kill -XCPU $$", ImageTimeoutError), ("exit 1", DamagedImageError)]
)
def test_the_decoding_process_is_told_no_secret(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, end: str, error: type[Exception]
) -> None:
    told = tmp_path / "environment"
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\nenv > {told}\n{end}\n")
    program.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(program))
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "12345:the-secret-part")
    monkeypatch.setenv("HTTPS_PROXY", "http://anna:the-secret-part@proxy")

    with pytest.raises(error):
        decode(encode(quarters(), "HEIF"))
    assert "PATH=" in told.read_text()
    assert "the-secret-part" not in told.read_text()
