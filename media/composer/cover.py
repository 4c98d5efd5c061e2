"""Cover art: a landscape of soft shapes in the colours of a song's mood, the same for the same song."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter

from media.composer.song import Song

SIDE_PIXELS: Final = 640
"""Width and height."""
# Drawn larger and scaled down: Pillow's shapes have no smooth edges of their own.
_SCALE: Final = 2
_QUALITY: Final = 90

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class _Palette:
    """Sky from top to horizon, the light, and the land from far to near."""

    top: Colour
    middle: Colour
    horizon: Colour
    light: Colour
    far: Colour
    near: Colour
    motif: str


_PALETTES: Final[Mapping[str, _Palette]] = {
    "dawn": _Palette((52, 64, 110), (196, 130, 150), (255, 205, 160), (255, 240, 205), (150, 110, 140), (38, 36, 66), "hills"),
    "dusk": _Palette((34, 26, 58), (110, 58, 92), (226, 124, 88), (255, 214, 140), (92, 50, 84), (26, 18, 40), "lanterns"),
    "noon": _Palette((22, 110, 150), (70, 170, 190), (214, 238, 226), (255, 255, 240), (56, 134, 150), (14, 62, 84), "panes"),
    "neon": _Palette((18, 10, 44), (92, 20, 104), (250, 74, 132), (255, 190, 92), (60, 16, 96), (10, 8, 30), "grid"),
    "rain": _Palette((26, 40, 52), (62, 88, 100), (148, 160, 156), (236, 206, 150), (48, 70, 82), (16, 26, 36), "wheel"),
    "sky": _Palette((24, 66, 120), (96, 150, 196), (226, 224, 214), (255, 250, 236), (120, 146, 172), (30, 54, 84), "birds"),
    "field": _Palette((66, 112, 118), (164, 182, 140), (244, 216, 150), (255, 246, 206), (122, 140, 88), (42, 62, 44), "reeds"),
    "night": _Palette((8, 12, 30), (24, 34, 78), (70, 70, 126), (226, 230, 255), (32, 36, 80), (6, 8, 22), "orbit"),
}  # fmt: skip

Pixels = npt.NDArray[np.float32]


def cover_jpeg(song: Song) -> bytes:
    """A JPEG of `SIDE_PIXELS` squared.

    Raises:
        ValueError: No palette is known for the song's mood.
    """
    if song.mood not in _PALETTES:
        raise ValueError(f"no palette for the mood {song.mood!r}, only {sorted(_PALETTES)}")
    palette = _PALETTES[song.mood]
    random = np.random.default_rng([29, song.seed])
    side = SIDE_PIXELS * _SCALE
    sun = (float(random.uniform(0.3, 0.7)) * side, float(random.uniform(0.34, 0.46)) * side)
    picture = Image.fromarray(_sky(palette, side, sun).astype(np.uint8), "RGB")
    radius = side * float(random.uniform(0.09, 0.13))
    _disc(picture, sun, radius, palette.light)
    if palette.motif in ("orbit", "birds"):
        _MOTIFS[palette.motif](picture, palette, random, sun)
    for layer in range(4):
        _land(picture, palette, layer / 3, random)
    if palette.motif not in ("orbit", "birds"):
        _MOTIFS[palette.motif](picture, palette, random, sun)
    small = picture.resize((SIDE_PIXELS, SIDE_PIXELS), Image.Resampling.LANCZOS)
    grain = random.normal(0, 2.2, (SIDE_PIXELS, SIDE_PIXELS, 1))
    finished = Image.fromarray(np.clip(np.asarray(small, np.float64) + grain, 0, 255).astype(np.uint8), "RGB")
    file = io.BytesIO()
    finished.save(file, "JPEG", quality=_QUALITY, optimize=True)
    return file.getvalue()


def _sky(palette: _Palette, side: int, sun: tuple[float, float]) -> Pixels:
    """Three colours from top to horizon, brighter around the light."""
    stops = np.array([palette.top, palette.middle, palette.horizon, palette.horizon], np.float64)
    heights = np.linspace(0, 1, side)
    rows = np.stack([np.interp(heights, (0, 0.38, 0.66, 1), stops[:, channel]) for channel in range(3)], axis=1)
    sky = np.repeat(rows[:, None, :].astype(np.float32), side, axis=1)
    # A bell in two dimensions is the product of two in one.
    across, down = (np.exp(-((np.arange(side) - centre) ** 2) / (2 * (0.2 * side) ** 2)) for centre in sun)
    near = np.outer(down, across)[:, :, None].astype(np.float32)
    glowing: Pixels = sky + (np.array(palette.light, np.float32) - sky) * np.float32(0.55) * near
    return glowing


def _disc(picture: Image.Image, centre: tuple[float, float], radius: float, colour: Colour) -> None:
    ImageDraw.Draw(picture).ellipse(_box(centre, radius), fill=colour)


def _box(centre: tuple[float, float], radius: float) -> tuple[float, float, float, float]:
    return (centre[0] - radius, centre[1] - radius, centre[0] + radius, centre[1] + radius)


def _mixed(one: Colour, two: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, two, strict=True))
    return red, green, blue


def _land(picture: Image.Image, palette: _Palette, nearness: float, random: np.random.Generator) -> None:
    """One line of hills; nearer ones are lower in the picture, darker and rougher."""
    side = picture.width
    x = np.linspace(0, 1, 240)
    line = 0.6 + 0.28 * nearness + np.zeros_like(x)
    for wave in range(1, 6):
        line += random.normal(0, 0.035 / wave) * np.sin(
            2 * np.pi * (wave * x * (0.7 + 0.5 * nearness) + random.random())
        )
    points = [(float(a * side), float(b * side)) for a, b in zip(x, line, strict=True)]
    ImageDraw.Draw(picture).polygon(
        [(0, side), *points, (side, side)], fill=_mixed(palette.far, palette.near, nearness)
    )


def _veiled(
    picture: Image.Image, blur: float, colour: Colour, strength: int, shapes: list[tuple[float, float, float]]
) -> None:
    """Discs (x, y, radius) laid over the picture through a blurred mask."""
    mask = Image.new("L", picture.size, 0)
    drawing = ImageDraw.Draw(mask)
    for x, y, radius in shapes:
        drawing.ellipse(_box((x, y), radius), fill=strength)
    picture.paste(Image.new("RGB", picture.size, colour), mask=mask.filter(ImageFilter.GaussianBlur(blur)))


def _hills(picture: Image.Image, palette: _Palette, random: np.random.Generator, sun: tuple[float, float]) -> None:
    """Mist between the hills."""
    side = picture.width
    mist = [(float(random.random()) * side, side * float(random.uniform(0.66, 0.8)), side * 0.12) for _ in range(9)]
    _veiled(picture, side * 0.06, palette.horizon, 110, mist)


def _lanterns(picture: Image.Image, palette: _Palette, random: np.random.Generator, sun: tuple[float, float]) -> None:
    side = picture.width
    places = [(float(random.random()) * side, side * float(random.uniform(0.12, 0.8)), side * float(random.uniform(0.008, 0.022)))
              for _ in range(26)]  # fmt: skip
    _veiled(picture, side * 0.02, palette.horizon, 190, [(x, y, 2.4 * r) for x, y, r in places])
    drawing = ImageDraw.Draw(picture)
    for x, y, radius in places:
        drawing.rounded_rectangle(
            (x - radius, y - 1.3 * radius, x + radius, y + 1.3 * radius), radius * 0.6, fill=palette.light
        )


def _panes(picture: Image.Image, palette: _Palette, random: np.random.Generator, sun: tuple[float, float]) -> None:
    """Tall panes of glass that lighten what is behind them."""
    side = picture.width
    for _ in range(7):
        left, width = float(random.uniform(-0.05, 0.95)) * side, float(random.uniform(0.05, 0.16)) * side
        top = float(random.uniform(0.12, 0.5)) * side
        mask = Image.new("L", picture.size, 0)
        lean = 0.12 * width
        ImageDraw.Draw(mask).polygon(
            [(left + lean, top), (left + width + lean, top), (left + width, side), (left, side)], fill=52
        )
        picture.paste(Image.new("RGB", picture.size, palette.light), mask=mask)


def _grid(picture: Image.Image, palette: _Palette, random: np.random.Generator, sun: tuple[float, float]) -> None:
    """A road of lines that meet under the sun."""
    side = picture.width
    drawing = ImageDraw.Draw(picture)
    horizon = 0.74 * side
    drawing.rectangle((0, horizon, side, side), fill=palette.near)
    for number in range(-14, 15):
        drawing.line(
            [(sun[0] + number * 0.012 * side, horizon), (sun[0] + number * 0.16 * side, side)],
            fill=palette.horizon,
            width=3,
        )
    for number in range(11):
        y = horizon + (side - horizon) * (number / 10) ** 2.2
        drawing.line([(0, y), (side, y)], fill=palette.horizon, width=3)


def _wheel(picture: Image.Image, palette: _Palette, random: np.random.Generator, sun: tuple[float, float]) -> None:
    """A carousel's wheel, and slanting rain before everything."""
    side = picture.width
    drawing = ImageDraw.Draw(picture)
    centre, radius = (side * 0.5, side * 0.56), side * 0.27
    drawing.ellipse(_box(centre, radius), outline=palette.near, width=10)
    for number in range(12):
        angle = np.pi * number / 6 + 0.1
        rim = (centre[0] + radius * float(np.cos(angle)), centre[1] + radius * float(np.sin(angle)))
        drawing.line([centre, rim], fill=palette.near, width=5)
        drawing.ellipse(_box(rim, side * 0.018), fill=palette.light)
    drawing.polygon([centre, (side * 0.4, side), (side * 0.6, side)], outline=palette.near, width=8)
    for _ in range(170):
        x, y, fall = (
            float(random.random()) * side,
            float(random.random()) * side,
            side * float(random.uniform(0.015, 0.05)),
        )
        drawing.line([(x, y), (x - 0.18 * fall, y + fall)], fill=_mixed(palette.middle, palette.horizon, 0.6), width=2)


