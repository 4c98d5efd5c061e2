"""A private PulseAudio whose virtual sound cards share one sample clock.

One null sink with two channels per client carries everything; each client gets a sink of its own that is nothing but its
pair of those channels. So a recording of the whole tells which sample of one client sounded with which of another, and the
recorder itself cannot add any offset.
"""

import os
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

RATE: Final = 48_000

_START_SECONDS: Final = 10
_SINK: Final = "all"
# Browsers offer no monitor as a microphone, but what is made of one.
_ROOM: Final = "room"


class PulseFailure(Exception):
    """PulseAudio did not start, or refused a stream; the message holds what it said."""


class Pulse:
    """A running private sound server with `clients` stereo cards and a microphone that hears them all.

    Args:
        folder: Its runtime folder; belongs to this server alone.
        clients: Number of cards, 1 … 16.
    """

    def __init__(self, folder: Path, clients: int) -> None:
        self.folder = folder
        self.clients = clients

    @property
    def socket(self) -> Path:
        """Where clients connect."""
        return self.folder / "native"

    @property
    def channel_map(self) -> str:
        """Names of the recording's channels: two per client, in order."""
        return _names(range(2 * self.clients))

    @property
    def monitor(self) -> str:
        """The source that hears all cards at once."""
        return f"{_SINK}.monitor"

    def environment(self, client: int | None = None) -> dict[str, str]:
        """Environment of a process that plays on card `client`, or of one that only connects."""
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("PULSE_") and name != "XDG_RUNTIME_DIR"
        }
        chosen = {"PULSE_SERVER": f"unix:{self.socket}", "PULSE_RUNTIME_PATH": str(self.folder)}
        if client is not None:
            chosen |= {"PULSE_SINK": f"dev{client}", "PULSE_SOURCE": _ROOM}
        return inherited | chosen

    def streams(self) -> list[str]:
        """Indexes of the streams that are connected to cards now, those between cards and null sink left out."""
        listed = subprocess.run(
            ["pactl", "list", "short", "sink-inputs"],
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        ).stdout
        return [line.split("\t")[0] for line in listed.splitlines() if "module-remap-sink" not in line]


@contextmanager
def private_pulse(clients: int) -> Iterator[Pulse]:
    """Start a sound server of one's own for as long as the block runs; it works as root and without a session bus.

    Raises:
        PulseFailure: it did not come up within 10 s.
    """
    with tempfile.TemporaryDirectory(prefix="pulse-") as name:
        pulse = Pulse(Path(name), clients)
        _configure(pulse)
        home = {"HOME": name, "XDG_CONFIG_HOME": name, "PULSE_CONFIG_PATH": name, "PULSE_STATE_PATH": name}
        with (pulse.folder / "pulse.log").open("wb") as log:
            process = subprocess.Popen(
                [
                    "pulseaudio",
                    "-n",
                    "-F",
                    str(pulse.folder / "cards.pa"),
                    "--daemonize=no",
                    "--use-pid-file=no",
                    "--exit-idle-time=-1",
                    "--disallow-exit",
                    "--log-target=stderr",
                ],
                env=pulse.environment() | home,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            _wait_until_ready(pulse, process)
            yield pulse
        finally:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(5)


def _configure(pulse: Pulse) -> None:
    # Chromium takes the server's default rate for its output; at 44.1 kHz everything would be resampled once more.
    (pulse.folder / "daemon.conf").write_text(
        f"default-sample-rate = {RATE}\nalternate-sample-rate = {RATE}\ndefault-sample-format = float32le\n"
        "resample-method = speex-float-5\nflat-volumes = no\n"
    )
    lines = [
        f"load-module module-native-protocol-unix auth-anonymous=1 socket={pulse.socket}",
        f"load-module module-null-sink sink_name={_SINK} rate={RATE} format=float32le "
        f"channels={2 * pulse.clients} channel_map={pulse.channel_map}",
    ]
    lines += [
        f"load-module module-remap-sink sink_name=dev{client} master={_SINK} channels=2 remix=no "
        f"channel_map=front-left,front-right master_channel_map={_names((2 * client, 2 * client + 1))}"
        for client in range(pulse.clients)
    ]
    lines.append(
        f"load-module module-remap-source source_name={_ROOM} master={pulse.monitor} channels=1 channel_map=mono remix=yes"
    )
    (pulse.folder / "cards.pa").write_text("\n".join(lines) + "\n")


def _names(channels: Iterable[int]) -> str:
    return ",".join(f"aux{channel}" for channel in channels)


def _wait_until_ready(pulse: Pulse, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        listed = subprocess.run(
            ["pactl", "list", "short", "sinks"], env=pulse.environment(), capture_output=True, text=True, check=False
        ).stdout
        if f"dev{pulse.clients - 1}" in listed:
            return
        time.sleep(0.05)  # noqa: TID251 (a measuring process without a loop)
    raise PulseFailure((pulse.folder / "pulse.log").read_text(errors="replace"))
