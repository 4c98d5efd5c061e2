"""A disk that fills up while people edit: they are told, nothing is lost, and it goes on by itself when there is room again."""

import os
import re
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.end_to_end.browsers import chromium, device
from tests.end_to_end.server_process import ServerProcess
from tests.end_to_end.test_journeys import add, expect_in_queue, expect_saved, find, join, start_room

pytestmark = [pytest.mark.slow, pytest.mark.browser]
# The server asks to be left alone for half a minute when its disk is full; the wait grows with each attempt.
PATIENCE = 120_000
# Room for the decoded sound of what is added before the disk is filled.
SIZE_MEGABYTES = 256
TITLES = ("Paper Lanterns", "Carousel", "Afterglow", "First Light", "Glass Terrace")


class SmallDisk:
    """A file system of its own, which can be filled and emptied."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        """Leave not one free block."""
        with self._ballast.open("wb", buffering=0) as file:
            for block in (1 << 20, 1 << 12):
                try:
                    while True:
                        file.write(bytes(block))
                except OSError:
                    continue
        assert os.statvfs(self.folder).f_bavail == 0

    def free(self) -> None:
        self._ballast.unlink()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MEGABYTES}m", "tmpfs", str(folder)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode != 0:
        pytest.skip(f"only root may mount a file system to fill: {mounted.stderr.decode().strip()}")
    yield SmallDisk(folder)
    subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture
def server(small_disk: SmallDisk, demo_data: Path) -> Iterator[ServerProcess]:
    data = small_disk.folder / "data"
    # What was decoded before would take room for nothing.
    shutil.copytree(demo_data, data, symlinks=True, ignore=shutil.ignore_patterns("pcm"))
    running = ServerProcess(data).start()
    yield running
    assert running.stop() == 0


def wait_until_idle(server: ServerProcess) -> None:
    """Until no sound is being decoded: it would fill the disk, or free a part of it, at its own time."""
    deadline = time.monotonic() + PATIENCE / 1000
    times_idle = 0
    while time.monotonic() < deadline:
        with urllib.request.urlopen(f"{server.url}metrics", timeout=10) as answer:
            counts = dict(re.findall(r'^hathor_jobs\{state="(\w+)"\} (\S+)$', answer.read().decode(), re.MULTILINE))
        # A track that was just added asks for its jobs a moment later.
        is_busy = {state for state, count in counts.items() if float(count)} - {"done", "failed"}
        times_idle = 0 if is_busy else times_idle + 1
        if times_idle == 10:
            return
        time.sleep(0.1)  # noqa: TID251 (a test without a loop)
    raise AssertionError(f"jobs do not end: {counts}")


def edit_until_full(page: Page) -> list[str]:
    """Adds tracks until the page says that the disk is full: the database has some room of its own left. Returns them."""
    banner = page.locator(".banner[role=status]")
    added: list[str] = []
    for number in range(400):
        title = TITLES[number % len(TITLES)]
        button = find(page, title)
        if banner.is_visible():
            break
        button.click()
        added.append(title)
    return added


def test_edits_made_while_the_disk_is_full_wait_and_are_saved_when_there_is_room(
    server: ServerProcess, small_disk: SmallDisk
) -> None:
    with chromium() as browser:
        host, guest = device(browser), device(browser)
        link = start_room(host, server)
        page = host.page
        add(page, "Northbound")
        expect_saved(page)
        wait_until_idle(server)
        small_disk.fill()
        added = edit_until_full(page)
        banner = page.locator(".banner[role=status]")
        expect(banner).to_contain_text("The server's disk is full", timeout=PATIENCE)
        expect(banner).to_contain_text("storage-full")
        expect(page.get_by_text(re.compile(r"^Offline, \d+ edits? waiting$")).first).to_be_visible()
        # An attempt to come back before there is room changes nothing: it is no refusal for good.
        page.evaluate("window.dispatchEvent(new Event('online'))")
        page.wait_for_timeout(3_000)
        expect(banner).to_contain_text("storage-full")
        expect(page.get_by_role("list", name="Queue").get_by_role("listitem")).to_have_count(1 + len(added))
        small_disk.free()
        expect(page.get_by_text("Saved", exact=True).first).to_be_visible(timeout=PATIENCE)
        expect(banner).to_be_hidden()
        other = join(guest, link)
        expect_in_queue(other, "Northbound", *added[-1:])
        expect(other.get_by_role("list", name="Queue").get_by_role("listitem")).to_have_count(1 + len(added))
        assert host.problems + guest.problems == []
