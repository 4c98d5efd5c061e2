"""The records are what `PROTOCOL.md` says they are."""

import re
from pathlib import Path
from typing import get_args

import msgspec
import pytest

import sync.wire.frames
from sync.refusal import Refusal
from sync.wire.endings import ENDINGS
from sync.wire.frames import FromClient, FromServer, Order, Participant

PAGE = (Path(sync.wire.frames.__file__).parent / "PROTOCOL.md").read_text()


def section(title: str) -> str:
    return PAGE.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]


def rows(text: str) -> dict[str, list[tuple[str, str | None]]]:
    """Fields with their defaults, by the first cell of each row."""
    found = {}
    for tag, cell in re.findall(r"^\| `([a-z-]+)` \| (.*?)\|", text, re.MULTILINE):
        fields = re.findall(r"`([a-z_]+)` [a-z]+(?: = (`[^`]*`|empty))?", cell)
        found[tag] = [(name, default or None) for name, default in fields]
    return found


def told(record: type[msgspec.Struct]) -> list[tuple[str, str | None]]:
    def default(value: object) -> str | None:
        if value is msgspec.NODEFAULT:
            return None
        if value == b"":
            return "empty"
        text = f'"{value}"' if isinstance(value, str) else str(value).lower()
        return f"`{text}`"

    return [(field.name, default(field.default)) for field in msgspec.structs.fields(record)]


def by_tag(union: object) -> dict[str, list[tuple[str, str | None]]]:
    return {str(record.__struct_config__.tag): told(record) for record in get_args(union)}


def test_the_page_tells_every_frame_of_a_client() -> None:
    frames, orders = section("Client → server").split("Orders, inside")
    assert rows(frames) == by_tag(FromClient)
    assert rows(orders) == by_tag(Order)


def test_the_page_tells_every_frame_of_a_server() -> None:
    told_rows = rows(section("Server → client"))
    assert told_rows.pop("participant") == told(Participant)
    assert told_rows == by_tag(FromServer)


def test_the_page_tells_every_ending() -> None:
    found = re.findall(r"^\| `([a-z-]+)` \| (\d+) \| (.+?) \|$", section("Endings"), re.MULTILINE)

    def words(retry_after: int) -> str:
        return "never" if retry_after < 0 else f"{retry_after / 1_000_000:g} s"

    assert found == [(code, str(rule.close_code), words(rule.retry_after)) for code, rule in ENDINGS.items()]


def test_every_code_of_a_refused_update_exists() -> None:
    codes = {each.code for each in Refusal.__subclasses__()}
    table = section("Documents").split("| code of a refused update |")[1]
    assert set(re.findall(r"^\| `([a-z-]+)` \|", table, re.MULTILINE)) <= codes


@pytest.mark.parametrize("record", [*get_args(FromClient), *get_args(FromServer), *get_args(Order)])
def test_records_explain_themselves_and_are_frozen(record: type[msgspec.Struct]) -> None:
    assert record.__doc__
    assert record.__struct_config__.frozen
    assert record.__struct_config__.array_like


def test_fields_with_defaults_come_last_so_that_more_can_be_appended() -> None:
    for record in (*get_args(FromClient), *get_args(FromServer), *get_args(Order), Participant):
        required = [field.required for field in msgspec.structs.fields(record)]
        assert required == sorted(required, reverse=True)
