from pathlib import Path

import pytest

from hathor_rt.config import Config, read_config
from hathor_rt.refusals import BadSetting
from sync.wire.frames import MAX_OUTBOUND_BYTES


def test_an_empty_environment_gives_the_defaults() -> None:
    assert read_config({"PATH": "/bin"}) == Config()


def test_every_kind_of_value_is_read() -> None:
    config = read_config(
        {"HATHOR_PORT": "80", "HATHOR_DATA": "/srv/hathor", "HATHOR_LOG_FORMAT": "json", "HATHOR_HOST": "0.0.0.0"}
    )
    assert (config.port, config.data, config.log_format, config.host) == (80, Path("/srv/hathor"), "json", "0.0.0.0")


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(BadSetting) as refused:
        read_config(
            {"HATHOR_PROT": "1", "HATHOR_PORT": "many", "HATHOR_LOG_LEVEL": "loud", "HATHOR_MEDIA_WORKERS": "-1"}
        )
    for word in (
        "HATHOR_PROT is no setting",
        "HATHOR_PORT='many'",
        "HATHOR_LOG_LEVEL='loud'",
        "HATHOR_MEDIA_WORKERS='-1'",
    ):
        assert word in refused.value.reason


@pytest.mark.parametrize(
    "name", ["CONNECTION_CAPACITY", "MESSAGES_PER_SECOND", "UPLOAD_KILOBYTES_PER_SECOND", "TOKEN_DOCUMENTS"]
)
def test_a_budget_of_nothing_is_refused(name: str) -> None:
    with pytest.raises(BadSetting, match="1 or more"):
        read_config({f"HATHOR_{name}": "0"})


def test_a_kernel_buffer_that_would_stall_its_sender_is_refused() -> None:
    assert read_config({"HATHOR_RECEIVE_KILOBYTES": "32"}).receive_kilobytes == 32
    with pytest.raises(BadSetting, match="32 or more"):
        read_config({"HATHOR_RECEIVE_KILOBYTES": "31"})


def test_a_document_that_no_client_could_take_is_refused() -> None:
    assert read_config({"HATHOR_DOCUMENT_KILOBYTES": "4000"}).document_kilobytes * 1000 < MAX_OUTBOUND_BYTES - 65_536
    with pytest.raises(BadSetting, match="4000 or less"):
        read_config({"HATHOR_DOCUMENT_KILOBYTES": "4001"})


def test_listening_ahead_takes_all_of_the_time_at_most() -> None:
    assert read_config({"HATHOR_LISTEN_AHEAD_PERCENT": "0"}).listen_ahead_percent == 0
    with pytest.raises(BadSetting, match="HATHOR_LISTEN_AHEAD_PERCENT"):
        read_config({"HATHOR_LISTEN_AHEAD_PERCENT": "101"})
