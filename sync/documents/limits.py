"""What one document may cost: bounds that hold before a byte of an update reaches the document engine."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one document. All counts are inclusive maxima."""

    # An apply of 64 KiB holds the interpreter lock for about 3 ms (measured with pycrdt 0.14.13), which a room can spare.
    update_bytes: int = 64 * 1024
    # The longest text or binary inside an update, in bytes: an order key has at most 1 536 characters.
    text_bytes: int = 2048
    # Nesting of one plain value, and of shared values within each other. A plain value nested 26 500 deep overflows the stack
    # of the engine and ends the process; shared values at 2 500 overflow that of Yjs in browsers, which ends no server, but
    # everybody who has the document open (measured with yjs 13.6).
    depth: int = 64
    # Length of one run of collected, skipped or deleted operations, which costs three bytes to claim whatever its length.
    run: int = 1 << 20
    # Client ids in one state vector. Ids are issued one per page load, so this is years of a busy room.
    client_ids: int = 20_000
    # Live entries of a queue or playlist: a new client loads them in 15 ms (measured: 5 000 entries, 666 kB, 13.7 ms).
    entries: int = 5_000
    # Entry ids ever used. Each leaves a tombstone of about 40 bytes in the state that every new client is sent.
    entry_ids: int = 30_000
    # The encoded state as a whole; it must fit a frame to the client (4 MiB).
    state_bytes: int = 3 * 1024 * 1024
    # Shared values inside shared values, of free-form documents, removed ones included. The engine walks them recursively:
    # writing out a chain of 20 000 ends the process, one of 5 000 does not (measured with pycrdt 0.14.13).
    shared_values: int = 5_000
