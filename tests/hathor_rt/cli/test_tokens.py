"""`hathor token`: made, listed, revoked; for documents that exist and roles they have."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from hathor_rt.cli.commands import main
from hathor_rt.cli.tokens import Wanted, document_url, issue, listed, revoke
from hathor_rt.config import Config
from hathor_rt.refusals import InvalidToken, UnknownPrincipal, UnknownRoom
from sync.refusal import NotAllowed, UnknownDocument


def at(folder: Path) -> Config:
    return Config(data=folder)


@pytest.mark.slow
def test_a_token_is_made_listed_and_revoked(tmp_path: Path) -> None:
    issued = issue(at(tmp_path), Wanted("playlist:p1", "owner", 24, creates=True, title="Friday"))
    assert issued.url.startswith("ws://localhost:4280/yjs/playlist:p1?token=")
    again = issue(at(tmp_path), Wanted("playlist:p1", "viewer", 1, principal=issued.token.principal))
    assert again.token.principal == issued.token.principal
    first, second = listed(at(tmp_path))
    assert first.split()[:2] == [issued.token.token, "valid"]
    assert issued.url.partition("token=")[2] not in first
    revoke(at(tmp_path), again.token.token)
    assert listed(at(tmp_path))[1].split()[1] == "revoked"
    assert second.split()[1] == "valid"
    with pytest.raises(InvalidToken):
        revoke(at(tmp_path), "nothing0")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("wanted", "refusal"),
    [
        (Wanted("playlist:p1", "viewer", 24), UnknownDocument),
        (Wanted("playlist:p1", "captain", 24, creates=True), NotAllowed),
        (Wanted("scratch:*", "owner", 24), NotAllowed),
        (Wanted("queue:r1", "editor", 24), NotAllowed),
        (Wanted("queue:r1", "guest", 24), UnknownRoom),
        (Wanted("queue:r1", "guest", 24, creates=True), NotAllowed),
        (Wanted("playlist:*", "viewer", 24), UnknownDocument),
        (Wanted("scratch:*", "viewer", 0), NotAllowed),
        (Wanted("scratch:*", "viewer", 24, principal="n0b0dy"), UnknownPrincipal),
    ],
)
def test_what_makes_no_sense_is_refused(wanted: Wanted, refusal: type[Exception], tmp_path: Path) -> None:
    with pytest.raises(refusal):
        issue(at(tmp_path), wanted)
    assert listed(at(tmp_path)) == []


def test_the_url_is_what_a_program_connects_to() -> None:
    assert document_url(Config(public_url="https://music.example/"), "scratch:*", "t") == (
        "wss://music.example/yjs/scratch:ID?token=t"
    )
    assert (
        document_url(Config(host="192.168.1.5", port=80), "queue:r1", "t") == "ws://192.168.1.5:80/yjs/queue:r1?token=t"
    )


def test_an_ipv6_address_stands_in_brackets() -> None:
    assert document_url(Config(host="fd00::5", port=80), "queue:r1", "t") == "ws://[fd00::5]:80/yjs/queue:r1?token=t"


def test_the_address_tells_the_generation_of_restored_data() -> None:
    assert document_url(Config(), "scratch:*", "t", 7).endswith("/yjs/scratch:ID?token=t&generation=7")


def test_the_command_explains_itself() -> None:
    asked = CliRunner().invoke(main, ["token"])
    assert asked.exit_code == 2
    assert "--document" in asked.output
