import re

from web.headers import GUARDS, content_policy


def test_pages_are_isolated_so_that_they_may_measure_time() -> None:
    guards = dict(GUARDS)
    assert guards["Cross-Origin-Opener-Policy"] == "same-origin"
    assert guards["Cross-Origin-Embedder-Policy"] == "require-corp"


def test_room_links_do_not_leak_to_other_sites() -> None:
    assert dict(GUARDS)["Referrer-Policy"] == "same-origin"


def test_scripts_and_sockets_come_from_this_server_only() -> None:
    policy = dict(re.split(" ", part.strip(), maxsplit=1) for part in content_policy("laptop.local:4280").split(";"))
    assert policy["script-src"] == "'self'"
    assert policy["connect-src"] == "'self' ws://laptop.local:4280 wss://laptop.local:4280"
    assert policy["frame-ancestors"] == "'none'"
    assert not any("unsafe" in value or "*" in value for value in policy.values())
