"""What Telegram and its apps do to videos and GIFs: read their size, make a thumbnail, convert."""

from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO

import av
from PIL import Image

from bot.sandbox.state.photo_sizes import JpegImage, encode

THUMBNAIL_SIDE = 320
_VIDEO_SUFFIXES = (".mp4", ".mov", ".m4v", ".webm", ".mkv")


@dataclass(frozen=True)
class VideoInfo:
    """What the sender's app finds out about a video.

    Attributes:
        width: in pixels, as it is shown.
        height: likewise.
        duration: in seconds.
        has_sound: whether it has a sound track.
        thumbnail: its first frame, at most 320 pixels wide or high.
    """

    width: int
    height: int
    duration: float
    has_sound: bool
    thumbnail: JpegImage


def looks_like_video(name: str, mime: str) -> bool:
    """Return whether an app takes a file for a video, by its type or its name."""
    return mime.startswith("video/") or name.lower().endswith(_VIDEO_SUFFIXES)


def read_video(data: bytes) -> VideoInfo | None:
    """Read a video; None if it cannot be played."""
    try:
        with av.open(BytesIO(data)) as container:
            stream = container.streams.video[0]
            frame = next(container.decode(stream))
            picture = frame.to_image().rotate(frame.rotation, expand=True)
            duration = Fraction(container.duration or 0, av.time_base)
            has_sound = bool(container.streams.audio)
    except (av.FFmpegError, IndexError, StopIteration, ValueError):
        return None
    thumbnail = encode(picture, THUMBNAIL_SIDE)
    return VideoInfo(picture.width, picture.height, float(duration), has_sound, thumbnail)


def gif_to_mp4(data: bytes) -> bytes | None:
    """Convert an animated GIF to MPEG-4 (H.264); None if it is not one, or broken."""
    try:
        with Image.open(BytesIO(data), formats=("GIF",)) as image:
            if not getattr(image, "is_animated", False):
                return None
        return _to_mp4(data)
    except (av.FFmpegError, OSError, EOFError, SyntaxError, ValueError):
        return None


def _to_mp4(data: bytes) -> bytes:
    buffer = BytesIO()
    with av.open(BytesIO(data), format="gif") as source, av.open(buffer, "w", format="mp4") as out:
        gif = source.streams.video[0]
        video = out.add_stream("libx264", rate=gif.average_rate or 10)
        # H.264 has half as many color samples each way, so sides are even.
        video.width, video.height = (max(2, side - side % 2) for side in (gif.width, gif.height))
        video.pix_fmt = "yuv420p"
        # Each frame of a GIF has a duration of its own, which no frame rate could express.
        video.codec_context.time_base = gif.time_base
        for frame in source.decode(gif):
            out.mux(video.encode(frame.reformat(video.width, video.height, "yuv420p")))
        out.mux(video.encode())
    return buffer.getvalue()
