"""Where the sound goes: what a recording and a sound card have in common."""

from typing import Protocol

from hathor_rt.headless.player import Player
from hathor_rt.headless.steering import Steering
from sync.units import Micros


class RoomTime(Protocol):
    """The room's clock as it is known (`Prober`)."""

    @property
    def is_known(self) -> bool: ...
    def to_room(self, local: Micros) -> Micros: ...
    def error(self) -> Micros: ...


class Output(Protocol):
    """One output, counting its frames from 0."""

    @property
    def name(self) -> str:
        """What it is called over all runs; empty: nobody will meet it again."""
        ...

    @property
    def steering(self) -> Steering:
        """The control loop that suits it."""
        ...

    @property
    def is_ready(self) -> bool:
        """Whether frames can be told from instants yet."""
        ...

    @property
    def head(self) -> int:
        """The frame to be rendered next."""
        ...

    @property
    def latency(self) -> Micros:
        """From rendering to being heard."""
        ...

    def frame_at(self, local: Micros) -> float:
        """The frame that is heard at `local`. Only while `is_ready`."""
        ...

    def local_at(self, frame: float) -> Micros:
        """When `frame` is heard. Only while `is_ready`."""
        ...

    async def run(self, player: Player, time: RoomTime) -> None:
        """Play until cancelled, or until a recording has its length. The last thing heard is a fade."""
        ...
