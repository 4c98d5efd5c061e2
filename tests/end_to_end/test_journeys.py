"""What people do, in real Chromium against the real server."""

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.end_to_end.browsers import Device, chromium, device
from tests.end_to_end.server_process import ServerProcess

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.xdist_group("browser")]
AXE = Path(__file__).parent.parent.parent / "web" / "client" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def server(make_server: Callable[..., ServerProcess]) -> ServerProcess:
    return make_server().start()


def start_room(host: Device, server: ServerProcess, name: str = "Friday night") -> str:
    """A room with its host inside; returns its link."""
    page = host.page
    page.goto(server.url)
    page.get_by_role("textbox", name="Name of the room").fill(name)
    page.get_by_role("button", name="Start a room").click()
    page.get_by_role("button", name="Invite").click()
    link = page.locator("dialog input").first
    expect(link).to_have_value(re.compile(r"/r/\w+\?i="))
    value = link.input_value()
    page.keyboard.press("Escape")
    return value


def join(guest: Device, link: str) -> Page:
    guest.page.goto(link)
    guest.page.get_by_role("button", name="Join with sound").click()
    expect(guest.page.get_by_role("button", name="Mute").first).to_be_visible()
    return guest.page


def add(page: Page, query: str) -> None:
    page.get_by_role("searchbox").fill(query)
    row = (
        page.get_by_role("listitem")
        .filter(has_text=re.compile(query, re.IGNORECASE))
        .filter(has=page.get_by_role("button", name="Add to queue"))
    )
    row.get_by_role("button", name="Add to queue").first.click()


def listen_now(page: Page, url: str) -> int:
    """From the landing page to music in the demo room; returns the number of clicks it took."""
    page.goto(url)
    page.get_by_role("button", name="Listen now").click()
    play = page.get_by_role("button", name="Play", exact=True).first
    pause = page.get_by_role("button", name="Pause", exact=True).first
    expect(play.or_(pause).first).to_be_visible()
    if play.is_visible():
        play.click()
        return 2
    return 1


def wait_in_step(page: Page) -> None:
    expect(page.get_by_role("button", name=re.compile("^Sync: In step")).first).to_be_visible(timeout=30_000)


def test_a_stranger_hears_music_with_at_most_two_clicks_and_within_ten_seconds(
    browser: Browser, server: ServerProcess
) -> None:
    stranger = device(browser)
    began = time.monotonic()
    clicks = listen_now(stranger.page, server.url)
    wait_in_step(stranger.page)
    assert clicks <= 2
    assert time.monotonic() - began <= 10
    assert stranger.problems == []


def test_two_people_edit_one_queue_and_see_each_other(browser: Browser, server: ServerProcess) -> None:
    host, guest = device(browser), device(browser, phone=True)
    link = start_room(host, server)
    page = join(guest, link)
    add(host.page, "Northbound")
    page.get_by_role("tab", name="Library").click()
    add(page, "Lanterns")
    queue = host.page.get_by_role("list", name="Queue")
    expect(queue).to_contain_text("Northbound")
    expect(queue).to_contain_text("Paper Lanterns")
    host.page.get_by_role("tab", name="People").click()
    expect(host.page.get_by_role("list", name="People").get_by_role("listitem")).to_have_count(2)
    assert host.problems + guest.problems == []


def test_edits_made_offline_survive_a_reload_and_merge(browser: Browser, server: ServerProcess) -> None:
    host, guest = device(browser), device(browser)
    link = start_room(host, server)
    add(host.page, "Northbound")
    page = join(guest, link)
    expect(page.get_by_role("list", name="Queue")).to_contain_text("Northbound")
    add(page, "Lanterns")
    expect(page.get_by_text("Saved", exact=True).first).to_be_visible()
    server.kill()
    expect(page.get_by_text(re.compile("Offline|Reconnecting", re.IGNORECASE)).first).to_be_visible()
    add(page, "Carousel")
    expect(page.get_by_role("list", name="Queue")).to_contain_text("Carousel")
    expect(page.get_by_text(re.compile("1 edit", re.IGNORECASE)).first).to_be_visible()
    server.start()
    expect(page.get_by_text("Saved", exact=True).first).to_be_visible(timeout=30_000)
    queue = host.page.get_by_role("list", name="Queue")
    for title in ("Northbound", "Paper Lanterns", "Carousel"):
        expect(queue).to_contain_text(title, timeout=30_000)
    assert host.problems + guest.problems == []


def test_the_room_survives_a_killed_server_and_goes_on_playing(browser: Browser, server: ServerProcess) -> None:
    host = device(browser)
    start_room(host, server)
    add(host.page, "Northbound")
    host.page.get_by_role("button", name="Play", exact=True).first.click()
    wait_in_step(host.page)
    server.kill()
    server.start()
    wait_in_step(host.page)
    expect(host.page.get_by_role("button", name="Pause", exact=True).first).to_be_visible()
    assert host.problems == []


def test_a_page_without_tls_on_a_foreign_name_plays_loosely(make_server: Callable[..., ServerProcess]) -> None:
    server = make_server(host="127.0.0.1", public_url="http://phone.test").start()
    with chromium(f"--host-resolver-rules=MAP phone.test 127.0.0.1:{server.port}") as browser:
        phone = device(browser, phone=True)
        listen_now(phone.page, "http://phone.test/")
        expect(phone.page.get_by_text(re.compile("loose sync", re.IGNORECASE)).first).to_be_visible(timeout=30_000)
        assert phone.problems == []


def test_the_same_port_speaks_https_and_plays_tightly(make_server: Callable[..., ServerProcess]) -> None:
    server = make_server(host="127.0.0.1", public_url="https://phone.test").start()
    with chromium(f"--host-resolver-rules=MAP phone.test 127.0.0.1:{server.port}") as browser:
        phone = device(browser, phone=True, ignore_https_errors=True)
        listen_now(phone.page, "https://phone.test/")
        assert phone.page.evaluate("isSecureContext && crossOriginIsolated")
        wait_in_step(phone.page)
        assert phone.problems == []


@pytest.mark.parametrize("is_phone", [False, True], ids=["desktop", "phone"])
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_nothing_serious_stands_between_anyone_and_the_page(
    browser: Browser,
    server: ServerProcess,
    is_phone: bool,
    theme: str,
) -> None:
    visitor = device(browser, phone=is_phone, color_scheme=theme)
    page = visitor.page
    page.goto(server.url)
    expect(page.get_by_role("button", name="Listen now")).to_be_visible()
    page.evaluate(f"document.documentElement.dataset.theme = {theme!r}")
    assert violations(page) == []
    page.get_by_role("button", name="Listen now").click()
    expect(page.get_by_role("slider", name="Seek").first).to_be_visible()
    page.wait_for_timeout(800)
    assert violations(page) == []


def violations(page: Page) -> list[str]:
    """What axe finds of serious or critical weight."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run({resultTypes: ['violations']})")
    return [
        f"{rule['id']}: {node['html'][:160]}"
        for rule in found["violations"]
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]
