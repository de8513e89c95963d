"""Damage to image files: what an attacker or a broken program would do to a valid one."""

import re
import zlib
from collections.abc import Callable
from itertools import pairwise
from random import Random

from model.images.validation import PNG_SIGNATURE, Format
from scripts.reliability.images.files import (
    gif_of_frame_size,
    gif_of_size,
    heif_of_size,
    jpeg_of_size,
    jpeg_segment,
    png_chunk,
    png_of_size,
    webp_of_size,
)
from scripts.reliability.images.samples import CMYK_PROFILE, EXIF, PROFILE, XMP, Sample

# Where the parts of a file begin. A match inside of compressed data does no harm.
_BOUNDARIES = {
    Format.JPEG: re.compile(rb"\xff[\xc0-\xcf\xd9-\xfe]"),
    Format.PNG: re.compile(rb"\0...(?=IHDR|PLTE|tRNS|IDAT|IEND|iCCP|eXIf|acTL|fc|fd|.TXt)", re.S),
    Format.WEBP: re.compile(rb"VP8[ LX]|ALPH|ANIM|ANMF|ICCP|EXIF|XMP "),
    Format.GIF: re.compile(rb"![\xf9\xfe\xff]|,\0\0\0\0|;$"),
    Format.HEIF: re.compile(
        rb"\0...(?=ftyp|meta|hdlr|pitm|iloc|iinf|infe|iref|iprp|ipco|ispe|hvcC|ipma|mdat|idat)",
        re.S,
    ),
}
_SIZE_CHANGERS: dict[Format, tuple[Callable[[bytes, int, int], bytes], ...]] = {
    Format.JPEG: (jpeg_of_size,),
    Format.PNG: (png_of_size,),
    Format.WEBP: (webp_of_size,),
    Format.GIF: (gif_of_size, gif_of_frame_size),
    Format.HEIF: (heif_of_size,),
}
# fmt: off
_SIDES = (0, 1, 2, 15, 16, 47, 49, 63, 65, 256, 2049, 4096, 5000, 6250, 7071, 8000, 16383, 65535)
# fmt: on
_METADATA = (EXIF, PROFILE, CMYK_PROFILE, XMP)
_NUMBERS = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


def mutated(random: Random, base: Sample, others: list[Sample]) -> bytes:
    """Damage a valid file in one to three ways.

    Args:
        random: decides everything.
        base: the file.
        others: files of which parts may be put into it.
    """
    data = random.choice(_FIRST)(random, base, random.choice(others))
    for _ in range(random.choice((0, 0, 0, 1, 2))):
        data = random.choice(_SECOND)(random, data)
    # A wrong checksum would end the decoding of most PNG files before the damage is reached.
    return _with_checksums(data) if random.random() < 0.7 else data


# --- any bytes ---


def flip_bits(random: Random, data: bytes) -> bytes:
    """Flip bits, more often in the header than in the rest."""
    damaged = bytearray(data)
    end = min(len(data), random.choice((40, 300, 1000, len(data))))
    for _ in range(random.randint(1, 12) if end else 0):
        damaged[random.randrange(end)] ^= 1 << random.randrange(8)
    return bytes(damaged)


def set_numbers(random: Random, data: bytes) -> bytes:
    """Write numbers at the limits of their range over others."""
    damaged = bytearray(data)
    end = min(len(data), random.choice((40, 300, 1000, len(data))))
    for _ in range(random.randint(1, 4) if end else 0):
        width = random.choice((1, 2, 4))
        start = random.randrange(end)
        number = random.choice(_NUMBERS) & (1 << 8 * width) - 1
        damaged[start : start + width] = number.to_bytes(width, random.choice(("big", "little")))
    return bytes(damaged)


def truncate(random: Random, data: bytes) -> bytes:
    """Cut the file at any byte."""
    return data[: random.randint(0, len(data))]


def repeat(random: Random, data: bytes) -> bytes:
    """Leave out a range of bytes, or repeat it up to 300 times."""
    start = random.randint(0, len(data))
    end = start + random.choice((1, 4, 12, 100, 1000))
    return data[:start] + data[start:end] * random.choice((0, 2, 300)) + data[end:]


def fill(random: Random, data: bytes) -> bytes:
    """Insert 100,000 times the same byte."""
    start = random.randint(0, len(data))
    return data[:start] + bytes([random.choice((0, 1, 0xFF))]) * 100_000 + data[start:]


