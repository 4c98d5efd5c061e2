from hypothesis import given
from hypothesis import strategies as st

from media.segment_format import PRE_ROLL_FRAMES as OPUS_PRE_ROLL
from media.segment_format import PRE_SKIP, SEGMENT_FRAMES
from media.spans.grid import (
    JOIN_FROM,
    OVERLAP_FRAMES,
    REACH_FRAMES,
    SEARCH_FRAMES,
    SETTLED,
    SPAN_FRAMES,
    span_at,
    span_begin,
    span_count,
    span_end,
)

FRAMES = st.integers(1, 48_000 * 36_000)


@given(FRAMES)
def test_spans_cover_the_rendition_and_the_last_is_long_enough_for_its_join(frames: int) -> None:
    count = span_count(frames)
    rest = frames - (count - 1) * SPAN_FRAMES
    assert rest < SPAN_FRAMES + SEGMENT_FRAMES
    assert count == 1 or rest >= SEGMENT_FRAMES > SETTLED
    assert span_end(frames, count - 1) == frames
    assert span_begin(0) == 0


@given(FRAMES, st.integers(0, 10_000))
def test_every_span_is_there_where_it_is_joined(frames: int, number: int) -> None:
    number %= span_count(frames)
    assert span_begin(number) % 1000 == 0
    if number:
        border = number * SPAN_FRAMES
        assert span_begin(number) < border + JOIN_FROM - REACH_FRAMES
        assert span_end(frames, number) > border + SETTLED + REACH_FRAMES
        assert span_end(frames, number - 1) == border + JOIN_FROM + SEARCH_FRAMES + OVERLAP_FRAMES


@given(FRAMES, st.data())
def test_every_frame_belongs_to_one_span(frames: int, data: st.DataObject) -> None:
    frame = data.draw(st.integers(0, frames - 1))
    number = span_at(frames, frame)
    assert 0 <= number < span_count(frames)
    assert number == 0 or frame >= number * SPAN_FRAMES + JOIN_FROM
    assert frame < span_end(frames, number)


def test_one_segment_in_two_needs_one_span_only() -> None:
    # Twice the pre-roll: once for the decoder, once for the encoder.
    assert SEGMENT_FRAMES - 2 * OPUS_PRE_ROLL >= SETTLED
    assert JOIN_FROM > PRE_SKIP
    assert SEARCH_FRAMES + JOIN_FROM + OVERLAP_FRAMES < SETTLED
    # The lag is let go at 0.4 percent at most, which is 7 cents.
    assert REACH_FRAMES / (SETTLED - JOIN_FROM - SEARCH_FRAMES - OVERLAP_FRAMES) < 0.0042
