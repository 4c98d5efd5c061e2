"""A sounddevice module without sound, for machines without a card."""

from types import SimpleNamespace


def fake_sounddevice(*names: str) -> SimpleNamespace:
    """As much of sounddevice as is asked before anything plays: these outputs, the first one being the default."""

    def info(device: int | str | None, kind: str) -> dict[str, object]:
        assert kind == "output"
        if isinstance(device, str):
            return {"name": next(name for name in names if device in name)}
        return {"name": names[device or 0]}

    return SimpleNamespace(
        check_output_settings=lambda *_, **__: None, query_devices=info, PortAudioError=type("Error", (Exception,), {})
    )
