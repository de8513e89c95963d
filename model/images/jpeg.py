"""The segments of a JPEG file (ITU-T T.81, annex B)."""

import re
import struct

from model.errors import DamagedImageError
from model.images.parsed_file import ParsedFile
from model.images.validation import MAX_PIXELS

# Real files have a few dozen; a 20 MB file of nothing but full-length segments has 305.
_MAX_SEGMENTS = 1000
_MAX_PIXELS_OF_CMYK = 40_000_000  # progressive files take two bytes for each pixel and channel
# Real progressive files have about ten scans, those in CMYK 18. A scan visits every block of the
# image: it needs hardly any data but takes up to 50 ms at 50 megapixels, so 20 MB of scans would
# take hours.
_MAX_SCANS = 100
_MAX_SCANS_OF_LARGE, _LARGE_PIXELS = 24, 12_000_000

# Not with "+" behind the first byte: it would search long padding in quadratic time.
_MARKER = re.compile(rb"\xff([^\x00\xff])")
# In entropy-coded data 0xFF is followed by zero (a stuffed byte) or is a restart marker.
_END_OF_ENTROPY_CODED = re.compile(rb"\xff([^\x00\xd0-\xd7\xff])")
_START_OF_SCAN = re.compile(rb"\xff\xda")
_SOS, _EOI, _APP1, _APP2 = 0xDA, 0xD9, 0xE1, 0xE2
# Baseline, extended and progressive Huffman coding. The others (lossless, hierarchical,
# arithmetic) are not written by cameras and not opened by browsers.
_FRAMES = frozenset({0xC0, 0xC1, 0xC2})
_OTHER_FRAMES = frozenset(range(0xC3, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE = 0xC2
_LAST_COEFFICIENT = 63  # of a block, in zigzag order
_XMP_HEADER = b"http://ns.adobe.com/xap/1.0/\0"
_END = b"\xff\xd9"
# Huffman and quantization tables, restart interval, JFIF, Adobe (which holds the colour space)
_TABLES = frozenset({0xC4, 0xDB, 0xDD, 0xE0, 0xEE})
_WITH_LENGTH = frozenset({0xC4, 0xCC, 0xDA, 0xDB, 0xDC, 0xDD, 0xFE, *range(0xE0, 0xF0)})


def parse_jpeg(data: bytes) -> ParsedFile:
    """Keep the tables, the colour profile and the scans of the first image in the file.

    Comments, thumbnails, application data and the further images that phones append are dropped.
    Where the end of the image is missing, as after an interrupted transfer, it is added.

    Args:
        data: content of the file, known to be a JPEG by its first bytes.

    Raises:
        DamagedImageError: there is no image, a progressive one lacks details of every row, or
            there is far more structure than in real files.
    """
    kept = [b"\xff\xd8"]
    size: tuple[int, int] | None = None
    max_pixels = MAX_PIXELS
    exif = xmp = b""
    progressive = False
    position = 2
    for _ in range(_MAX_SEGMENTS):
        marker, segment, position = _segment_after(data, position)
        if marker == _SOS and size:
            scans = _scans_from(data, position - len(segment), _max_scans(*size))
            cut = not scans.endswith(_END)
            if cut and progressive and not _has_begun_last_scans(scans):
                raise DamagedImageError
            kept += [scans, _END if cut else b""]
            return ParsedFile(b"".join(kept), *size, max_pixels, exif, xmp, cut=cut)
        if marker in _FRAMES and not size:
            height, width = struct.unpack_from(">HH", segment, 5)
            size = width, height
            progressive = marker == _PROGRESSIVE
            if segment[9] == 4:
                max_pixels = _MAX_PIXELS_OF_CMYK
            kept.append(segment)
        elif marker in _FRAMES | _OTHER_FRAMES or marker == _SOS:
            raise DamagedImageError
        elif marker in _TABLES or (marker == _APP2 and segment[4:].startswith(b"ICC_PROFILE\0")):
            kept.append(segment)
        elif marker == _APP1 and segment[4:].startswith(b"Exif\0\0"):
            exif = exif or segment[4:]
        elif marker == _APP1 and segment[4:].startswith(_XMP_HEADER):
            xmp = xmp or segment[4:].removeprefix(_XMP_HEADER)
    raise DamagedImageError


def _segment_after(data: bytes, position: int) -> tuple[int, bytes, int]:
    """Return the next segment: marker, bytes including marker and length, end position."""
    match = _MARKER.search(data, position)
    if match is None or match[1][0] not in _WITH_LENGTH | _FRAMES | _OTHER_FRAMES:
        raise DamagedImageError
    start = match.end() - 2
    end = start + 2 + int.from_bytes(data[start + 2 : start + 4])
    if not start + 4 <= end <= len(data):
        raise DamagedImageError
    return match[1][0], data[start:end], end


def _max_scans(width: int, height: int) -> int:
    return _MAX_SCANS_OF_LARGE if width * height > _LARGE_PIXELS else _MAX_SCANS


def _scans_from(data: bytes, start: int, max_scans: int) -> bytes:
    """Return the bytes from the first scan to the end of the image; further images may follow."""
    position = start
    for _ in range(_MAX_SEGMENTS):
        match = _END_OF_ENTROPY_CODED.search(data, position)
        if match is None or match[1][0] == _EOI:
            scans = data[start : match.end() if match else len(data)]
            # Count in all bytes: a decoder may resume at markers that this loop skips. A regular
            # expression takes a third of the time of `bytes.count`.
            if sum(1 for _ in _START_OF_SCAN.finditer(scans)) > max_scans:
                raise DamagedImageError
            return scans
        position = match.end()
        if match[1][0] in _WITH_LENGTH:
            position += int.from_bytes(data[position : position + 2])
    raise DamagedImageError


def _has_begun_last_scans(scans: bytes) -> bool:
    """Return whether a progressive image that ends too early lacks no more than its last bits.

    The first scans show the whole image coarsely, and each further one makes it finer. The last
    scan of a component carries its highest coefficients (Se) in full precision (Al = 0).
    """
    seen: set[int] = set()
    finished: set[int] = set()
    start = scans.find(b"\xff\xda")
    while start >= 0:
        header = scans[start + 4 : start + 2 + int.from_bytes(scans[start + 2 : start + 4])]
        if len(header) < 4:
            break
        count = header[0]
        components = set(header[1 : 1 + 2 * count : 2])
        last, precision = header[-2], header[-1] & 0x0F
        seen |= components
        if last == _LAST_COEFFICIENT and precision == 0:
            finished |= components
        start = scans.find(b"\xff\xda", start + 2)
    return bool(finished) and finished == seen
