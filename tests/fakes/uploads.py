"""Uploads into a temporary folder, decoded by nobody."""

from pathlib import Path

from hathor_rt.library.scan import Scanner
from hathor_rt.library.uploads import Uploads
from hathor_rt.storage.blobs import Blobs
from hathor_rt.storage.ports import Storage
from tests.fakes.workshop import FakeResults, FakeWorkshop


def uploads_in(
    folder: Path,
    storage: Storage,
    *,
    workshop: FakeWorkshop | None = None,
    file_bytes: int = 1_000_000,
    total_bytes: int = 3_000_000,
) -> Uploads:
    """Of `folder`/uploads."""
    # Made by the first cover that is put there.
    covers = Blobs(folder / "blobs", None)
    if workshop is None:
        results = folder / "results"
        results.mkdir(exist_ok=True)
        workshop = FakeWorkshop(FakeResults(results))
    return Uploads(
        folder / "uploads",
        folder / "uploading",
        Scanner(storage.tracks, covers),
        storage.tracks,
        workshop,
        file_bytes=file_bytes,
        total_bytes=total_bytes,
    )
