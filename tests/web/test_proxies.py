import pytest

from hathor_rt.refusals import BadSetting
from web.proxies import Arrival, Proxies

FORWARDED = {
    "host": "10.0.0.5:4280",
    "x-forwarded-for": "203.0.113.9",
    "x-forwarded-proto": "https",
    "x-forwarded-host": "Music.example",
}


def test_a_trusted_proxy_is_believed() -> None:
    arrival = Proxies("10.0.0.0/8").arrival("10.1.2.3", FORWARDED, is_tls=False)
    assert arrival == Arrival("203.0.113.9", "https", "music.example")


def test_anybody_else_is_not() -> None:
    assert Proxies("10.0.0.0/8").arrival("192.0.2.7", FORWARDED, is_tls=False) == Arrival(
        "192.0.2.7", "http", "10.0.0.5:4280"
    )
    assert Proxies("").arrival("10.1.2.3", FORWARDED, is_tls=True) == Arrival("10.1.2.3", "https", "10.0.0.5:4280")


def test_the_client_is_the_last_hop_that_no_trusted_proxy_vouches_for() -> None:
    headers = {"host": "h", "x-forwarded-for": "1.1.1.1, 203.0.113.9, 10.0.0.7"}
    assert Proxies("10.0.0.0/8").arrival("10.1.2.3", headers, is_tls=False).address == "203.0.113.9"


def test_nonsense_in_the_chain_ends_it() -> None:
    headers = {"host": "h", "x-forwarded-for": "203.0.113.9, unknown, 10.0.0.7"}
    assert Proxies("10.0.0.0/8").arrival("10.1.2.3", headers, is_tls=False).address == "10.0.0.7"


def test_a_proxy_seen_through_a_socket_of_both_families_is_recognised() -> None:
    assert Proxies("10.0.0.1").arrival("::ffff:10.0.0.1", FORWARDED, is_tls=False).scheme == "https"


def test_an_unknown_forwarded_scheme_changes_nothing() -> None:
    headers = {"host": "h", "x-forwarded-proto": "gopher"}
    assert Proxies("10.0.0.1").arrival("10.0.0.1", headers, is_tls=True).scheme == "https"


def test_several_networks_may_be_named() -> None:
    proxies = Proxies("10.0.0.0/8, ::1 ,192.168.1.7")
    for peer in ("10.9.9.9", "::1", "192.168.1.7"):
        assert proxies.arrival(peer, FORWARDED, is_tls=False).address == "203.0.113.9"


@pytest.mark.parametrize("trusted", ["proxy.example", "10.0.0.0/40", "10.0.0.1,nonsense"])
def test_what_is_no_address_is_a_bad_setting(trusted: str) -> None:
    with pytest.raises(BadSetting, match="trusted_proxies"):
        Proxies(trusted)
