"""Makes ``wire.json``: frames as records and as bytes, shared with the TypeScript client.

Run ``python -m tests.vectors.make_wire``. A test demands that the file is what this makes; changing it changes the protocol.
"""

import json
from pathlib import Path

import msgspec

from sync.wire.codec import encode
from sync.wire.endings import ENDINGS
from sync.wire.frames import (
    Adjust,
    Adjusted,
    Changed,
    Close,
    Command,
    Done,
    Ending,
    Enter,
    Entered,
    FromClient,
    FromServer,
    Hello,
    Leave,
    Left,
    Next,
    Open,
    Opened,
    Participant,
    Pause,
    People,
    Play,
    Portion,
    Previous,
    Probe,
    ProbeReply,
    Refused,
    Report,
    ResetVibe,
    Saved,
    Seek,
    SetRate,
    SetVibe,
    SoundCheck,
    StartChirps,
    StartClicks,
    StopCheck,
    Update,
    Welcome,
)

PATH = Path(__file__).parent / "wire.json"

LARGEST = 2**53 - 1

CLIENT_FRAMES: tuple[FromClient, ...] = (
    Hello(1, "hathor-web 0.1.0"),
    Hello(1, "x", "t.1234"),
    Hello(1, "x", "", True),
    Hello(1, "x", "", True, True),
    Probe(1, 1000),
    Probe(LARGEST, 4_294_967_296),
    Enter("r1"),
    Enter("r1", "inv", True),
    Leave("r1"),
    Open("queue:r1"),
    Open("queue:r1", b"\x01\x05\x09", 2**31 - 1),
    Close("queue:r1"),
    Update("queue:r1", bytes(range(256)), 300),
    Command("r1", 1, Play()),
    Command("r1", 2, Play("e1", 61_000_000)),
    Command("r1", 3, Pause()),
    Command("r1", 4, Seek(65_535)),
    Command("r1", 5, Next()),
    Command("r1", 6, Previous()),
    Command("r1", 7, SetRate(1250)),
    Command("r1", 8, StartClicks()),
    Command("r1", 12, SetVibe()),
    Command("r1", 13, SetVibe(800, -1200, True, True)),
    Command("r1", 14, SetVibe(pitch_cents=-350)),
    Command("r1", 15, ResetVibe()),
    Command("r1", 9, StartChirps(["c1", "c2"])),
    Command("r1", 10, StopCheck()),
    Command("r1", 11, Adjust("c2", -120_250)),
    Report("r1", "silent"),
    Report("r1", "in-step", -1200, 800, 23_000, -40_000, True, "e1"),
    Report("r1", "in-step", 300, 900, 0, 90_000, coarse=True),
)
SERVER_FRAMES: tuple[FromServer, ...] = (
    Welcome(1, "c1", "p1", "d1", "epoch", "ticket", 10_000_000, "Küche"),
    Welcome(1, "c1", "p1", "d1", "epoch", "ticket", 10_000_000, "", 1_795_184_513),
    ProbeReply(1, 1000, 2**32, 2**32 + 17),
    Entered("r1", "Свадьба 🎧", "host", ["control", "add"]),
    Left("r1"),
    Left("r1", "kicked", "The host asked you to leave."),
    Opened("queue:r1", 4711, b"\x00\x00", b"\x00"),
    Portion("queue:r1", 32_768, 3_000_000, bytes(range(20))),
    Opened("queue:r1", 4711, b"\x01\x02", b"\x00", 2_999_998),
    Changed("queue:r1", b"\x00\x00"),
    Saved("queue:r1", 7),
    Done("r1", 12),
    Refused("update", "queue:r1", 8, "not-allowed", "Only members may add."),
    People("r1", True, [Participant("c1", "p1", "Ana", "guest", "d1", True)], []),
    People("r1", False, [Participant("c1", "p1", "Ana", "guest", "d1", True, "in-step", 300, 900, coarse=True)], []),
    People("r1", False, [Participant("c2", "p2", "", "host", "d2", False, "loose", -(2**40), 0)], ["c1", "c3"]),
    People("r1", False, [Participant("c2", "p2", "Bo", "guest", "d2", True, "in-step", 900, 400, True)], []),
    SoundCheck("r1", "none", "", "", 0, 0, [], 0, 0),
    SoundCheck("r1", "clicks", "c1", "Ana", 2**41, 2**41 + 30_000_000, [], 0, 0),
    SoundCheck("r1", "chirps", "c1", "Ana", 5_000_000, 12_000_000, ["c1", "c2"], 1_000_000, 3),
    Adjusted("r1", "c1", "Ana", -120_250),
    Ending("going-away", "", 500_000),
    Ending("replaced", "Elsewhere.", -1),
)


def record_of(frame: msgspec.Struct) -> dict[str, object]:
    """`frame` as JSON: fields by name, the tag beside them, bytes as hex."""

    def plain(value: object) -> object:
        match value:
            case msgspec.Struct():
                return record_of(value)
            case bytes():
                return {"hex": value.hex()}
            case list():
                return [plain(item) for item in value]
            case _:
                return value

    tag = frame.__struct_config__.tag
    fields = {name: plain(getattr(frame, name)) for name in frame.__struct_fields__}
    return fields if tag is None else {"tag": tag, **fields}


def make() -> str:
    """The content of the file."""
    content = {
        "client": [{"frame": record_of(frame), "hex": encode(frame).hex()} for frame in CLIENT_FRAMES],
        "server": [{"frame": record_of(frame), "hex": encode(frame).hex()} for frame in SERVER_FRAMES],
        "shorter": [
            {"hex": "92a5656e746572a27231", "frame": record_of(Enter("r1"))},
            {"hex": "93a46f70656ea871756575653a7231c400", "frame": record_of(Open("queue:r1"))},
        ],
        "longer": [{"hex": "95a570726f62650105a36e657781a16101", "frame": record_of(Probe(1, 5))}],
        "malformed": MALFORMED,
        "endings": {code: [rule.close_code, rule.retry_after] for code, rule in ENDINGS.items()},
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


MALFORMED = [
    "",
    "c0",
    "90",
    "91a46e6f7065",
    "91a570726f6265",
    "93a570726f626501ca40a80000",
    "93a570726f6265a13101",
    "93a570726f626501ff",
    "93a570726f626501cf0020000000000000",
    "94a7636f6d6d616e64a272310192a46e6f7065",
    "94a7636f6d6d616e64a272310191a570726f62",
    "dbffffffff",
    "ddffffffff",
    "93a67265706f7274a27231a5736c656570",
]
"""No frames of a client: empty, no array, no tag, unknown tag, missing field, float, text, negative, beyond 2^53, unknown
order, cut off, huge lengths, unknown word."""


if __name__ == "__main__":
    PATH.write_text(make())
