"""What playlists permit, through the service."""

import pytest
from pycrdt import Map
from trio.testing import MockClock

from hathor_rt.ids import DocumentName, PrincipalId
from hathor_rt.refusals import StorageDown
from sync.documents import order
from sync.wire.frames import Changed, Refused
from tests.fakes.documents import Desk, YjsClient, standalone_documents

LIST = DocumentName("playlist:p1")


def add(client: YjsClient, entry: str, track: str = "t1", *, by: str = "", key: str = "") -> None:
    rows = client.doc.get("playlist", type=Map)
    fields = {
        "track": track,
        "added_by": by or client.visitor.principal,
        "order": key or order.between(None, None, entry),
        "added_at": 5,
    }
    rows[entry] = Map(fields)


async def playlist(desk: Desk) -> None:
    assert await desk.documents.create(LIST, PrincipalId("ann"), "Friday")


async def code_of_refusal(client: YjsClient) -> str:
    await client.send()
    return (await client.outlet.wait_for(Refused)).code


async def test_editors_add_move_note_and_describe_in_their_own_name(autojump_clock: MockClock) -> None:
    async with standalone_documents() as desk:
        await playlist(desk)
        ann, ben = await desk.come(LIST, "ann", "owner"), await desk.come(LIST, "ben")
        ann.catch_up()
        add(ann, "e1")
        await ann.send()
        await ben.outlet.wait_for(Changed)
        ben.catch_up()
        rows = ben.doc.get("playlist", type=Map)
        rows["e1"]["note"] = "nice"
        rows["about"]["title"] = "Saturday"
        await ben.send()
        await ann.outlet.wait_for(Changed, 2)
        history = await desk.storage.documents.history(LIST)
        assert [row.principal for row in history] == ["", "ann", "ben", "ben"]
        assert '"did":"noted"' in history[2].actions
        assert '"did":"described"' in history[3].actions


async def test_an_entry_in_somebody_elses_name_is_refused(autojump_clock: MockClock) -> None:
    async with standalone_documents() as desk:
        await playlist(desk)
        ben = await desk.come(LIST, "ben")
        add(ben, "e1", by="ann")
        assert await code_of_refusal(ben) == "schema-violation"


async def test_a_track_that_is_not_in_the_library_is_refused_and_a_silent_library_too(
    autojump_clock: MockClock,
) -> None:
    async with standalone_documents() as desk:
        await playlist(desk)
        ben, cara = await desk.come(LIST, "ben"), await desk.come(LIST, "cara")
        add(ben, "e1", "t9")
        assert await code_of_refusal(ben) == "unknown-track"
        desk.tracks.refusals.append(StorageDown("no"))
        add(cara, "e2")
        assert await code_of_refusal(cara) == "storage-down"


@pytest.mark.parametrize("does", ["add", "describe", "nothing to see"])
async def test_viewers_change_nothing(does: str, autojump_clock: MockClock) -> None:
    async with standalone_documents() as desk:
        await playlist(desk)
        viewer = await desk.come(LIST, "vera", "viewer")
        viewer.catch_up()
        if does == "add":
            add(viewer, "e1")
        elif does == "describe":
            viewer.doc.get("playlist", type=Map)["about"]["title"] = "mine"
        else:
            fields = viewer.doc.get("playlist", type=Map)["about"]
            with viewer.doc.transaction():
                fields["colour"] = 1
                del fields["colour"]
        assert await code_of_refusal(viewer) == "not-allowed"


async def test_overlong_order_keys_are_shortened(autojump_clock: MockClock) -> None:
    async with standalone_documents() as desk:
        await playlist(desk)
        ben = await desk.come(LIST, "ben")
        add(ben, "e1", key="V" * 60)
        await ben.send()
        await ben.outlet.wait_for(Changed, 2)
        ben.catch_up()
        assert len(str(ben.doc.get("playlist", type=Map)["e1"]["order"])) < 20


async def test_a_role_that_is_unknown_changes_nothing_that_nobody_sees_either(autojump_clock: MockClock) -> None:
    async with standalone_documents() as desk:
        await playlist(desk)
        reader = await desk.come(LIST, "rita", "reader")
        reader.catch_up()
        fields = reader.doc.get("playlist", type=Map)["about"]
        fields["title"] = fields["title"]
        assert await code_of_refusal(reader) == "not-allowed"


async def test_who_may_only_read_claims_no_client_id(autojump_clock: MockClock) -> None:
    async with standalone_documents() as desk:
        await playlist(desk)
        viewer = await desk.come(LIST, "vera", "viewer", client_id=77)
        viewer.catch_up()
        add(viewer, "e1")
        assert await code_of_refusal(viewer) == "not-allowed"
        ben = await desk.come(LIST, "ben", client_id=77)
        ben.catch_up()
        add(ben, "e1")
        await ben.send()
        await ben.outlet.wait_for(Changed)
