import pytest

from hathor_rt.headless.address import Address, parse_address
from hathor_rt.headless.refusals import BadAddress


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://localhost:4280/r/ab3k9x?i=t0ken", Address("http", "localhost", 4280, "ab3k9x", "t0ken")),
        ("https://music.example/r/ab3k9x", Address("https", "music.example", 443, "ab3k9x")),
        ("http://192.168.1.5:4280", Address("http", "192.168.1.5", 4280)),
        ("http://[fe80::1]:4280/?k=key", Address("http", "fe80::1", 4280, key="key")),
    ],
)
def test_links_and_servers_are_understood(url: str, expected: Address) -> None:
    assert parse_address(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost:4280",
        "ftp://host/",
        "http://",
        "http://host:port/",
        "http://host/r/",
        "http://h/r/../x",
        "http://h/x",
    ],
)
def test_anything_else_is_told_so(url: str) -> None:
    with pytest.raises(BadAddress, match="give a room's link"):
        parse_address(url)


def test_the_host_header_has_the_port_only_where_it_is_needed() -> None:
    assert parse_address("http://host/").authority == "host"
    assert parse_address("https://host:443/").authority == "host"
    assert parse_address("https://host:80/").authority == "host:80"
    assert parse_address("http://[::1]:4280/").base == "http://[::1]:4280"
