"""What kind of sound file some bytes begin, by the marks that its format demands. Free of numpy.

Only formats that the library plays are known, and each has its mark at the very beginning: what carries another one before it
(a program, a page, an archive with sound behind it) is none of them. That the rest is sound, too, shows when it is decoded.
"""

from typing import Final

# So many bytes tell.
MARK_BYTES: Final = 12


def suffix_of(head: bytes) -> str | None:
    """Suffix of the file that begins with `head`, 12 bytes or more; None: it is no sound file of a known kind."""
    if head.startswith(b"fLaC"):
        return ".flac"
    if head.startswith(b"OggS"):
        return ".ogg"
    if head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE":
        return ".wav"
    if head.startswith(b"FORM") and head[8:12] in (b"AIFF", b"AIFC"):
        return ".aiff"
    if head[4:8] == b"ftyp":
        return ".m4a"
    if head.startswith(b"ID3") or _is_mpeg_frame(head):
        return ".mp3"
    return None


def _is_mpeg_frame(head: bytes) -> bool:
    """Whether an MPEG audio frame begins here: its sync, and nothing reserved in its header (ISO 11172-3, 2.4.2.3)."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    return version != 1 and layer != 0 and head[2] >> 4 not in (0, 15) and head[2] >> 2 & 3 != 3
