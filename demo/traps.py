"""Writes files that an importer must survive: broken, misnamed, hostile or unusual.

Every function writes one file to the given path. Those in READABLE are valid photos.
"""

import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pillow_heif
from PIL import Image, ImageEnhance

# EXIF tags and values, named as in the standard.
ORIENTATION, GPS_IFD = 0x0112, 0x8825
TURN_RIGHT_TO_VIEW = 6
BOMB_SIDE_PX = 60_000


def truncated(photo: Image.Image, path: Path) -> None:
    """Write a JPEG that stops midway, as after an interrupted download."""
    whole = jpeg_bytes(photo)
    path.write_bytes(whole[: len(whole) // 2])


def text(_photo: Image.Image, path: Path) -> None:
    """Write the error page that some sites send instead of a photo."""
    path.write_text("<html><body>Sorry, this page isn't available.</body></html>\n", "utf-8")


def empty(_photo: Image.Image, path: Path) -> None:
    """Write an empty file."""
    path.write_bytes(b"")


def appledouble(_photo: Image.Image, path: Path) -> None:
    """Write an AppleDouble file, as macOS leaves next to files on foreign disks."""
    header = struct.pack(">II16sH", 0x00051607, 0x00020000, b"Mac OS X".ljust(16), 1)
    entry = struct.pack(">III", 9, 38, 32)
    path.write_bytes(header + entry + bytes(32))


def animated(photo: Image.Image, path: Path) -> None:
    """Write a GIF of three frames."""
    small = photo.resize((photo.width // 3, photo.height // 3))
    frames = [ImageEnhance.Brightness(small).enhance(share) for share in (0.95, 0.9)]
    small.save(path, format="GIF", save_all=True, append_images=frames, duration=200, loop=0)


def bomb(_photo: Image.Image, path: Path) -> None:
    """Write a PNG of a few hundred bytes that declares 60,000 x 60,000 pixels."""
    header = struct.pack(">IIBBBBB", BOMB_SIDE_PX, BOMB_SIDE_PX, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(100_000), 9)
    chunks = png_chunk(b"IHDR", header) + png_chunk(b"IDAT", rows) + png_chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunks)


def png_chunk(kind: bytes, content: bytes) -> bytes:
    """Frame one chunk of a PNG with its length and its checksum."""
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)


def grey16(photo: Image.Image, path: Path) -> None:
    """Write a 16-bit grey PNG, as microscopes do."""
    levels = np.asarray(photo.convert("L"), dtype=np.uint16) * 257
    Image.fromarray(levels).save(path, format="PNG")


def too_small(photo: Image.Image, path: Path) -> None:
    """Write a thumbnail of 40 x 40 pixels."""
    photo.resize((40, 40), Image.Resampling.BOX).save(path, format="JPEG", quality=85)


def exif6(photo: Image.Image, path: Path) -> None:
    """Write a photo stored on its side, with the EXIF orientation that says so."""
    exif = Image.Exif()
    exif[ORIENTATION] = TURN_RIGHT_TO_VIEW
    lying = photo.transpose(Image.Transpose.ROTATE_90)
    lying.save(path, format="JPEG", quality=90, exif=exif)


def gps(photo: Image.Image, path: Path) -> None:
    """Write a photo with a GPS position: in the sea, at 0 degrees north and east."""
    exif = Image.Exif()
    exif[GPS_IFD] = {1: "N", 2: (0.0, 7.0, 30.0), 3: "E", 4: (0.0, 15.0, 0.0)}
    photo.save(path, format="JPEG", quality=88, exif=exif)


def webp(photo: Image.Image, path: Path) -> None:
    """Write a WebP."""
    photo.save(path, format="WEBP", quality=86)


def png_named_jpg(photo: Image.Image, path: Path) -> None:
    """Write a PNG, whatever the name says."""
    photo.save(path, format="PNG", compress_level=3)


def heic(photo: Image.Image, path: Path) -> None:
    """Write a HEIC, a phone's format."""
    # The encoder's slower presets take seconds without benefit here.
    fast = {"preset": "ultrafast"}
    pillow_heif.from_pillow(photo).save(path, quality=80, enc_params=fast)


def cmyk(photo: Image.Image, path: Path) -> None:
    """Write a CMYK JPEG."""
    photo.convert("CMYK").save(path, format="JPEG", quality=90)


def jpeg_bytes(photo: Image.Image) -> bytes:
    """Encode a photo as an ordinary JPEG."""
    buffer = BytesIO()
    photo.save(buffer, format="JPEG", quality=88)
    return buffer.getvalue()


Trap = Callable[[Image.Image, Path], None]
UNREADABLE: dict[str, Trap] = {
    "trap_truncated.jpg": truncated,
    "trap_text.jpg": text,
    "trap_empty.jpg": empty,
    "._trap_appledouble.jpg": appledouble,
    "trap_animated.gif": animated,
    "trap_bomb.png": bomb,
    "trap_16bit.png": grey16,
    "trap_too_small.jpg": too_small,
}
READABLE: dict[str, Trap] = {
    "trap_rotated_exif6.jpg": exif6,
    "trap_gps.jpg": gps,
    "trap_photo.webp": webp,
    "trap_png_named.jpg": png_named_jpg,
    "trap_photo.heic": heic,
    "trap_cmyk.jpg": cmyk,
}
