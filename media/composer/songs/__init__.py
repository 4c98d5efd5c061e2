"""The songs of the demo library, one file each, and the table of them."""

from typing import Final

from media.composer.song import Song
from media.composer.songs import afterglow_drive, carousel, first_light, glass_terrace, northbound, paper_lanterns

SONGS: Final[tuple[Song, ...]] = (
    first_light.SONG,
    paper_lanterns.SONG,
    glass_terrace.SONG,
    afterglow_drive.SONG,
    carousel.SONG,
    northbound.SONG,
)
"""All songs in track order. To add one: write its file, add its line."""
