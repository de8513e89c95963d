"""Short videos that tests make themselves."""

from collections.abc import Sequence
from io import BytesIO

import av
import numpy as np
from PIL import Image

# The display matrix in an MP4 (ISO/IEC 14496-12, 8.3.2): as stored, and a quarter turn clockwise.
_UPRIGHT = bytes.fromhex("00010000 00000000 00000000 00000000 00010000 00000000 00000000 00000000")
_TURNED = bytes.fromhex("00000000 00010000 00000000 ffff0000 00000000 00000000 00000000 00000000")


def mp4(pictures: Sequence[Image.Image], fps: int = 10) -> bytes:
    """Return an MP4 (H.264) of pictures of one size, each shown for one frame."""
    return _encode(pictures, fps, "mp4", "libx264", "yuv420p", {"preset": "ultrafast"})


def webm(pictures: Sequence[Image.Image], fps: int = 10) -> bytes:
    """Return a WebM (VP9) of pictures of one size, in mode RGBA, as video stickers are."""
    fast = {"deadline": "realtime", "cpu-used": "8"}
    return _encode(pictures, fps, "webm", "libvpx-vp9", "yuva420p", fast)


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
) -> bytes:
    buffer = BytesIO()
    with av.open(buffer, "w", format=container) as output:
        stream = output.add_stream(codec, rate=fps, options=options)
        stream.width, stream.height = pictures[0].size
        stream.pix_fmt = pixels
        for picture in pictures:
            mode = "rgba" if picture.mode == "RGBA" else "rgb24"
            frame = av.VideoFrame.from_ndarray(np.asarray(picture), format=mode)
            output.mux(stream.encode(frame))
        output.mux(stream.encode())
    return buffer.getvalue()
