"""RGB colour spaces as data, written as ICC profiles for conversion."""

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

Chromaticity = tuple[float, float]  # CIE x, y
# The parameters of an ICC parametric curve of type 3, or the exponent of a plain power.
Curve = tuple[float, ...]

D65: Chromaticity = (0.3127, 0.3290)
D50_XYZ = np.array([0.9642, 1.0, 0.8249])  # of the ICC's connection space
BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)

SRGB_CURVE: Curve = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
LINEAR: Curve = (1.0,)


@dataclass(frozen=True)
class Space:
    """An RGB colour space: white point, the three primaries and the transfer curve."""

    white: Chromaticity
    red: Chromaticity
    green: Chromaticity
    blue: Chromaticity
    curve: Curve


# Primaries and curves by their numbers in ITU-T H.273, as cICP chunks and nclx boxes give them.
PRIMARIES: dict[
    int, tuple[Chromaticity, Chromaticity, Chromaticity, Chromaticity]
] = {  # white, red, green, blue
    1: (D65, (0.640, 0.330), (0.300, 0.600), (0.150, 0.060)),  # BT.709, sRGB
    4: ((0.310, 0.316), (0.67, 0.33), (0.21, 0.71), (0.14, 0.08)),  # BT.470 M
    5: (D65, (0.64, 0.33), (0.29, 0.60), (0.15, 0.06)),  # BT.601, 625 lines
    6: (D65, (0.630, 0.340), (0.310, 0.595), (0.155, 0.070)),  # BT.601, 525 lines
    7: (D65, (0.630, 0.340), (0.310, 0.595), (0.155, 0.070)),  # SMPTE 240
    8: ((0.310, 0.316), (0.681, 0.319), (0.243, 0.692), (0.145, 0.049)),  # film
    9: (D65, (0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),  # BT.2020
    11: ((0.314, 0.351), (0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),  # DCI-P3
    12: (D65, (0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),  # Display P3
    22: (D65, (0.630, 0.340), (0.295, 0.605), (0.155, 0.077)),  # EBU 3213
}
# The curves of television (1, 6, 14, 15) mean the display that shows them: for stills, sRGB.
CURVES: dict[int, Curve] = {
    **dict.fromkeys((1, 6, 13, 14, 15), SRGB_CURVE),
    4: (2.2,),
    5: (2.8,),
    8: LINEAR,
    17: (2.6,),
}

SRGB = Space(D65, (0.64, 0.33), (0.30, 0.60), (0.15, 0.06), SRGB_CURVE)
SRGB_PLACES = (*D65, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
SRGB_GAMMA = 1 / 2.2
LEAST_AREA = 0.01  # of the triangle of primaries; sRGB's has 0.11
DISPLAY_P3 = Space(*PRIMARIES[12], SRGB_CURVE)
ADOBE_RGB = Space(D65, (0.64, 0.33), (0.21, 0.71), (0.15, 0.06), (563 / 256,))


def coded_space(primaries: int, curve: int) -> Space | None:
    """Return the space of two of H.273's numbers; None for light that a display cannot show as it is."""
    if primaries not in PRIMARIES or curve not in CURVES:
        return None
    return Space(*PRIMARIES[primaries], CURVES[curve])


def measured_space(gamma: float | None, places: Sequence[float] | None) -> Space | None:
    """Return the space that numbers in a file describe; what they leave out is sRGB's.

    Args:
        gamma: the exponent by which the file was encoded, 0.45455 for a display of 2.2.
        places: x and y of white, red, green and blue.

    Returns:
        None if the numbers describe no space.
    """
    numbers = [float(number) for number in places or SRGB_PLACES]
    if len(numbers) != 8 or not _is_triangle(numbers[2:]) or not 0 < numbers[1] < 1:
        return None
    white, red, green, blue = zip(numbers[::2], numbers[1::2], strict=True)
    curve = _curve_of(SRGB_GAMMA if gamma is None else float(gamma), green)
    return Space(white, red, green, blue, curve) if curve else None


def _is_triangle(numbers: Sequence[float]) -> bool:
    """Tell whether three points x, y, none of them on the line y = 0, span an area."""
    corners = np.reshape(numbers, (3, 2))
    area = np.linalg.det(np.column_stack([corners, np.ones(3)])) / 2
    return bool(np.isfinite(corners).all() and (corners[:, 1] > 0).all() and abs(area) > LEAST_AREA)


def _curve_of(gamma: float, green: Chromaticity) -> Curve | None:
    """Return the curve that a file's exponent stands for.

    An exponent of 1/2.2 is how files spell sRGB's curve, but for Adobe RGB, whose curve it is.
    """
    if not 0.1 < gamma <= 2:
        return None
    is_srgbs = abs(gamma - SRGB_GAMMA) < 0.003 and math.dist(green, ADOBE_RGB.green) > 0.01
    return SRGB_CURVE if is_srgbs else (1 / gamma,)


@lru_cache(maxsize=64)
def profile_of(space: Space) -> bytes:
    """Write a space as an ICC profile, version 4, of matrix and curves."""
    columns = _to_d50(space)
    curve = _curve(space.curve)
    white = struct.pack(">4s4x3i", b"XYZ ", *_fixed(D50_XYZ))
    text = struct.pack(">4s4x2I2s2sII", b"mluc", 1, 12, b"en", b"US", 6, 28) + "RGB".encode(
        "utf-16-be"
    )
    tags = {
        b"desc": text,
        b"cprt": text,
        b"wtpt": white,
        **{
            name: struct.pack(">4s4x3i", b"XYZ ", *_fixed(column))
            for name, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), columns.T, strict=True)
        },
        **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve),
    }
    return _packed(tags)


def _to_d50(space: Space) -> np.ndarray:
    """Compute the matrix from linear RGB to XYZ under D50: (3, 3)."""
    primaries = np.array([_xyz(each) for each in (space.red, space.green, space.blue)]).T
    white = _xyz(space.white)
    to_xyz = primaries * np.linalg.solve(primaries, white)
    scale = (BRADFORD @ D50_XYZ) / (BRADFORD @ white)
    to_d50: np.ndarray = np.linalg.inv(BRADFORD) @ (scale[:, np.newaxis] * BRADFORD) @ to_xyz
    return to_d50


def _xyz(place: Chromaticity) -> np.ndarray:
    x, y = place
    return np.array([x / y, 1.0, (1 - x - y) / y])


def _curve(parameters: Curve) -> bytes:
    kind = {1: 0, 5: 3}[len(parameters)]
    return struct.pack(f">4s4xHxx{len(parameters)}i", b"para", kind, *_fixed(parameters))


def _fixed(numbers: Sequence[float] | np.ndarray) -> list[int]:
    """Return numbers as the ICC's s15Fixed16."""
    return [round(float(number) * 65536) for number in numbers]


def _packed(tags: dict[bytes, bytes]) -> bytes:
    start = 128 + 4 + 12 * len(tags)
    table, data = b"", b""
    for name, content in tags.items():
        table += struct.pack(">4s2I", name, start + len(data), len(content))
        data += content + b"\0" * (-len(content) % 4)
    illuminant = struct.pack(">3i", *_fixed(D50_XYZ))
    header = struct.pack(
        ">I4xI4s4s4s12x4s28x12s48x",
        *(start + len(data), 0x04300000, b"mntr", b"RGB ", b"XYZ ", b"acsp", illuminant),
    )
    return header + struct.pack(">I", len(tags)) + table + data
