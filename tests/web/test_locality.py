import pytest

from web.locality import is_from_here


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
def test_this_machine_is_known_by_its_address(address: str) -> None:
    assert is_from_here(address, {"host": "localhost"})


@pytest.mark.parametrize("address", ["192.168.1.7", "::ffff:10.0.0.1", "fe80::1", "", "localhost", "1270.0.0.1"])
def test_other_addresses_are_not(address: str) -> None:
    assert not is_from_here(address, {})


@pytest.mark.parametrize("name", ["x-forwarded-for", "x-forwarded-host", "x-real-ip", "forwarded", "via"])
def test_behind_a_proxy_nobody_is(name: str) -> None:
    assert not is_from_here("127.0.0.1", {name: "x"})
