from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from hathor_rt.accounts.instance import Instance, InstanceInvite, is_loopback, is_public, may_create_room, needs_invite
from hathor_rt.config import Config
from hathor_rt.ids import PrincipalId, RoomId
from hathor_rt.refusals import InviteRequired
from hathor_rt.storage.memory.opening import open_memory
from hathor_rt.storage.ports import Invite, RoomRecord, Storage
from sync.refusal import NotAllowed
from sync.units import Micros

NOW = Micros(1_000)
ROOM = RoomId("r00m")
OWNER = PrincipalId("0wner")


async def storage_with_room(
    *, is_private: bool = False, is_listed: bool = False, expires: int | None = None
) -> Storage:
    storage = open_memory(seed=1)
    record = RoomRecord(ROOM, "Room", OWNER, Micros(0), is_private, is_listed, False, False)
    await storage.rooms.create(
        record, Invite("t0ken", ROOM, "guest", None if expires is None else Micros(expires), False)
    )
    return storage


def closed(folder: Path, **settings: str) -> Config:
    return replace(Config(data=folder, host="0.0.0.0", instance_access="invite"), **settings)  # type: ignore[arg-type]  # settings by name


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "127.9.9.9", "::1", "[::1]", "music.localhost", "LOCALHOST"]
)
def test_these_hosts_reach_this_machine_alone(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "laptop", "laptop.local", "", "localhost.example"])
def test_these_hosts_reach_further(host: str) -> None:
    assert not is_loopback(host)


def test_a_proxy_makes_a_loopback_server_public() -> None:
    assert not is_public(Config())
    assert not is_public(Config(public_url="http://localhost:4280"))
    assert is_public(Config(public_url="https://music.example"))
    assert is_public(Config(host="0.0.0.0"))


@pytest.mark.parametrize(
    ("access", "public", "own_music", "expected"),
    [
        ("auto", False, False, False),
        ("auto", False, True, False),
        ("auto", True, False, False),
        ("auto", True, True, True),
        ("open", True, True, False),
        ("invite", False, False, True),
    ],
)
def test_strangers_are_kept_from_own_music_only(
    access: Literal["auto", "open", "invite"], public: bool, own_music: bool, expected: bool
) -> None:
    assert needs_invite(access, is_public=public, has_own_music=own_music) is expected


@pytest.mark.parametrize(
    ("creation", "hosts", "expected"),
    [("anyone", False, True), ("hosts", False, False), ("hosts", True, True), ("nobody", True, False)],
)
def test_who_may_create_rooms_is_a_setting(
    creation: Literal["anyone", "hosts", "nobody"], hosts: bool, expected: bool
) -> None:
    assert may_create_room(creation, hosts_a_room=hosts) is expected


async def test_adding_a_music_folder_closes_a_public_instance(tmp_path: Path) -> None:
    storage = open_memory(seed=1)
    instance = Instance(Config(host="0.0.0.0", data=tmp_path / "var"), storage)
    await storage.tracks.add_root(str(tmp_path / "var" / "demo"))
    assert not await instance.needs_invite()
    await storage.tracks.add_root(str(tmp_path / "Music"))
    assert await instance.needs_invite()
    with pytest.raises(InviteRequired):
        await instance.require_admission(is_admitted=False)
    await instance.require_admission(is_admitted=True)


async def test_own_music_on_loopback_needs_no_invite(tmp_path: Path) -> None:
    storage = open_memory(seed=1)
    await storage.tracks.add_root(str(tmp_path / "Music"))
    assert not await Instance(Config(data=tmp_path / "var"), storage).needs_invite()


async def test_a_rooms_invite_opens_that_room_and_no_other(tmp_path: Path) -> None:
    instance = Instance(closed(tmp_path), await storage_with_room())
    await instance.require_entry(ROOM, "t0ken", is_admitted=False, now_utc=NOW)
    for room, invite in ((ROOM, ""), (ROOM, "other"), (RoomId("0ther"), "t0ken")):
        with pytest.raises(InviteRequired):
            await instance.require_entry(room, invite, is_admitted=False, now_utc=NOW)


async def test_an_invite_ends_when_it_expires_or_is_replaced(tmp_path: Path) -> None:
    storage = await storage_with_room(expires=500)
    instance = Instance(closed(tmp_path), storage)
    assert await instance.is_genuine(ROOM, "t0ken", now_utc=Micros(499))
    assert not await instance.is_genuine(ROOM, "t0ken", now_utc=Micros(500))
    await storage.rooms.replace_invites(ROOM, Invite("fresh", ROOM, "guest", None, False))
    assert not await instance.is_genuine(ROOM, "t0ken", now_utc=Micros(0))
    assert await instance.is_genuine(ROOM, "fresh", now_utc=NOW)


async def test_a_listed_room_does_not_let_strangers_into_a_closed_instance(tmp_path: Path) -> None:
    instance = Instance(closed(tmp_path), await storage_with_room(is_listed=True))
    with pytest.raises(InviteRequired):
        await instance.require_entry(ROOM, "", is_admitted=False, now_utc=NOW)


async def test_hosts_only_means_those_who_own_a_room_that_is_no_personal_session(tmp_path: Path) -> None:
    for is_private, expected in ((False, True), (True, False)):
        storage = await storage_with_room(is_private=is_private)
        instance = Instance(Config(data=tmp_path, room_creation="hosts"), storage)
        assert await instance.may_create_room(OWNER, is_admitted=False) is expected
        assert not await instance.may_create_room(PrincipalId("guest"), is_admitted=True)
        assert not await instance.may_create_room(None, is_admitted=False)


async def test_who_may_not_create_is_told_which_of_the_two_reasons(tmp_path: Path) -> None:
    instance = Instance(closed(tmp_path, room_creation="nobody"), open_memory(seed=1))
    with pytest.raises(InviteRequired):
        await instance.require_room_creation(OWNER, is_admitted=False)
    with pytest.raises(NotAllowed):
        await instance.require_room_creation(OWNER, is_admitted=True)


async def test_the_library_may_be_for_members_of_rooms(tmp_path: Path) -> None:
    instance = Instance(Config(data=tmp_path, library_access="members"), open_memory(seed=1))
    await instance.require_library(is_admitted=False, sits_in_a_room=True)
    with pytest.raises(NotAllowed):
        await instance.require_library(is_admitted=True, sits_in_a_room=False)


async def test_the_listed_room_is_found(tmp_path: Path) -> None:
    assert await Instance(Config(data=tmp_path), await storage_with_room(is_listed=True)).listed_room() == ROOM
    assert await Instance(Config(data=tmp_path), await storage_with_room()).listed_room() is None


def test_the_instance_invite_is_the_same_every_day_and_nobody_elses() -> None:
    invite = InstanceInvite(bytes(32))
    assert invite.token == InstanceInvite(bytes(32)).token
    assert len(invite.token) == 16
    assert invite.is_genuine(invite.token)
    for other in (InstanceInvite(bytes(31) + b"1").token, "", invite.token[:-1], invite.token + "0", "ß"):
        assert not invite.is_genuine(other)
