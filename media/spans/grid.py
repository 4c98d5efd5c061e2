"""Where the spans of a bent rendition lie, and where they are joined. All numbers are frames of the rendition.

Span k is the sound from ``k * SPAN_FRAMES`` on, 8 s or two segments; the last one takes what is left, 4 to 12 s. Each is made by
an engine of its own that begins `PRE_ROLL_FRAMES` earlier with no memory of what came before, so what a span sounds like
depends on its number, the recording and the bend alone::

    span k-1  ...------------------------|=====|
    span k             |- - - - - -|-----|=====|~~~~~~~~~~~~~~|------------------...
                       pre-roll    k * SPAN    join  lag let go

Both go on alike but for their phases, which have drifted apart. So the join looks, over `SEARCH_FRAMES` from `JOIN_FROM` behind
the border on, for the place and the lag (at most `REACH_FRAMES`) at which the new span goes on most like the old one; crosses
over within `OVERLAP_FRAMES`; and lets the lag go until `SETTLED`, by reading at most 0.4 percent faster or slower (7 cents).
From there on every frame of the span is where the map of `media/bend.py` puts it, up to and into the next join. A join thus
depends on two spans and on no other join, and it changes no length.

Segments begin at borders or 4 s behind them. An Opus segment needs sound from 320 ms before it to 20 ms behind it, so one in
two is made of one span, and the other of two.
"""

from typing import Final

from media.segment_format import PACKET_FRAMES, SEGMENT_FRAMES

SPAN_FRAMES: Final = 2 * SEGMENT_FRAMES
# A multiple of 1000, so that an engine begins exactly on a frame of the recording at every tempo. After a second many notes
# have been struck anew in both spans, and from there on both are the same: on three songs joins correlate at 0.91 on average
# (0.89 after a quarter of a second, two seconds gain less than 0.01).
PRE_ROLL_FRAMES: Final = 48_000
# What the last packet of the segment before holds beyond it belongs to the old span.
JOIN_FROM: Final = 1_000
# Half a second of freedom for the place raises the correlation from 0.83 to 0.91.
SEARCH_FRAMES: Final = 24_000
OVERLAP_FRAMES: Final = 1_920
# 12.5 ms: half a period of 40 Hz in either direction, below the lowest note of a bass guitar.
REACH_FRAMES: Final = 600
# 3.6 s: before the first frame that the span's second segment needs.
SETTLED: Final = 172_800

assert JOIN_FROM >= PACKET_FRAMES
assert SPAN_FRAMES % 1000 == PRE_ROLL_FRAMES % 1000 == 0


def span_count(frames: int) -> int:
    """How many spans a rendition of `frames` frames has; at least one."""
    return max(1, (frames + SEGMENT_FRAMES) // SPAN_FRAMES)


def span_begin(number: int) -> int:
    """The first frame that the engine of span `number` makes; a multiple of 1000."""
    return max(0, number * SPAN_FRAMES - PRE_ROLL_FRAMES)


def span_end(frames: int, number: int) -> int:
    """Behind the last frame that is ever asked of span `number`: the rendition's end, or that of the next join."""
    if number == span_count(frames) - 1:
        return frames
    return (number + 1) * SPAN_FRAMES + JOIN_FROM + SEARCH_FRAMES + OVERLAP_FRAMES


def span_at(frames: int, frame: int) -> int:
    """Number of the span whose join, or whose own sound, holds frame `frame`."""
    return min(span_count(frames) - 1, max(0, frame - JOIN_FROM) // SPAN_FRAMES)
