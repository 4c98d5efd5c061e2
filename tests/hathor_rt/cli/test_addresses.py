import pytest

from hathor_rt.cli.addresses import shown_address
from hathor_rt.config import Config


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "127.0.0.1", "::1"])
def test_a_server_that_listens_here_is_reached_as_localhost(host: str) -> None:
    assert shown_address(Config(host=host, port=80)) == "http://localhost:80"


def test_a_server_at_an_address_is_reached_there() -> None:
    assert shown_address(Config(host="192.168.1.5", port=80)) == "http://192.168.1.5:80"
    assert shown_address(Config(host="fd00::5", port=80)) == "http://[fd00::5]:80"


def test_what_the_operator_says_counts() -> None:
    assert shown_address(Config(public_url="https://music.example/")) == "https://music.example"
