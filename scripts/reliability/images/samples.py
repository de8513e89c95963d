"""Small valid files of every accepted format, to damage."""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

import pillow_heif
from PIL import Image, PngImagePlugin

from model.images.validation import Format
from scripts.reliability.images.files import exif, interlaced_png, png_chunk, png_file
from scripts.reliability.images.profiles import lut_profile, profile_swapping_red_and_green

pillow_heif.register_heif_opener()

EXIF, PROFILE, CMYK_PROFILE = exif(6), profile_swapping_red_and_green(), lut_profile("CMYK")
XMP = (
    b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-'
    b'syntax-ns#"><rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"'
    b'/></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
)


@dataclass(frozen=True, slots=True)
class Sample:
    """A valid file."""

    name: str
    format: Format
    data: bytes


def encode(image: Image.Image, image_format: str, **options: object) -> bytes:
    """Encode an image as a file.

    Args:
        image: the image.
        image_format: a format that Pillow can write.
        options: arguments of Pillow's `save`.
    """
    buffer = BytesIO()
    image.save(buffer, image_format, **options)
    return buffer.getvalue()


def picture(size: tuple[int, int] = (64, 48)) -> Image.Image:
    """Return a picture with soft and sharp edges, in mode RGB."""
    down = Image.linear_gradient("L").resize(size)
    image = Image.merge("RGB", (down, down.rotate(180), Image.new("L", size, 90)))
    image.paste((250, 210, 120), (size[0] // 4, size[1] // 4, size[0] // 2, size[1] // 2))
    return image


def samples() -> list[Sample]:
    """Return files of every kind except HEIF."""
    kinds = ((Format.JPEG, _jpegs), (Format.PNG, _pngs), (Format.WEBP, _webps), (Format.GIF, _gifs))
    return [Sample(name, kind, data) for kind, make in kinds for name, data in make()]


def heif_samples() -> list[Sample]:
    """Return HEIF files, separate because each starts a process to decode."""
    return [Sample(name, Format.HEIF, data) for name, data in _heifs()]


def _with_alpha() -> Image.Image:
    image = picture()
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    return image


def _frames() -> list[Image.Image]:
    return [picture().rotate(90), picture().rotate(180)]


def _jpegs() -> Iterator[tuple[str, bytes]]:
    small = picture()
    metadata = {"exif": EXIF, "icc_profile": PROFILE, "xmp": XMP}
    yield "jpeg", encode(small, "JPEG", **metadata)
    yield "jpeg progressive", encode(small, "JPEG", progressive=True, subsampling=0)
    yield "jpeg grey", encode(small.convert("L"), "JPEG", restart_marker_blocks=2)
    cmyk = small.convert("CMYK")
    yield "jpeg cmyk", encode(cmyk, "JPEG", progressive=True, icc_profile=CMYK_PROFILE)
    yield "mpo", encode(small, "MPO", save_all=True, append_images=_frames())


def _pngs() -> Iterator[tuple[str, bytes]]:
    small, alpha = picture(), _with_alpha()
    texts = PngImagePlugin.PngInfo()
    texts.add_itxt("XML:com.adobe.xmp", XMP.decode(), zip=True)
    texts.add_text("Comment", "hello", zip=True)
    yield "png", encode(small, "PNG", exif=EXIF, icc_profile=PROFILE, pnginfo=texts)
    yield "png palette", encode(small.quantize(16), "PNG", transparency=3)
    yield "png alpha", encode(alpha, "PNG")
    yield "png grey alpha", encode(alpha.convert("LA"), "PNG")
    yield "png 1", encode(small.convert("1"), "PNG")
    yield "png 16", png_file(32, 32, 16, 0, bytes(range(64)), png_chunk(b"tRNS", b"\0\1"))
    yield "png 16 colours", png_file(32, 32, 16, 2, bytes(192), png_chunk(b"tRNS", bytes(6)))
    yield "png interlaced", interlaced_png(32, 32)
    yield "apng", encode(small, "PNG", save_all=True, append_images=_frames())


def _webps() -> Iterator[tuple[str, bytes]]:
    small, alpha = picture(), _with_alpha()
    yield "webp", encode(small, "WEBP", exif=EXIF, icc_profile=PROFILE, xmp=XMP)
    yield "webp plain", encode(small, "WEBP")
    yield "webp lossless", encode(alpha, "WEBP", lossless=True)
    yield "webp animated", encode(alpha, "WEBP", save_all=True, append_images=_frames())


def _gifs() -> Iterator[tuple[str, bytes]]:
    small = picture()
    yield "gif", encode(small, "GIF", comment=b"hello", transparency=2, interlace=True)
    yield "gif animated", encode(small, "GIF", save_all=True, append_images=_frames(), loop=1)


def _heifs() -> Iterator[tuple[str, bytes]]:
    small = picture((64, 64))
    alpha = small.copy()
    alpha.putalpha(90)
    deep = BytesIO()
    pillow_heif.encode("RGB;16", (64, 64), bytes(64 * 64 * 6), deep, chroma=444)
    yield "heif", encode(small, "HEIF", exif=EXIF, icc_profile=PROFILE, xmp=XMP)
    yield "heif grid", encode(picture((150, 130)), "HEIF", tile_size=64)
    yield "heif alpha", encode(alpha, "HEIF")
    yield "heif deep", deep.getvalue()
