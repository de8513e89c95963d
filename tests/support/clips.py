"""Short videos that tests make themselves."""

from collections.abc import Sequence
from io import BytesIO

import av
import numpy as np
from PIL import Image

# The display matrix in an MP4 (ISO/IEC 14496-12, 8.3.2): as stored, and a quarter turn clockwise.
_UPRIGHT = bytes.fromhex("00010000 00000000 00000000 00000000 00010000 00000000 00000000 00000000")
_TURNED = bytes.fromhex("00000000 00010000 00000000 ffff0000 00000000 00000000 00000000 00000000")


def mp4(pictures: Sequence[Image.Image], fps: int = 10, *, sound: bool = False) -> bytes:
    """Return an MP4 (H.264) of pictures of one size, each shown for one frame.

    Args:
        pictures: the frames.
        fps: frames a second.
        sound: whether there is a sound track, of silence.
    """
    return _encode(pictures, fps, "mp4", "libx264", "yuv420p", {"preset": "ultrafast"}, sound)


def webm(pictures: Sequence[Image.Image], fps: int = 10) -> bytes:
    """Return a WebM (VP9) of pictures of one size, in mode RGBA, as video stickers are."""
    fast = {"deadline": "realtime", "cpu-used": "8"}
    return _encode(pictures, fps, "webm", "libvpx-vp9", "yuva420p", fast)


def gif(pictures: Sequence[Image.Image], fps: int = 10) -> bytes:
    """Return an animated GIF."""
    buffer = BytesIO()
    first, *others = pictures
    first.save(buffer, "GIF", save_all=True, append_images=others, duration=1000 // fps, loop=0)
    return buffer.getvalue()


def silent_film(seconds: float, color: str = "navy", fps: int = 1) -> bytes:
    """Return an MP4 of one colour."""
    return mp4([Image.new("RGB", (64, 64), color)] * round(seconds * fps), fps)


def turned(video: bytes) -> bytes:
    """Return an MP4 that is to be shown a quarter turn clockwise, as phones write it."""
    before, header, track = video.partition(b"tkhd")
    assert _UPRIGHT in track
    return before + header + track.replace(_UPRIGHT, _TURNED, 1)


def _encode(
    pictures: Sequence[Image.Image],
    fps: int,
    container: str,
    codec: str,
    pixels: str,
    options: dict[str, str],
    sound: bool = False,
) -> bytes:
    buffer = BytesIO()
    with av.open(buffer, "w", format=container) as output:
        stream = output.add_stream(codec, rate=fps, options=options)
        stream.width, stream.height = pictures[0].size
        stream.pix_fmt = pixels
        track = output.add_stream("aac", rate=8000, layout="mono") if sound else None
        for picture in pictures:
            mode = "rgba" if picture.mode == "RGBA" else "rgb24"
            frame = av.VideoFrame.from_ndarray(np.asarray(picture), format=mode)
            output.mux(stream.encode(frame))
        output.mux(stream.encode())
        if track:
            silence = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
            silence.rate = 8000
            output.mux(track.encode(silence))
            output.mux(track.encode())
    return buffer.getvalue()