def _birds(picture: Image.Image, palette: _Palette, random: np.random.Generator, sun: tuple[float, float]) -> None:
    side = picture.width
    drawing = ImageDraw.Draw(picture)
    lead = (side * 0.62, side * 0.2)
    for number in range(-6, 7):
        x = lead[0] - abs(number) * 0.052 * side + float(random.normal(0, 0.006)) * side
        y = lead[1] + number * 0.034 * side + float(random.normal(0, 0.006)) * side
        span = side * 0.022
        drawing.line(
            [(x - span, y - 0.5 * span), (x, y), (x + span, y - 0.6 * span)], fill=palette.near, width=7, joint="curve"
        )


def _reeds(picture: Image.Image, palette: _Palette, random: np.random.Generator, sun: tuple[float, float]) -> None:
    side = picture.width
    drawing = ImageDraw.Draw(picture)
    for _ in range(70):
        x, height, lean = (
            float(random.random()) * side,
            side * float(random.uniform(0.12, 0.42)),
            float(random.normal(0.05, 0.06)) * side,
        )
        points = [(x + lean * t * t, side - height * t) for t in np.linspace(0, 1, 12)]
        drawing.line(points, fill=palette.near, width=5, joint="curve")
        drawing.ellipse(
            (points[-1][0] - 7, points[-1][1] - 26, points[-1][0] + 7, points[-1][1] + 26), fill=palette.near
        )


def _orbit(picture: Image.Image, palette: _Palette, random: np.random.Generator, sun: tuple[float, float]) -> None:
    side = picture.width
    drawing = ImageDraw.Draw(picture)
    for _ in range(220):
        x, y, radius = (
            float(random.random()) * side,
            float(random.random()) * side * 0.7,
            float(random.uniform(0.8, 2.6)),
        )
        drawing.ellipse(_box((x, y), radius), fill=palette.light)
    for number in range(1, 6):
        radius = side * (0.12 + 0.075 * number)
        drawing.ellipse(_box(sun, radius), outline=_mixed(palette.middle, palette.light, 0.5 / number), width=4)
        angle = float(random.uniform(0, 2 * np.pi))
        planet = (sun[0] + radius * float(np.cos(angle)), sun[1] + radius * float(np.sin(angle)))
        drawing.ellipse(_box(planet, side * 0.012), fill=palette.light)


_MOTIFS: Final = {
    "hills": _hills, "lanterns": _lanterns, "panes": _panes, "grid": _grid, "wheel": _wheel, "birds": _birds, "reeds": _reeds,
    "orbit": _orbit,
}  # fmt: skip
