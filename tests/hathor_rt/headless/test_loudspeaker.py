import builtins
import importlib.util
import sys
from collections.abc import Callable
from types import ModuleType

import pytest

from hathor_rt.headless.loudspeaker import Loudspeaker, import_sounddevice
from hathor_rt.headless.refusals import NoSoundOutput
from sync.units import Micros
from tests.hathor_rt.headless.sound_cards import fake_sounddevice


def has_portaudio() -> bool:
    if importlib.util.find_spec("sounddevice") is None:
        return False
    try:
        import sounddevice  # noqa: F401  # importing it is the question
    except OSError:
        return False
    return True


def without(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """An import of sounddevice fails with `error`, as on a machine that lacks it or PortAudio."""
    real: Callable[..., ModuleType] = builtins.__import__

    def failing(name: str, *more: object) -> ModuleType:
        if name == "sounddevice":
            raise error
        return real(name, *more)

    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr(builtins, "__import__", failing)


def test_a_missing_extra_is_told_with_the_way_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, ModuleNotFoundError("No module named 'sounddevice'"))
    with pytest.raises(NoSoundOutput, match=r"pip install 'hathor-rt\[listen\]'"):
        import_sounddevice()


def test_a_missing_library_is_told_with_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, OSError("PortAudio library not found"))
    with pytest.raises(NoSoundOutput, match="libportaudio2"):
        import_sounddevice()


@pytest.mark.parametrize(("device", "name"), [(None, "HDMI"), ("1", "USB Audio: hw:1"), ("USB", "USB Audio: hw:1")])
def test_it_is_called_as_its_card_however_that_was_chosen(
    monkeypatch: pytest.MonkeyPatch, device: str | None, name: str
) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", fake_sounddevice("HDMI", "USB Audio: hw:1"))
    assert Loudspeaker(device, lambda: Micros(0)).name == name


def test_an_unknown_device_is_told() -> None:
    # Without PortAudio the same call is refused for want of it.
    with pytest.raises(NoSoundOutput):
        Loudspeaker("no device is called like this", lambda: Micros(0))


def test_a_number_of_no_device_is_told() -> None:
    if not has_portaudio():
        pytest.skip("PortAudio is not installed here")
    with pytest.raises(NoSoundOutput, match="cannot be used"):
        Loudspeaker("9999", lambda: Micros(0))
