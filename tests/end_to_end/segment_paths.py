"""Addresses of segments, as a manifest would name them to somebody in a room that plays the track."""

from pathlib import Path

from hathor_rt.cli.compose import open_storage
from hathor_rt.config import Config
from hathor_rt.library.links import SECRET_NAME, SegmentLinks
from media.rendition import Rendition


async def segment_paths(data: Path, query: str, count: int, *, database_url: str = "") -> list[str]:
    """Paths of the first segments, in Opus, of the first track that a search finds."""
    async with open_storage(Config(data=data, database_url=database_url)) as storage:
        track = (await storage.tracks.search(query, limit=1, offset=0))[0]
        links = SegmentLinks(await storage.secrets.secret(SECRET_NAME))
    name = links.name(Rendition(track.audio_hash, "opus"))
    return [f"/segments/{links.sign(name)}/{name}/{index}" for index in range(count)]
