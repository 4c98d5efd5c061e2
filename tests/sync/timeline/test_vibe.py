from hypothesis import given
from hypothesis import strategies as st

from media.bend import Bend
from sync.timeline.vibe import PLAIN, Vibe


def test_nothing_said_is_the_recording_as_it_is() -> None:
    assert Vibe() == PLAIN == PLAIN.clamped == PLAIN.sound
    assert Vibe(keeps_formants=True).sound == PLAIN


@given(st.integers(-5000, 5000), st.integers(-5000, 5000), st.booleans())
def test_what_a_room_can_have_is_what_a_rendition_can_have(tempo: int, pitch: int, keeps: bool) -> None:
    vibe = Vibe(tempo, pitch, keeps).clamped
    assert vibe.clamped == vibe
    bend = Bend(vibe.tempo_permille, vibe.pitch_cents, vibe.keeps_formants).normal
    assert (bend.tempo_permille, bend.pitch_cents, bend.keeps_formants) == (
        vibe.sound.tempo_permille,
        vibe.sound.pitch_cents,
        vibe.sound.keeps_formants,
    )
