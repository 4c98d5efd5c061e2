"""Jobs for the media workers, and the port of the queue that keeps them.

A job is keyed by what it makes, so a hundred listeners asking for one segment make one job. Workers lease jobs; a worker
that dies lets its lease run out and another takes the job over. Results are files in the blob store, published under their
key by rename, so half a result is never seen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import msgspec

from media.bend import PLAIN, Bend
from media.rendition import Codec


class Measure(msgspec.Struct, frozen=True, tag="measure"):
    """Listen to `path` from end to end; tell exact length, waveform and all facts (`media/recording_facts.py`).

    `keeps_sound`: what is decoded is kept in the 48 kHz cache, for it is about to be played. Not for listening ahead to a
    library, which would drive out what is playing.
    """

    source: str
    path: str
    keeps_sound: bool = True


class Segment(msgspec.Struct, frozen=True, tag="segment"):
    """Make segment `index` of the rendition `rendition` of `source` (file at `path`), all other wishes default.

    `stem`: name of the stem that `source` is; its file may be one that a separation still adds to. Jobs kept from before there
    were bends have none.
    """

    source: str
    path: str
    rendition: str
    codec: Codec
    kilobits: int
    index: int
    bend: Bend = PLAIN
    stem: str = ""


class Separate(msgspec.Struct, frozen=True, tag="separate"):
    """Take `source` (file at `path`) apart into stems, all of it.

    Attributes:
        model: Name of the model.
        identity: The same with what its files are (`media/stem_models.py`); with others the job fails.
        models: The operator's folder of models.
        takes_pickled: Whether a pickled model is read.
    """

    source: str
    path: str
    model: str
    identity: str
    models: str
    takes_pickled: bool = False


Work = Measure | Segment | Separate


def job_key(work: Work) -> str:
    """One key per result: ``measure/<source>``, ``segment/<rendition>/<index>`` or ``stems/<source>/<model and its files>``."""
    match work:
        case Measure(source=source):
            return f"measure/{source}"
        case Segment(rendition=rendition, index=index):
            return f"segment/{rendition}/{index}"
        case Separate(source=source, identity=identity):
            return f"stems/{source}/{identity}"


class MeasureResult(msgspec.Struct, frozen=True, tag="measured"):
    """Facts of a recording. Blobs are content hashes of files, empty where an earlier version made none.

    `overview_blob`, `peaks_blob`, `detail_blob`: its waveform at 2, 20 and 200 bytes a second (`media/analysis/peaks.py`);
    `facts_blob`: all other facts (`media/recording_facts.py`).
    """

    frames: int
    loudness_lufs: float | None
    true_peak_db: float | None
    peaks_blob: str
    note: str
    overview_blob: str = ""
    detail_blob: str = ""
    facts_blob: str = ""


class SegmentResult(msgspec.Struct, frozen=True, tag="segmented"):
    """`blob`: content hash of the segment file."""

    blob: str
    byte_count: int


class SeparateResult(msgspec.Struct, frozen=True, tag="separated"):
    """`stems`: content hashes by name, each of a FLAC file of 24 bits at 48 kHz, softer than the stem (`media/rendition.py`)."""

    frames: int
    stems: dict[str, str]


Result = MeasureResult | SegmentResult | SeparateResult


@dataclass(frozen=True, slots=True)
class Job:
    """A job as the queue knows it. `progress` is 0 … 1; `failure` holds code and reason once given up."""

    key: str
    work: Work
    priority: int
    state: Literal["waiting", "leased", "done", "failed"]
    attempts: int
    progress: float
    result: Result | None
    failure_code: str
    failure_reason: str


class JobQueue(Protocol):
    """Durable queue with leases. Implemented by `hathor_rt.storage`; passes the storage conformance suite.

    `now_utc` is always given by the caller (Micros since 1970), so that tests own the time.
    """

    async def ask(self, work: Work, *, priority: int, now_utc: int) -> Job:
        """Make sure the job exists; its priority becomes the lower (more urgent) of old and new. Done jobs stay done.

        A job that failed is tried anew when asked for again, but one whose workers died is set aside for an hour first.
        """
        ...

    async def ask_many(self, works: Sequence[tuple[Work, int]], *, now_utc: int) -> None:
        """`ask` for many (work, priority) pairs as one unit."""
        ...

    async def lease(self, worker: str, *, now_utc: int, lease_micros: int) -> Job | None:
        """The most urgent waiting job (lowest priority, then oldest), or one whose lease ran out; None if there is none.

        A job whose third lease ran out is not handed out again but fails with the code ``worker-died``.
        """
        ...

    async def extend(self, key: str, worker: str, *, now_utc: int, lease_micros: int, progress: float) -> bool:
        """Heartbeat. False if the lease is no longer this worker's: it must stop.

        With `lease_micros` 0 the lease runs out at once: the job is given back.
        """
        ...

    async def finish(self, key: str, worker: str, result: Result) -> bool:
        """Publish the result; False if the lease was lost (the result is dropped)."""
        ...

    async def fail(self, key: str, worker: str, code: str, reason: str) -> bool:
        """Give the job up with a reason for people."""
        ...

    async def get(self, key: str) -> Job | None: ...

    async def counts(self) -> Mapping[str, int]:
        """How many jobs there are by state; a state without jobs may be left out."""
        ...

    async def forget(self, keys: Sequence[str]) -> None:
        """Drop jobs, e.g. because their results were evicted from the cache."""
        ...
