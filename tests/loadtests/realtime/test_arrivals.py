"""Latencies are found in raw bytes, whatever pieces those came in."""

import socket
from collections.abc import Iterator

import numpy as np
import pytest

from loadtests.realtime.arrivals import latencies, percentile, seen_in, unseen
from loadtests.realtime.client import Client
from loadtests.realtime.dialects import YWebsocket
from loadtests.realtime.writers import Burst, Writer, stamp


@pytest.fixture
def clients() -> Iterator[list[Client]]:
    sockets = [socket.socket() for _ in range(3)]
    yield [Client(each) for each in sockets]
    for each in sockets:
        each.close()


def _writer(client: Client, number: int) -> Writer:
    return Writer(client, number, YWebsocket(), "document", 15)


@pytest.mark.parametrize("size", [1, 7, 16, 1000])
def test_stamps_are_found_across_pieces(size: int) -> None:
    stream = b"~~~." + stamp(3, 12) + b"\x01~noise.~" + stamp(0, 999_999_999) + stamp(999, 0)
    chunks = [stream[at : at + size] for at in range(0, len(stream), size)]
    seen = seen_in(chunks, [float(index) for index in range(len(chunks))])
    assert list(zip(seen.writers, seen.numbers, strict=True)) == [(3, 12), (0, 999_999_999), (999, 0)]
    ends = [stream.index(value) + 15 for value in (stamp(3, 12), stamp(0, 999_999_999), stamp(999, 0))]
    assert list(seen.instants) == [(end - 1) // size for end in ends]


def test_a_newer_value_satisfies_what_it_overtook(clients: list[Client]) -> None:
    author, reader, _ = clients
    writer = _writer(author, 1)
    reader.chunks, reader.instants = [stamp(1, 0), stamp(1, 2)], [10.5, 11.0]
    found = latencies([(reader, 0)], {writer: [Burst(0, 2, 10.0), Burst(2, 4, 10.75)]})
    assert list(found.seconds) == [0.5, 1.0, 0.25]
    assert list(found.missing) == [10.75]
    assert found.values_seen == 0.5


def test_writers_owe_themselves_nothing(clients: list[Client]) -> None:
    author, reader, _ = clients
    found = latencies([(author, 0), (reader, 0)], {_writer(author, 1): [Burst(0, 3, 1.0)]})
    assert found.watched == len(found.missing) == 3


def test_the_last_late_value_counts_those_that_never_came(clients: list[Client]) -> None:
    author, reader, _ = clients
    reader.chunks, reader.instants = [stamp(1, 0) + stamp(1, 1)], [1.2]
    found = latencies([(reader, 0)], {_writer(author, 1): [Burst(0, 1, 1.0), Burst(1, 2, 1.15), Burst(2, 3, 9.0)]})
    assert found.last_late(0.1) == 9.0
    found = latencies([(reader, 0)], {_writer(author, 1): [Burst(0, 1, 1.0), Burst(1, 2, 1.15)]})
    assert found.last_late(0.1) == 1.0
    assert found.last_late(0.3) == float("-inf")


def test_percentiles_are_values_that_were_measured() -> None:
    values = np.array([5.0, 1.0, 4.0, 2.0, 3.0])
    assert [percentile(values, percent) for percent in (0, 20, 21, 50, 99, 100)] == [1, 1, 2, 3, 5, 5]
    assert np.isnan(percentile(np.empty(0), 50))


def test_what_lies_until_somebody_looks_is_told_by_its_share_of_the_time() -> None:
    assert unseen([], 99) == unseen([0.0, 0.0], 99) == 0
    assert unseen([0.01] * 50, 99) == pytest.approx(0.0099)
    assert unseen([0.01] * 50, 50) == pytest.approx(0.005)
    # A second of ten: for one tenth of the time nobody looks, for a hundredth of it longer than 0.9 s.
    assert unseen([0.001] * 9000 + [1.0], 99) == pytest.approx(0.9)
    assert unseen([0.001] * 9000 + [1.0], 80) < 0.001
