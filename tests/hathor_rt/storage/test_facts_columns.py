from dataclasses import fields

from hathor_rt.storage.facts_columns import LISTED, listed, without_fingerprint
from hathor_rt.storage.ports import Track
from media.recording_facts import RecordingFacts


def test_every_listed_fact_is_a_field_of_a_track() -> None:
    assert set(LISTED) <= {field.name for field in fields(Track)}
    assert tuple(listed(RecordingFacts())) == LISTED


def test_what_is_not_known_is_none() -> None:
    row = listed(RecordingFacts())
    assert (row["tempo_bpm"], row["musical_key"], row["mood_estimate"]) == (None, None, None)


def test_the_fingerprint_is_kept_apart() -> None:
    facts = RecordingFacts(key="C major", fingerprint=b"1234")
    assert without_fingerprint(facts) == RecordingFacts(key="C major")
