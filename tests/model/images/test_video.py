"""Frames of videos: which ones, how they look, and what becomes of hostile files."""

import gzip
import random
import sys
import threading
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from model.errors import (
    ImageError,
    ImageTimeoutError,
    ImageTooSmallError,
    TooManyPixelsError,
    UnreadableVideoError,
    VideoTooLongError,
)
from model.images import video
from model.images.video import DecodedFrame, is_video, open_frames
from tests.support.clips import mp4, silent_film, turned, webm
from tests.support.pictures import encode, quarters


def frames_of(data: bytes) -> list[DecodedFrame]:
    with open_frames(data) as frames:
        return list(frames)


def corner(frame: DecodedFrame) -> np.ndarray:
    """Return the mean colour of the upper left part."""
    return frame.image.pixels[4:16, 4:16].mean(axis=(0, 1))


def test_ten_frames_are_spread_over_the_video() -> None:
    greys = [Image.new("RGB", (64, 48), (level,) * 3) for level in range(0, 200, 2)]
    frames = frames_of(mp4(greys))
    assert len(frames) == 10
    # The decoder is a few frames behind.
    wanted = [0.5 + second for second in range(10)]
    assert [frame.at_s for frame in frames] == pytest.approx(wanted, abs=0.4)
    assert [corner(frame)[0] for frame in frames] == pytest.approx(
        [20 * frame.at_s for frame in frames], abs=8
    )
    assert (frames[0].image.width, frames[0].image.height) == (64, 48)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_a_short_video_has_at_least_one_frame(count: int) -> None:
    assert 1 <= len(frames_of(mp4([quarters()] * count))) <= count


@pytest.mark.parametrize("count", [2, 3, 4])
def test_of_a_few_pictures_shown_long_none_is_left_out(count: int) -> None:
    levels = [60 * index for index in range(count)]
    frames = frames_of(mp4([Image.new("RGB", (64, 48), (level,) * 3) for level in levels], fps=1))
    assert [corner(frame).mean() for frame in frames] == pytest.approx(levels, abs=8)
    assert [frame.at_s for frame in frames] == list(range(count))


def test_a_video_of_a_phone_is_turned() -> None:
    upright = frames_of(mp4([quarters()] * 3))[0]
    frame = frames_of(turned(mp4([quarters()] * 3)))[0]
    assert (frame.image.width, frame.image.height) == (48, 64)
    turned_by_hand = np.rot90(upright.image.pixels, -1)
    assert np.abs(frame.image.pixels.astype(int) - turned_by_hand).mean() < 2


def test_transparent_parts_of_a_video_sticker_are_white() -> None:
    picture = Image.new("RGBA", (64, 64), (200, 0, 0, 255))
    picture.paste((0, 0, 200, 0), (0, 0, 32, 64))
    frame = frames_of(webm([picture] * 3))[0]
    assert corner(frame) == pytest.approx([255, 255, 255], abs=12)
    assert frame.image.pixels[30, 56] == pytest.approx([200, 0, 0], abs=20)


def test_large_frames_are_scaled_down() -> None:
    (frame,) = frames_of(mp4([Image.new("RGB", (1920, 1080))]))
    assert frame.image.pixels.shape == (720, 1280, 3)
    assert (frame.image.width, frame.image.height) == (1920, 1080)


def test_only_frames_that_are_asked_for_are_decoded() -> None:
    with open_frames(mp4([quarters()] * 30)) as frames:
        assert next(frames).at_s < 1
    for thread in threading.enumerate():
        if isinstance(thread, threading.Timer):
            thread.join(5)  # a cancelled one needs a moment to end
            assert not thread.is_alive()


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\0\0\0\x18ftypisom" + bytes(5000), id="mp4 of zeros"),
        pytest.param(b"\x1a\x45\xdf\xa3" + bytes(5000), id="webm of zeros"),
        pytest.param(silent_film(3)[:-600], id="cut off"),
        pytest.param(b"\0\0\0\x18ftyp#EXTM3U\nfile:///etc/passwd\n", id="playlist"),
    ],
)
def test_a_broken_video_is_refused(data: bytes) -> None:
    assert is_video(data)
    with pytest.raises(UnreadableVideoError):
        frames_of(data)


@pytest.mark.parametrize(
    "data",
    [
        encode(quarters()),
        encode(quarters(), "HEIF"),
        encode(quarters(), "AVIF"),
        gzip.compress(b"{}", mtime=0),
        b"#EXTM3U\nfile:///etc/passwd\n",
        b"",
    ],
)
def test_other_files_are_no_videos(data: bytes) -> None:
    assert not is_video(data)


def test_a_video_of_over_a_minute_is_refused() -> None:
    assert frames_of(silent_film(60))
    with pytest.raises(VideoTooLongError, match="takes 65 s; at most 60 s"):
        frames_of(silent_film(65))


def test_frames_with_too_many_or_too_few_pixels_are_refused() -> None:
    with pytest.raises(TooManyPixelsError, match="4096×2304 pixels; at most 9 megapixels"):
        frames_of(mp4([Image.new("RGB", (4096, 2304))]))
    with pytest.raises(ImageTooSmallError):
        frames_of(mp4([Image.new("RGB", (8, 8))]))


def test_a_video_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(video, "TIMEOUT_S", 0.001)
    with pytest.raises(ImageTimeoutError):
        frames_of(silent_film(3))


def test_a_video_whose_decoding_is_killed_while_a_frame_is_written_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\nprintf '{\"at\": 0'\nkill -KILL $$\n")
    program.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(program))
    with pytest.raises(UnreadableVideoError):
        frames_of(silent_film(3))


def test_without_the_extra_no_video_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(video, "can_read_videos", lambda: False)
    with pytest.raises(UnreadableVideoError):
        frames_of(silent_film(3))


@pytest.mark.parametrize(
    ("end", "error"), [("kill -XCPU $$", ImageTimeoutError), ("exit 1", UnreadableVideoError)]
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
    with pytest.raises(error):
        frames_of(silent_film(3))
    assert "the-secret-part" not in told.read_text()


def test_a_gif_is_no_video_but_an_image() -> None:
    buffer = BytesIO()
    quarters().save(buffer, "GIF", save_all=True, append_images=[Image.new("RGB", (64, 48))])
    assert not is_video(buffer.getvalue())


@pytest.mark.parametrize(
    "seeds",
    [
        pytest.param(range(3), id="few"),
        pytest.param(range(3, 300), id="many", marks=[pytest.mark.long, pytest.mark.timeout(600)]),
    ],
)
@pytest.mark.parametrize(
    "make", [lambda: mp4([quarters()] * 20), lambda: webm([quarters().convert("RGBA")] * 5)]
)
def test_damaged_videos_are_harmless(make: Callable[[], bytes], seeds: range) -> None:
    intact = make()
    for seed in seeds:
        choices = random.Random(seed)
        data = bytearray(intact)
        for _ in range(choices.choice((1, 5, 50))):
            data[choices.randrange(12, len(data))] = choices.randrange(256)
        try:
            found = frames_of(bytes(data[: choices.choice((len(data), len(data) // 2))]))
        except ImageError:
            continue
        assert all(frame.image.pixels.shape[2] == 3 for frame in found)
