"""A drawn face that smiles: what every usable model must find, whatever it says of it."""

from io import BytesIO

from PIL import Image, ImageDraw, ImageFilter

_SIDE = 256
_SKIN, _SHADE, _HAIR, _LIPS = (225, 180, 155), (205, 155, 130), (70, 45, 30), (170, 60, 60)


def reference_face() -> bytes:
    """Return the picture as a PNG file. It is drawn, because no photo of a person is shipped."""
    picture = Image.new("RGB", (_SIDE, _SIDE), (190, 200, 210))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((56, 28, 200, 236), fill=_HAIR)
    draw.rectangle((104, 200, 152, 256), fill=_SHADE)  # the neck
    draw.ellipse((66, 48, 190, 226), fill=_SKIN)
    for x in (102, 154):
        draw.ellipse((x - 16, 110, x + 16, 128), fill=(250, 250, 250))
        draw.ellipse((x - 8, 110, x + 8, 128), fill=(50, 35, 25))
        draw.arc((x - 20, 92, x + 20, 120), 200, 340, fill=_HAIR, width=5)  # an eyebrow
    draw.polygon((128, 120, 116, 162, 140, 162), fill=_SHADE)
    draw.ellipse((117, 156, 139, 168), fill=_SHADE)
    draw.chord((96, 156, 160, 204), 15, 165, fill=(245, 245, 245), outline=_LIPS, width=5)
    file = BytesIO()
    # Drawn edges are sharper than those of any photo.
    picture.filter(ImageFilter.GaussianBlur(1.5)).save(file, "PNG")
    return file.getvalue()