# --- the structure of a format ---


def _rearranged(random: Random, base: Sample, other: Sample) -> bytes:
    """Drop, repeat, exchange or damage parts of the file, or put in parts of another."""
    head, *parts = _split(base)
    for _ in range(random.randint(1, 3)):
        place = random.randrange(len(parts) + 1)
        match random.randrange(5):
            case 0:
                del parts[place : place + 1]
            case 1:
                parts[place:place] = parts[place : place + 1] * random.choice((1, 2, 40, 300))
            case 2:
                parts.insert(place, random.choice(_split(other)))
            case 3:
                random.shuffle(parts)
            case 4:
                parts[place:] = [set_numbers(random, part) for part in parts[place:]]
    return head + b"".join(parts)


def _split(file: Sample) -> list[bytes]:
    starts = [match.start() for match in _BOUNDARIES[file.format].finditer(file.data, 4)]
    edges = [0, *starts, len(file.data)]
    return [file.data[start:end] for start, end in pairwise(edges)]


def _resized(random: Random, base: Sample, _: Sample) -> bytes:
    """Declare another size in the header."""
    sides = [random.choice((random.choice(_SIDES), random.randint(0, 300))) for _ in range(2)]
    return random.choice(_SIZE_CHANGERS[base.format])(base.data, *sides)


def _polyglot(random: Random, base: Sample, other: Sample) -> bytes:
    """Join two files, so that each program may see another one."""
    parts = _split(base)
    place = random.randint(1, len(parts))
    head = random.choice((4, 8, 12, 40))
    return random.choice(
        (
            base.data + other.data,
            other.data[:head] + base.data,
            other.data[:head] + base.data[head:],
            b"".join(parts[:place]) + other.data + b"".join(parts[place:]),
        )
    )


def _with_metadata(random: Random, base: Sample, other: Sample) -> bytes:
    """Put in damaged EXIF, ICC or XMP, or damage those of the file."""
    block = random.choice(_METADATA)
    damaged = random.choice((flip_bits, set_numbers, truncate, repeat))(random, block)
    if base.format is Format.JPEG:
        return base.data[:2] + _jpeg_metadata(block, damaged) + base.data[2:]
    if base.format is Format.PNG:
        return base.data[:33] + _png_metadata(block, damaged) + base.data[33:]
    if block in base.data:
        return base.data.replace(block, damaged[: len(block)].ljust(len(block), b"\0"))
    return _rearranged(random, base, other)


def _jpeg_metadata(block: bytes, damaged: bytes) -> bytes:
    if block is EXIF:
        return jpeg_segment(0xE1, damaged[:65_000])
    if block is XMP:
        return jpeg_segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + damaged[:65_000])
    return jpeg_segment(0xE2, b"ICC_PROFILE\0\x01\x01" + damaged[:65_000])


def _png_metadata(block: bytes, damaged: bytes) -> bytes:
    if block is EXIF:
        return png_chunk(b"eXIf", damaged.removeprefix(b"Exif\0\0"))
    if block is XMP:
        return png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\x01\0\0\0" + zlib.compress(damaged))
    return png_chunk(b"iCCP", b"name\0\0" + zlib.compress(damaged))


def _with_checksums(data: bytes) -> bytes:
    """Correct the checksums of a PNG, as far as its chunks can be followed."""
    if not data.startswith(PNG_SIGNATURE):
        return data
    chunks, start = [PNG_SIGNATURE], len(PNG_SIGNATURE)
    while start + 12 <= len(data):
        end = start + 8 + int.from_bytes(data[start : start + 4])
        chunks.append(png_chunk(data[start + 4 : start + 8], data[start + 8 : end]))
        start = end + 4
    return b"".join([*chunks, data[start:]])


def _any(
    mutate: Callable[[Random, bytes], bytes],
) -> Callable[[Random, Sample, Sample], bytes]:
    return lambda random, base, _: mutate(random, base.data)


_SECOND = (flip_bits, set_numbers, truncate, repeat)
_FIRST = (
    *(_any(mutate) for mutate in (*_SECOND, fill)),
    _rearranged,
    _rearranged,
    _resized,
    _polyglot,
    _with_metadata,
    _with_metadata,
)
