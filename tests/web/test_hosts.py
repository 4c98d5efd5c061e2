import pytest

from hathor_rt.refusals import ForeignHost, ForeignOrigin
from web.hosts import Hosts

HOSTS = Hosts("Laptop", "https://music.example")


@pytest.mark.parametrize(
    "host",
    [
        "localhost", "localhost:4280", "app.localhost:80", "127.0.0.1:4280", "192.168.1.20:4280", "[::1]:4280",
        "[fd00::2]", "8.8.8.8", "laptop", "laptop:4280", "laptop.local:4280", "laptop.home.arpa", "music.example",
        "music.example:443",
    ],
)  # fmt: skip
def test_names_and_addresses_of_this_machine_are_ours(host: str) -> None:
    HOSTS.require_host(host)


@pytest.mark.parametrize(
    "host",
    [
        "", "attacker.example", "attacker.example:4280", "localhost.attacker.example", "laptop.attacker.example",
        "127.0.0.1.attacker.example", "evil-laptop.local", "music.example.attacker.org", "a b", "localhost:4280:80",
        "localhost/", "user@localhost", "1.2.3", "[::1", "localhost:", "0x7f.1",
    ],
)  # fmt: skip
def test_any_other_name_is_a_rebinding_attempt(host: str) -> None:
    with pytest.raises(ForeignHost):
        HOSTS.require_host(host)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        (None, "192.168.1.20:4280"),
        ("http://192.168.1.20:4280", "192.168.1.20:4280"),
        ("https://192.168.1.20:4280", "192.168.1.20:4280"),
        ("HTTP://Laptop:4280", "laptop:4280"),
        ("https://music.example", "127.0.0.1:4280"),
    ],
)
def test_our_own_pages_and_programs_without_a_page_may_change_things(origin: str | None, host: str) -> None:
    HOSTS.require_origin(origin, host)


@pytest.mark.parametrize(
    "origin",
    [
        "null", "", "https://attacker.example", "http://localhost", "http://localhost:4281", "http://[::1]:4280",
        "file://localhost:4280", "http://localhost:4280.attacker.example", "chrome-extension://abc",
        "http://user@localhost:4280",
    ],
)  # fmt: skip
def test_pages_of_other_sites_may_not(origin: str) -> None:
    with pytest.raises(ForeignOrigin):
        HOSTS.require_origin(origin, "localhost:4280")


def test_without_a_public_url_an_empty_origin_host_is_still_foreign() -> None:
    with pytest.raises(ForeignOrigin):
        Hosts("laptop", "").require_origin("http://", "localhost:4280")
