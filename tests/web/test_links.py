import pytest

from hathor_rt.ids import RoomId
from web.links import Links, split_host
from web.proxies import Arrival

ROOM = RoomId("abcdefgh00")


def links(
    public_url: str = "", *, is_reachable: bool = True, has_tls: bool = False, lan: str | None = "192.168.1.20"
) -> Links:
    return Links(public_url, is_reachable=is_reachable, has_tls=has_tls, lan_address=lambda: lan)


def test_a_link_leads_where_its_maker_came_from() -> None:
    assert links().room(Arrival("a", "https", "laptop.local:4280"), ROOM, "t0k") == (
        "https://laptop.local:4280/r/abcdefgh00?i=t0k"
    )


def test_a_link_made_at_localhost_leads_to_the_network_address() -> None:
    assert links().room(Arrival("a", "http", "localhost:4280"), ROOM) == "http://192.168.1.20:4280/r/abcdefgh00"
    assert links(lan="fd00::2").base(Arrival("a", "http", "127.0.0.1:4280")) == "http://[fd00::2]:4280"


def test_it_stays_local_where_nobody_else_can_come() -> None:
    arrival = Arrival("a", "http", "localhost:4280")
    assert links(is_reachable=False).base(arrival) == "http://localhost:4280"
    assert links(lan=None).base(arrival) == "http://localhost:4280"


def test_the_public_url_wins() -> None:
    made = links("https://music.example/")
    assert made.room(Arrival("a", "http", "localhost:4280"), ROOM, "k") == "https://music.example/r/abcdefgh00?i=k"
    assert made.https(Arrival("a", "http", "localhost:4280")) == "https://music.example"


def test_an_invite_cannot_break_out_of_the_link() -> None:
    assert links().room(Arrival("a", "http", "h"), ROOM, "a&b=c#d").endswith("?i=a%26b%3Dc%23d")


def test_https_is_told_only_where_it_is_spoken() -> None:
    arrival = Arrival("a", "http", "192.168.1.20:4280")
    assert links().https(arrival) == ""
    assert links(has_tls=True).https(arrival) == "https://192.168.1.20:4280"
    assert links().https(Arrival("a", "https", "proxy.lan")) == "https://proxy.lan"
    assert links("http://plain.example").https(arrival) == ""


@pytest.mark.parametrize(
    ("host", "parts"),
    [
        ("[::1]:80", ("[::1]", ":80")),
        ("[::1]", ("[::1]", "")),
        ("localhost:4280", ("localhost", ":4280")),
        ("localhost", ("localhost", "")),
        ("", ("", "")),
    ],
)
def test_a_host_header_is_a_name_and_perhaps_a_port(host: str, parts: tuple[str, str]) -> None:
    assert split_host(host) == parts
