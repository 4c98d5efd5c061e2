"""Files chosen in real Chromium become tracks, and what is none is said so beside it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.end_to_end.browsers import Device, chromium
from tests.end_to_end.server_process import ServerProcess
from tests.media.sounds import music, write_sound

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_chosen_files_are_in_the_library_soon(make_server: Callable[..., ServerProcess], tmp_path: Path) -> None:
    server = make_server(listen_ahead_percent=0).start()
    song = write_sound(tmp_path, "flac", music(96_000), stem="Evening")
    program = tmp_path / "setup.mp3"
    program.write_bytes(b"MZ" + bytes(400_000))
    with chromium() as browser:
        visitor = Device(browser.new_context())
        page = visitor.page
        page.goto(server.url)
        page.get_by_role("button", name="Listen now").first.click()
        with page.expect_file_chooser() as chooser:
            page.get_by_role("button", name="Upload music").click()
        chooser.value.set_files([song, program])
        uploads = page.get_by_role("list", name="Uploads")
        expect(uploads).to_contain_text("In the library", timeout=60_000)
        expect(uploads).to_contain_text("This is no sound file", timeout=60_000)
        expect(page.get_by_role("list", name="Search results")).to_contain_text("Evening")
        assert visitor.problems == []
    assert [path.read_bytes() for path in (server.data / "uploads").rglob("*") if path.is_file()] == [song.read_bytes()]
    assert list((server.data / "uploading").iterdir()) == []
