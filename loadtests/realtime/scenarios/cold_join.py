"""What it takes to let somebody in where a lot has happened already."""

import random
import time
from collections.abc import Sequence
from typing import Final

import numpy as np
from pycrdt import Array, Doc, Map, TransactionEvent

from loadtests.realtime.arrivals import percentile
from loadtests.realtime.client import Client, open_socket
from loadtests.realtime.conditions import Window
from loadtests.realtime.crowd import Crowd
from loadtests.realtime.frames import client_frame
from loadtests.realtime.scenarios.scenario import Effort, Scenario
from loadtests.realtime.servers import Running, Server
from loadtests.realtime.table import Row, milliseconds, number

_TRACKS: Final = 1000
_EDITS: Final = 10_000
_PER_SECOND: Final = 2_000
_FILL_SECONDS: Final = 60.0
Content = Sequence[object]


def _rows(server: Server, effort: Effort) -> list[Row]:
    updates, expected = edited_queue(effort.pick(_TRACKS, 50), effort.pick(_EDITS, 200))
    with server.running() as running:
        crowd = Crowd(running.address, running.dialect, f"bench{time.time_ns()}")
        try:
            _fill(crowd, updates, expected)
            seconds, size, calm = _one_by_one(crowd, running, effort.pick(60, 5))
            stormy, contents = _storm(crowd, running, effort.pick(100, 10))
        finally:
            crowd.close()
    equal = sum(content == expected for content in contents)
    return [
        (
            number(size / 1000),
            milliseconds(percentile(seconds, 50), percentile(seconds, 99)),
            number(1e3 * calm.server / len(seconds)),
            milliseconds(stormy.seconds),
            number(1e3 * stormy.server / len(contents)),
            f"{stormy.generator:.0%}",
            f"all {equal} equal" if equal == len(contents) else f"**{equal} of {len(contents)} equal**",
        )
    ]


def edited_queue(tracks: int, edits: int) -> tuple[list[bytes], Content]:
    """Updates that make a list of tracks and then change them, as a page would send them, and what comes of it."""
    chance = random.Random(4)
    doc: Doc[Array[Map[object]]] = Doc(client_id=0x5100_0000)
    queue: Array[Map[object]] = doc.get("queue", type=Array)
    updates: list[bytes] = []

    def keep(event: TransactionEvent) -> None:
        updates.append(event.update)

    subscription = doc.observe(keep)
    for number_ in range(tracks):
        entry = {"track": f"track-{number_:06d}", "title": f"Title of song {number_}", "by": "guest", "votes": 0}
        queue.insert(chance.randint(0, len(queue)), Map(entry))
    while len(updates) < edits:
        queue[chance.randrange(tracks)]["votes"] = chance.randrange(1000)
    doc.unobserve(subscription)
    return updates, queue.to_py() or []


def _fill(crowd: Crowd, updates: list[bytes], expected: Content) -> None:
    """Send everything through one client, which stays, until somebody who joins gets it all."""
    (author,) = crowd.join(1)
    author.forget()
    for first in range(0, len(updates), _PER_SECOND // 50):
        part = updates[first : first + _PER_SECOND // 50]
        author.send(b"".join(client_frame(crowd.dialect.edit(crowd.document, update)) for update in part))
        crowd.pump(0.02)
        if not crowd.pump(_FILL_SECONDS, author.send_on):
            raise TimeoutError("the server does not take the edits")
    until = time.perf_counter() + _FILL_SECONDS
    while time.perf_counter() < until:
        (client,) = crowd.join(1)
        found = _content(client, crowd)
        crowd.leave(client)
        if found == expected:
            return
        crowd.pump(0.2)
    raise TimeoutError("the edits never came to be")


def _one_by_one(crowd: Crowd, running: Running, count: int) -> tuple[np.ndarray, int, Window]:
    """Join and leave: how long each took, how many bytes one got, and what it cost."""
    seconds, size = [], 0
    window = Window(running)
    for _ in range(count):
        began = time.perf_counter()
        (client,) = crowd.join(1)
        seconds.append(time.perf_counter() - began)
        size = client.received
        crowd.leave(client)
    return np.array(seconds), size, window.close()


def _storm(crowd: Crowd, running: Running, count: int) -> tuple[Window, list[Content]]:
    """All at once: until the last one has everything."""
    window = Window(running)
    clients = [open_socket(crowd.address, crowd.dialect, crowd.document) for _ in range(count)]
    for client in clients:
        crowd.admit(client)
    waiting = list(clients)

    def is_over() -> bool:
        waiting[:] = [client for client in waiting if not client.is_answered(crowd.dialect)]
        return not waiting

    crowd.pump(_FILL_SECONDS, is_over)
    window.close()
    return window, [_content(client, crowd) for client in clients]


def _content(client: Client, crowd: Crowd) -> Content:
    doc: Doc[Array[object]] = Doc()
    queue: Array[object] = doc.get("queue", type=Array)
    for update in client.updates(crowd.dialect):
        doc.apply_update(update)
    return queue.to_py() or []


SCENARIO = Scenario(
    f"Cold join: a list of {_TRACKS} tracks, {_EDITS} edits",
    (
        "server",
        "kB sent",
        "one after the other, p50 / p99 ms",
        "server CPU ms per join",
        "100 at once, all done, ms",
        "server CPU ms per join",
        "generator",
        "in the end",
    ),
    _rows,
)
