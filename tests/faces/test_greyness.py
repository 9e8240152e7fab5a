"""A photo counts as grey where its face has no colour that light does not explain, toned, framed or not."""

import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageOps

import faces.greyness
from demo.faces import draw_photo
from demo.person import person_of
from faces.decoding import upright_reduced
from faces.greyness import own_colour, shows_colour
from faces.scaling import shrunk

Edit = Callable[[Image.Image], Image.Image]
WARM = np.array([1.0, 0.75, 0.4])


def as_read(photo: Image.Image, quality: int = 75) -> Image.Image:
    """Return a photo as import reads it from a JPEG."""
    buffer = io.BytesIO()
    photo.save(buffer, "JPEG", quality=quality)
    with Image.open(io.BytesIO(buffer.getvalue())) as image:
        return shrunk(upright_reduced(image, 256), 256)


@pytest.fixture(scope="module", params=[1, 4])
def portrait(request: pytest.FixtureRequest) -> Image.Image:
    drawn = draw_photo(person_of(5, request.param), 5, 0).image
    return drawn.resize((drawn.width * 2, drawn.height * 2))


def grey(photo: Image.Image) -> Image.Image:
    return photo.convert("L").convert("RGB")


def mixed(photo: Image.Image, strength: float) -> Image.Image:
    """Return a photo toned in sepia, by the usual matrix, to a share."""
    matrix = np.array([[0.393, 0.769, 0.189], [0.349, 0.686, 0.168], [0.272, 0.534, 0.131]])
    toned = (np.asarray(photo) @ matrix.T).clip(0, 255)
    plain = np.asarray(grey(photo)).astype(float)
    return Image.fromarray((plain + strength * (toned - plain)).clip(0, 255).astype(np.uint8))


def sepia(photo: Image.Image) -> Image.Image:
    return mixed(photo, 1)


def toned(*colours: str) -> Edit:
    def edit(photo: Image.Image) -> Image.Image:
        black, white = colours[0], colours[-1]
        middle = colours[1] if len(colours) == 3 else None
        return ImageOps.colorize(photo.convert("L"), black, white, middle)

    return edit


def noisy(photo: Image.Image) -> Image.Image:
    noise = np.random.default_rng(1).normal(0, 6, (photo.height, photo.width, 3))
    return Image.fromarray((np.asarray(grey(photo)) + noise).clip(0, 255).astype(np.uint8))


def banner(colour: str, top: float, height: float, inner: Edit = grey) -> Edit:
    def edit(photo: Image.Image) -> Image.Image:
        plain = inner(photo)
        place = (0, int(top * photo.height), photo.width, int((top + height) * photo.height))
        ImageDraw.Draw(plain).rectangle(place, fill=colour)
        return plain

    return edit


def framed(colour: str, share: float, inner: Edit = grey) -> Edit:
    return lambda photo: ImageOps.expand(inner(photo), int(share * photo.width), colour)


def sticker(photo: Image.Image) -> Image.Image:
    """Return the photo in grey, a colourful part of it pasted small into a corner."""
    plain = grey(photo)
    plain.paste(photo.resize((photo.width // 5, photo.height // 5)), (5, 5))
    return plain


GREY: dict[str, Edit] = {
    "grey": grey,
    "sepia": sepia,
    "weak sepia": lambda photo: mixed(photo, 0.3),
    "cyanotype": toned("#08203a", "#f4f8fa"),
    "duotone": toned("#1b0f5e", "#ffd27a"),
    "selenium": toned("#1c0f14", "#8a7a80", "#fbf7f2"),
    "colour noise": noisy,
    "red banner on top": banner("#c81414", 0, 0.2),
    "red banner down to the eyes": banner("#dc1e3c", 0, 0.4),
    "sepia under a blue banner": banner("#143cdc", 0, 0.35, sepia),
    "yellow caption at the bottom": banner("#fadc1e", 0.85, 0.15),
    "blue frame": framed("#1450c8", 0.1),
    "wide pink frame": framed("#c82890", 0.3),
    "sepia in a green frame": framed("#109040", 0.15, sepia),
    "a colourful sticker": sticker,
}


def exposed(power: float, white: float) -> Edit:
    def edit(photo: Image.Image) -> Image.Image:
        light = (np.asarray(photo) / 255.0) ** power * white
        return Image.fromarray(light.clip(0, 255).astype(np.uint8))

    return edit


def lit_warmly(photo: Image.Image) -> Image.Image:
    light = (np.asarray(photo) / 255.0) ** 2.2 * WARM
    return Image.fromarray((light ** (1 / 2.2) * 255).astype(np.uint8))


def faded(photo: Image.Image) -> Image.Image:
    """Return a photo as a film filter fades it: half the colour, lifted blacks, a blue cast."""
    pale = np.asarray(ImageEnhance.Color(photo).enhance(0.5)) * 0.8 + (25, 25, 38)
    return Image.fromarray(pale.clip(0, 255).astype(np.uint8))


COLOURED: dict[str, Edit] = {
    "as it is": lambda photo: photo,
    "warm light": lit_warmly,
    "a film filter": faded,
    "half the colour": lambda photo: ImageEnhance.Color(photo).enhance(0.5),
    "dark": exposed(1.5, 170),
    "pale": exposed(0.6, 255),
    "under a grey banner": lambda photo: ImageOps.expand(photo, (0, 200, 0, 0), "#808080"),
    "in a black frame": lambda photo: ImageOps.expand(photo, 150, "black"),
}


@pytest.mark.slow
@pytest.mark.parametrize("quality", [50, 90])
@pytest.mark.parametrize("edit", GREY)
def test_a_face_without_colour_of_its_own_is_grey(
    portrait: Image.Image, edit: str, quality: int
) -> None:
    assert not shows_colour(as_read(GREY[edit](portrait), quality))


@pytest.mark.parametrize("quality", [50, 90])
@pytest.mark.parametrize("edit", COLOURED)
def test_a_face_in_colour_is_not_grey(portrait: Image.Image, edit: str, quality: int) -> None:
    assert shows_colour(as_read(COLOURED[edit](portrait), quality))


@pytest.mark.parametrize("edit", ["grey", "sepia", "red banner on top", "blue frame"])
def test_without_a_search_for_faces_the_middle_is_asked(
    portrait: Image.Image, edit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faces.greyness, "can_search", lambda: False)
    assert not shows_colour(as_read(GREY[edit](portrait)))
    assert shows_colour(as_read(COLOURED["as it is"](portrait)))


def test_a_grey_photo_needs_no_search_for_a_face(
    portrait: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faces.greyness, "find_faces", None)  # would raise
    assert not shows_colour(as_read(grey(portrait)))


@pytest.mark.parametrize("size", [(2, 300), (300, 2), (1, 1), (96, 20_000)])
def test_any_shape_is_answered(size: tuple[int, int]) -> None:
    assert not shows_colour(Image.new("RGB", size, "#804020"))


def test_what_a_cubic_of_lightness_explains_is_no_colour_of_its_own() -> None:
    light = np.linspace(5, 95, 400, dtype=np.float32)
    redness = 3 + light / 10 - (light / 40) ** 3
    lab = np.column_stack([light, redness, np.zeros_like(light)])
    assert np.abs(own_colour(lab)).max() < 0.05
    lab[::2, 1] += 4
    assert own_colour(lab).std() > 1.8
