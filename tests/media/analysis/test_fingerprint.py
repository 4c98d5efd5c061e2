import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.analysis.decimation import MONO_RATE
from media.analysis.fingerprint import FINGERPRINT_SECONDS, FingerprintMeter, load_library
from tests.media.sounds import Array, music


def words_of(mono: Array, cuts: list[int] | None = None) -> bytes:
    meter = FingerprintMeter()
    for piece in np.split(mono, sorted(cuts or [])):
        meter.add(np.ascontiguousarray(piece))
    words = meter.words()
    assert words is not None, "libchromaprint1 is one of .ci/system-packages"
    return words


def sound(seconds: float, seed: int = 1) -> Array:
    return np.ascontiguousarray(music(round(seconds * MONO_RATE), seed=seed, rate=MONO_RATE)[0])


def test_there_are_eight_words_a_second() -> None:
    assert load_library() is not None
    assert len(words_of(sound(10))) / 4 == pytest.approx((10 - 2.6) / 0.1238, abs=2)


def test_only_two_minutes_count() -> None:
    long = sound(FINGERPRINT_SECONDS + 20)
    assert words_of(long) == words_of(long[: FINGERPRINT_SECONDS * MONO_RATE])


@settings(deadline=None, max_examples=10)
@given(st.lists(st.integers(0, 60_000), max_size=8))
def test_cutting_the_sound_changes_nothing(cuts: list[int]) -> None:
    mono = sound(5)
    assert words_of(mono, cuts) == words_of(mono)


def test_snippets_have_no_words() -> None:
    assert words_of(np.zeros(0, np.float32)) == b""
    assert words_of(sound(0.5)) == b""


def test_asking_twice_gives_the_same() -> None:
    meter = FingerprintMeter()
    meter.add(sound(4))
    assert meter.words() == meter.words() == meter.findings()["fingerprint"]


def test_a_meter_that_is_dropped_in_the_middle_frees_its_memory() -> None:
    for _ in range(3):
        FingerprintMeter().add(sound(1))


def test_without_the_library_there_is_no_fingerprint(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("media.analysis.fingerprint.LIBRARY", "libnothing-of-this-name.so.9")
    load_library.cache_clear()
    try:
        meter = FingerprintMeter()
        meter.add(sound(4))
        assert meter.findings() == {"fingerprint": None}
        FingerprintMeter()
        assert capsys.readouterr().err.count("libchromaprint1") == 1
    finally:
        load_library.cache_clear()
