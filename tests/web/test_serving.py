import socket
from pathlib import Path

import pytest
import trio

from hathor_rt.accounts.instance import InstanceInvite
from hathor_rt.refusals import BadSetting, PortInUse
from tests.fakes.website import running_website
from web.serving import open_listeners


async def test_a_port_in_use_is_said_with_a_way_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortInUse, match=f"HATHOR_PORT={port + 1}"):
            await open_listeners("127.0.0.1", port)


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid"])
async def test_an_address_of_another_machine_is_a_bad_setting(host: str) -> None:
    with pytest.raises(BadSetting, match=host):
        await open_listeners(host, 0)


async def test_the_port_the_system_chose_is_told(tmp_path: Path) -> None:
    async with running_website(tmp_path) as site:
        assert site.serving is not None
        assert [each.host for each in site.serving.addresses] == ["127.0.0.1"]
        assert site.port > 0
        assert not site.serving.has_tls


async def test_the_invite_to_the_instance_is_told(tmp_path: Path) -> None:
    async with running_website(tmp_path) as site:
        assert site.serving is not None
        key = await site.storage.secrets.secret("instance-invite")
        assert InstanceInvite(key).is_genuine(site.serving.invite)


async def test_nonsense_in_the_settings_stops_the_start(tmp_path: Path) -> None:
    with pytest.RaisesGroup(BadSetting, flatten_subgroups=True):
        async with running_website(tmp_path, trusted_proxies="nonsense"):
            raise AssertionError("it started")


async def test_cancelling_ends_it_at_once(tmp_path: Path) -> None:
    with trio.fail_after(2), trio.CancelScope() as scope:
        async with running_website(tmp_path) as site:
            await site.guest()
            scope.cancel()
            await trio.sleep_forever()
