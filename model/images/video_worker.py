"""The process behind `video.open_frames`: a video on standard input, frames on standard output.

Each frame is one line of JSON, {"at", "width", "height", "rows", "columns"}, followed by its RGB
pixels. A refusal is {"refused": class name of the error, "arguments": its arguments}. On any other
failure there is a traceback on standard error and a non-zero exit status.
"""

import json
import math
import sys
from collections.abc import Iterable, Iterator
from io import BytesIO
from itertools import islice
from typing import IO

import av
from av import Packet, VideoCodecContext, VideoFrame, VideoStream
from av.container import InputContainer
from PIL import Image

from model.errors import ImageTooSmallError, TooManyPixelsError, VideoTooLongError
from model.images.validation import check_size
from model.images.video import MAX_FRAMES, MAX_SECONDS
from model.images.worker_process import limit_this_process

MAX_MEMORY_BYTES = 450_000_000  # private memory: up to 17 reference frames, the file, and Python
_MAX_CPU_SECONDS = 15
MAX_PIXELS = 9_000_000  # of a frame: 4K has 8.8 million
MAX_SIDE = 1280  # pixels; the longest side of what is returned
# Packets from one returned frame to the next, in pixels: 96 frames of Full HD. A frame that is
# farther behind a key frame than this is replaced by an earlier one.
_PIXELS_A_STEP = 200_000_000
_MAX_PACKETS = 20_000  # 60 s have 3600 at 60 a second

# Other formats may name further files to open, such as playlists.
_DEMUXERS = {b"ftyp": "mp4", b"\x1a\x45\xdf\xa3": "matroska"}
_OPTIONS = {
    "codec_whitelist": "h264,hevc,mpeg4,vp8,vp9,libvpx-vp9,av1,libdav1d",
    "protocol_whitelist": "",
}


def main() -> None:
    limit_this_process(MAX_MEMORY_BYTES, _MAX_CPU_SECONDS)
    try:
        _write_frames(sys.stdin.buffer.read(), sys.stdout.buffer)
    except (TooManyPixelsError, ImageTooSmallError) as error:
        _refuse(error, error.width, error.height, error.limit)
    except VideoTooLongError as error:
        _refuse(error, error.seconds, error.limit)


def _refuse(error: Exception, *arguments: float) -> None:
    print(json.dumps({"refused": type(error).__name__, "arguments": arguments}))


def _write_frames(data: bytes, output: IO[bytes]) -> None:
    demuxer = _DEMUXERS.get(data[4:8]) or _DEMUXERS[data[:4]]
    with av.open(BytesIO(data), format=demuxer, container_options=_OPTIONS) as container:
        stream = container.streams.video[0]
        if container.duration is not None:
            _check_duration(container.duration / av.time_base)
        size = stream.codec_context.width, stream.codec_context.height
        check_size(*size, MAX_PIXELS)
        packets = _packets(container, stream)
        first = min(packet.pts for packet in packets)
        for frame in _spread(packets, _decoder(stream), _PIXELS_A_STEP // (size[0] * size[1])):
            _write(frame, float((frame.pts - first) * stream.time_base), output)


def _check_duration(seconds: float) -> None:
    # The last frame is shown for a while, too, and clocks are rounded.
    if seconds >= MAX_SECONDS + 1:
        raise VideoTooLongError(math.ceil(seconds), MAX_SECONDS)


def _packets(container: InputContainer, stream: VideoStream) -> list[Packet]:
    packets = []
    for packet in container.demux(stream):
        if packet.pts is not None:
            packets.append(packet)
        if len(packets) > _MAX_PACKETS:
            raise ValueError("too many packets")
    if not packets:
        raise ValueError("no packets")
    times = [packet.pts for packet in packets]
    _check_duration(float((max(times) - min(times)) * stream.time_base))
    return packets


def _decoder(stream: VideoStream) -> VideoCodecContext:
    """Return a decoder in one thread: each further one needs frames of its own."""
    context = stream.codec_context
    if context.name == "vp9" and stream.metadata.get("alpha_mode") == "1":
        # FFmpeg's own decoder ignores transparency, which video stickers have.
        transparent = VideoCodecContext.create("libvpx-vp9", "r")
        transparent.extradata = context.extradata
        context = transparent
    context.thread_count = 1
    context.options = {"max_pixels": str(MAX_PIXELS)}
    return context


def _spread(packets: list[Packet], decoder: VideoCodecContext, most: int) -> Iterator[VideoFrame]:
    """Decode frames spread over the video, in order, and as little as possible between them.

    Args:
        packets: in the order of decoding.
        decoder: their decoder.
        most: packets to decode for one frame; if the wanted one is farther behind a key frame, an
            earlier one is taken.
    """
    times = [packet.pts for packet in packets]
    first = min(times)
    # The last frame counts as long as it is shown: in a short GIF that is most of the time.
    length = max(packet.pts + (packet.duration or 0) for packet in packets) - first
    position, shown, count = 0, first - 1, 0
    for step in range(MAX_FRAMES):
        wanted = first + length * (2 * step + 1) / (2 * MAX_FRAMES)
        end = 1 + max(index for index, time in enumerate(times) if time <= wanted)
        key = max((index for index in range(end) if packets[index].is_keyframe), default=0)
        if key > position:
            decoder.flush_buffers()
            position = key
        start, position = position, max(position, min(end, position + most))
        frames = _decode(decoder, packets[start:position])
        if frames and frames[-1].pts > shown:
            shown, count = frames[-1].pts, count + 1
            yield frames[-1]
    # The decoder holds some frames back until it is told of the end: of a few pictures, all.
    if position == len(packets):
        held = (frame for frame in decoder.decode(None) if frame.pts > shown)
        yield from islice(held, MAX_FRAMES - count)
    elif not count:
        yield from _decode(decoder, [*packets[position:], None])[:1]


def _decode(decoder: VideoCodecContext, packets: Iterable[Packet | None]) -> list[VideoFrame]:
    """Decode packets and return the newest frame, if there is one; None stands for the end."""
    newest: list[VideoFrame] = []
    for packet in packets:
        newest = decoder.decode(packet)[-1:] or newest
    return newest


def _write(frame: VideoFrame, at_s: float, output: IO[bytes]) -> None:
    scale = min(1.0, MAX_SIDE / max(frame.width, frame.height))
    width, height = (max(1, round(side * scale)) for side in (frame.width, frame.height))
    alpha = any(component.is_alpha for component in frame.format.components)
    small = frame.reformat(width, height, "rgba" if alpha else "rgb24")
    image = Image.fromarray(small.to_ndarray())
    if alpha:
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    size = frame.width, frame.height
    if frame.rotation % 360:
        image = image.rotate(frame.rotation, expand=True)
        size = size if frame.rotation % 180 == 0 else size[::-1]
    header = {
        "at": round(at_s, 3),
        "width": size[0],
        "height": size[1],
        "rows": image.height,
        "columns": image.width,
    }
    output.write(json.dumps(header).encode() + b"\n" + image.tobytes())
    output.flush()


if __name__ == "__main__":
    main()
