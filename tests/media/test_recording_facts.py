import pytest

from media.recording_facts import RecordingFacts, facts_from_bytes, facts_to_bytes

FACTS = RecordingFacts(tempo_bpm=120.5, beats=[100, 24_000], key="F# minor", fingerprint=b"\x01\x02\x03\x04")


def test_facts_travel_as_bytes() -> None:
    assert facts_from_bytes(facts_to_bytes(FACTS)) == FACTS


def test_fields_of_another_version_are_left_out() -> None:
    assert facts_from_bytes(b"\x81\xa5later\x01") == RecordingFacts()


@pytest.mark.parametrize("content", [b"", b"\x00", b"\x93\x01", b"\x81\xa5beats\xa1x"])
def test_anything_else_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="expected the facts"):
        facts_from_bytes(content)
