import socket
from ipaddress import ip_address

from hathor_rt.tls.addresses import lan_address, local_addresses, names_in_use, routed_addresses


def test_addresses_of_this_machine_are_of_use_to_others() -> None:
    found = local_addresses()
    assert not any(each.is_loopback or each.is_unspecified or each.is_link_local for each in found)
    assert found[: len(routed_addresses())] == routed_addresses()
    assert len(set(found)) == len(found)


def test_the_network_address_is_the_routed_one_if_there_is_a_network() -> None:
    assert lan_address() == (str(routed_addresses()[0]) if routed_addresses() else None)


def test_a_certificate_names_loopback_and_the_machine_always() -> None:
    machine = socket.gethostname().lower()
    assert {"localhost", "127.0.0.1", "::1", machine, f"{machine.split('.')[0]}.local"} <= set(
        names_in_use("127.0.0.1")
    )


def test_it_names_what_is_listened_on_and_the_public_name() -> None:
    names = names_in_use("192.168.7.7", "https://Music.Example:8443/path")
    assert "192.168.7.7" in names
    assert "music.example" in names
    assert "attic" in names_in_use("Attic")


def test_listening_on_every_address_names_them_all() -> None:
    names = names_in_use("0.0.0.0")
    assert {str(each) for each in local_addresses()} <= set(names)
    assert not any(ip_address(each).is_unspecified for each in names if each[0].isdigit())
