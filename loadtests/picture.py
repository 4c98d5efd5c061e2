"""Make the README's picture from the running product: ``python -m loadtests.picture`` writes ``docs/room.png``.

A real server with the demo library, two people in one room in Chromium, ten seconds into a track.
"""

import shutil
import tempfile
from pathlib import Path

from tests.end_to_end.browsers import chromium, device
from tests.end_to_end.server_process import ServerProcess

ROOT = Path(__file__).parent.parent
PICTURE = ROOT / "docs" / "room.png"
SECONDS_IN = 24


def take(server: ServerProcess) -> None:
    """Two people listen; one of them is photographed."""
    with chromium() as browser:
        host, guest = device(browser), device(browser, phone=True)
        for someone in (host, guest):
            someone.page.goto(server.url)
            someone.page.get_by_role("button", name="Listen now").click()
            someone.page.get_by_role("slider", name="Seek").first.wait_for()
        play = host.page.get_by_role("button", name="Play", exact=True).first
        if play.is_visible():
            play.click()
        host.page.wait_for_timeout(SECONDS_IN * 1000)
        host.page.mouse.move(5, 5)
        host.page.screenshot(path=PICTURE)


def main() -> None:
    """Start, photograph, stop."""
    folder = Path(tempfile.mkdtemp(prefix="hathor-picture-"))
    server = ServerProcess(folder / "data")
    try:
        (folder / "data").mkdir()
        (folder / "data" / "demo").symlink_to(ROOT / "var" / "demo", target_is_directory=True)
        server.command("library", "demo")
        take(server.start())
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
    print(f"wrote {PICTURE}")


if __name__ == "__main__":
    main()
