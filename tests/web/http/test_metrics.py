import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from hathor_rt.observations import Gauge
from hathor_rt.refusals import StorageDown
from hathor_rt.rooms.ports import SharedPayload
from sync.wire.frames import Command, Ending, Enter, Entered, Play, Refused
from tests.fakes.website import Response, Website, running_website

TOKEN = "a-long-and-random-word"


def values(answer: Response) -> dict[str, float]:
    """Samples by name and labels, e.g. ``hathor_refusals_total{code=not-allowed}``."""
    assert answer.status == 200, answer
    found = {}
    for family in text_string_to_metric_families(answer.body.decode()):
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
            found[sample.name + (f"{{{labels}}}" if labels else "")] = sample.value
    return found


async def test_this_machine_may_read_them_in_the_usual_format(site: Website) -> None:
    answer = await site.request("GET", "/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert answer.headers["cache-control"] == "no-store"
    numbers = values(answer)
    assert numbers["process_resident_memory_bytes"] > 1_000_000
    assert numbers["hathor_sockets"] == 0
    assert numbers["hathor_stale_readers"] == 0
    assert numbers["hathor_deliveries_total"] == 0
    assert numbers["hathor_commit_seconds_count"] == 0


async def test_segments_are_counted_by_where_they_were(site: Website, tmp_path: Path) -> None:
    path = site.delivery.add_segment(tmp_path, b"sound")
    for _ in range(3):
        await site.request("GET", path)
    numbers = values(await site.request("GET", "/metrics"))
    assert numbers["hathor_segments_total{source=disk}"] == 1
    assert numbers["hathor_segments_total{source=memory}"] == 2
    assert numbers["hathor_segment_bytes_total{quality=flac}"] == 15


async def test_distributions_are_cumulative_histograms(site: Website) -> None:
    for seconds in (0.00001, 0.003, 0.003, 99.0):
        site.application.observations.accept.note(seconds)
    numbers = values(await site.request("GET", "/metrics"))
    assert numbers["hathor_accept_seconds_bucket{le=2e-05}"] == 1
    assert numbers["hathor_accept_seconds_bucket{le=0.002}"] == 1
    assert numbers["hathor_accept_seconds_bucket{le=0.005}"] == 3
    assert numbers["hathor_accept_seconds_bucket{le=10.0}"] == 3
    assert numbers["hathor_accept_seconds_bucket{le=+Inf}"] == numbers["hathor_accept_seconds_count"] == 4
    assert numbers["hathor_accept_seconds_sum"] == pytest.approx(99.00601)


async def test_refusals_are_counted_by_code_on_both_ways(site: Website) -> None:
    await site.request("GET", "/api/rooms/0")
    cookie = await site.guest()
    async with site.client(cookie) as client:
        await client.send(Command("r1", 1, Play()))
        assert isinstance(await client.receive(), Refused)
        numbers = values(await site.request("GET", "/metrics"))
        assert numbers["hathor_refusals_total{code=out-of-order}"] == 1
        assert numbers["hathor_refusals_total{code=unknown-room}"] == 1
        assert numbers["hathor_sockets"] == 1
        await client.socket.send_message(b"\x00")
        while not isinstance(await client.receive(), Ending):
            pass
    numbers = values(await site.request("GET", "/metrics"))
    assert numbers["hathor_endings_total{code=malformed-frame}"] == 1


async def test_bytes_of_sound_are_counted_by_quality(site: Website, tmp_path: Path) -> None:
    path = site.delivery.add_segment(tmp_path, bytes(1000))
    await site.request("GET", path)
    await site.request("GET", path, Range="bytes=0-99")
    await site.request("HEAD", path)
    numbers = values(await site.request("GET", "/metrics"))
    assert numbers["hathor_segment_bytes_total{quality=flac}"] == 1100


async def test_deliveries_are_counted(site: Website) -> None:
    room = await site.room()
    async with site.client(await site.guest()) as client:
        await client.send(Enter(room))
        assert isinstance(await client.receive(), Entered)
        outlet = site.rooms.seats[0].outlet
        while outlet.push(SharedPayload(bytes(16_000))):
            pass
        numbers = values(await site.request("GET", "/metrics"))
        assert numbers["hathor_deliveries_total"] >= 1
        assert numbers["hathor_declined_deliveries_total"] == 1
        assert numbers["hathor_stale_readers"] == 1


async def test_a_gauge_with_a_label_shows_every_value_and_one_that_refuses_is_left_out(site: Website) -> None:
    async def jobs() -> Mapping[str, float]:
        return {"waiting": 3, "leased": 1}

    async def away() -> Mapping[str, float]:
        raise StorageDown("it does not answer")

    site.application.observations.gauges.extend(
        [Gauge("jobs", "Jobs.", "state", jobs), Gauge("lost", "Gone.", "state", away)]
    )
    numbers = values(await site.request("GET", "/metrics"))
    assert numbers["hathor_jobs{state=waiting}"] == 3
    assert numbers["hathor_jobs{state=leased}"] == 1
    assert not [name for name in numbers if name.startswith("hathor_lost")]


@pytest.mark.parametrize(
    "headers",
    [
        {"X_Forwarded_For": "127.0.0.1"},
        {"X_Forwarded_For": "203.0.113.9"},
        {"X_Real_IP": "127.0.0.1"},
        {"Forwarded": "for=127.0.0.1"},
        {"Via": "1.1 proxy"},
        {"Authorization": "Bearer guess"},
        {"Authorization": f"Basic {TOKEN}"},
        {"Host": "evil.example"},
    ],
)
async def test_a_proxy_a_guess_or_another_sites_page_is_not_this_machine(
    tmp_path: Path, headers: dict[str, str]
) -> None:
    async with running_website(tmp_path, trusted_proxies="127.0.0.1", metrics_token=TOKEN) as site:
        answer = await site.request("GET", "/metrics", **headers)
        assert answer.status in (403, 421)
        assert answer.json()["code"] in ("not-allowed", "foreign-host")


async def test_the_token_opens_from_anywhere_under_any_name(tmp_path: Path) -> None:
    async with running_website(tmp_path, metrics_token=TOKEN) as site:
        answer = await site.request(
            "GET",
            "/metrics",
            Authorization=f"Bearer {TOKEN}",
            X_Forwarded_For="203.0.113.9",
            Host="hathor.monitoring:4280",
        )
        assert "hathor_sockets" in values(answer)


async def test_without_a_token_in_the_settings_none_is_right(site: Website) -> None:
    for given in ("Bearer ", "Bearer", "Bearer x"):
        assert (await site.request("GET", "/metrics", Authorization=given)).status == 403


@pytest.mark.slow
def test_a_server_that_nobody_watches_never_imports_the_library() -> None:
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, web.serving, hathor_rt.cli.serve; print('prometheus_client' in sys.modules)",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == "False"
