from pathlib import Path

from media.stems.listing import REMOTES, Remote, listed
from tests.media.stems.fakes import model_file

REMOTE = Remote("far", "https://example.org/far.safetensors", 3, "", "ask first")


def test_models_of_the_folder_come_first_and_say_what_they_are(tmp_path: Path) -> None:
    model_file(tmp_path / "mine.safetensors", licence="ours")
    (tmp_path / "old-01234567.th").write_bytes(b"x" * 100)
    (tmp_path / "bag.yaml").write_text("models: [mine]")
    (tmp_path / "broken.safetensors").write_bytes(b"nothing")
    (tmp_path / "notes.txt").write_text("not a model")
    found = {each.name: each for each in listed(tmp_path, [REMOTE])}
    assert [found[name].state for name in ("bag", "broken", "mine", "old")] == ["there"] * 4
    assert found["mine"].about == "HTDemucs, licence: ours"
    assert "--pickled" in found["old"].about
    assert found["broken"].about.startswith("damaged-model")
    assert found["far"].state == "fetchable"
    assert found["far"].about == "ask first"
    assert "notes" not in found


def test_what_was_fetched_is_not_offered_again(tmp_path: Path) -> None:
    model_file(tmp_path / "far.safetensors")
    assert [each.state for each in listed(tmp_path, [REMOTE]) if each.name == "far"] == ["there"]


def test_everything_that_can_be_fetched_is_no_pickle_and_tells_its_licence() -> None:
    for remote in REMOTES:
        assert remote.url.startswith("https://")
        assert remote.url.endswith(".safetensors")
        assert "MIT, does not cover them" in remote.licence
