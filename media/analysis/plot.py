"""A picture of a recording: its waveform, its beats, and where it is audible."""

from typing import Final

from PIL import Image, ImageDraw, ImageFont

from media.pcm import RATE
from media.recording_facts import RecordingFacts

WIDTH: Final = 1600
HEIGHT: Final = 360
_MARGIN: Final = 40
_GROUND: Final = "#14161c"
_SILENT: Final = "#1f232d"
_WAVE: Final = "#7fb4ff"
_BEAT: Final = "#ff8f5c"
_TEXT: Final = "#e8eaf0"
# Marks of the time axis stand at least this far apart.
_LEAST_PIXELS: Final = 90
_STEPS_SECONDS: Final = (1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200)
# Beats closer than this would be one surface.
_LEAST_BEAT_PIXELS: Final = 3


def plot(facts: RecordingFacts, frames: int, detail: bytes, title: str) -> Image.Image:
    """Draw it.

    Args:
        facts: What listening told.
        frames: Length at 48 kHz.
        detail: The waveform at 200 bytes a second.
        title: First words of the heading.

    Returns:
        RGB, `WIDTH` by `HEIGHT`.
    """
    image = Image.new("RGB", (WIDTH, HEIGHT), _GROUND)
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(16)
    draw.text((12, 10), _heading(facts, title), _TEXT, font)
    top, bottom = _MARGIN, HEIGHT - _MARGIN

    def x_of(frame: float) -> int:
        return min(WIDTH - 1, int(frame * WIDTH / max(1, frames)))

    first, last = facts.audible_from, facts.audible_until
    silent = [(0, frames)] if first is None or last is None else [(0, first), (last, frames)]
    for begin, end in silent:
        if end > begin:
            draw.rectangle((x_of(begin), top, x_of(end), bottom), _SILENT)
    _draw_wave(draw, detail, top, bottom)
    if len(facts.beats) * _LEAST_BEAT_PIXELS < WIDTH:
        for beat in facts.beats:
            draw.line((x_of(beat), top, x_of(beat), bottom), _BEAT)
    for second in range(0, frames // RATE + 1, _step(frames / RATE)):
        at = x_of(second * RATE)
        draw.line((at, bottom, at, bottom + 6), _TEXT)
        draw.text((at + 4, bottom + 6), f"{second // 60}:{second % 60:02}", _TEXT, font)
    return image


def _draw_wave(draw: ImageDraw.ImageDraw, detail: bytes, top: int, bottom: int) -> None:
    middle, half = (top + bottom) / 2, (bottom - top) / 2
    for x in range(WIDTH):
        first = x * len(detail) // WIDTH
        peak = max(detail[first : max(first + 1, (x + 1) * len(detail) // WIDTH)], default=0)
        draw.line((x, middle - half * peak / 255, x, middle + half * peak / 255), _WAVE)


def _step(seconds: float) -> int:
    wanted = seconds * _LEAST_PIXELS / WIDTH
    return next((step for step in _STEPS_SECONDS if step >= wanted), _STEPS_SECONDS[-1])


def _heading(facts: RecordingFacts, title: str) -> str:
    tempo = "no tempo" if facts.tempo_bpm is None else f"{facts.tempo_bpm:.1f} BPM ({facts.tempo_confidence:.0%})"
    key = f"{facts.key} ({facts.key_confidence:.0%})" if facts.key else "no key"
    loudness = "" if facts.loudness_lufs is None else f", {facts.loudness_lufs:.1f} LUFS"
    return f"{title}: {tempo}, {key}{loudness}"
