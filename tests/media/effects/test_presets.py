import pytest

from media.effects.presets import PRESETS, preset
from media.effects.settings import chain_settings, to_plain
from media.problem import MediaProblem


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_is_what_a_file_could_say_too(name: str) -> None:
    settings = preset(name)
    assert chain_settings(to_plain(settings)) == settings
    assert not settings.is_off


def test_a_name_nobody_gave_is_refused_with_those_there_are() -> None:
    with pytest.raises(MediaProblem, match="cathedral") as caught:
        preset("submarine")
    assert caught.value.code == "unknown-preset"
