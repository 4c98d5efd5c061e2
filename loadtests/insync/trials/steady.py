"""Playing without anybody doing anything: how near all are, on good and bad networks, with clocks of their own, at what cost."""

import time
from typing import Final

from loadtests.insync.links import Link
from loadtests.insync.processes import TAB, share_of_a_core
from loadtests.insync.shim import Shim
from loadtests.insync.stage import Device, Measured, Stage
from loadtests.insync.trials.trial import Bar, Trial, faultless, spread_bars

# What a new sound output needs until its own timestamps can be trusted.
_BEGINNING_SECONDS: Final = 8.0
_BEGINNING: Final = "first 8 s"
_AFTER: Final = "after 8 s"
_COST: Final = "playing"
# Percent of a core; less is not listed.
_LEAST_SHARE: Final = 0.1


def listen(stage: Stage, seconds: float) -> None:
    """All join, and `seconds` are heard from the ninth second of the youngest AudioContext on."""
    stage.open_room()
    sounding = time.time()
    began = stage.audio_began()
    settled = began + _BEGINNING_SECONDS
    if settled - sounding > 1:
        # Sound may begin late on a busy machine; what was not heard cannot be judged.
        stage.phase(_BEGINNING, sounding, settled)
    start = max(settled, sounding)
    stage.phase(_AFTER, start, start + seconds)


def cost(stage: Stage, seconds: float) -> None:
    """What one playing tab of each device costs, once everything is settled; and which threads of the first page do."""
    stage.open_room()
    stage.wait_until(stage.audio_began() + _BEGINNING_SECONDS)
    began = time.time()
    cards = range(len(stage.browsers))
    shares = share_of_a_core(
        lambda: _used(stage), time.monotonic, lambda: stage.phase(_COST, began, time.time() + seconds)
    )
    for card in cards:
        mine = _named(shares, f"{card} ")
        tab = sum(share for kind, share in mine.items() if kind in TAB)
        stage.measured.append(Measured(_COST, "tab, % of a core", round(tab, 2), f"browser {card}: {_listed(mine)}"))
    threads = _named(shares, "thread ")
    stage.measured.append(
        Measured(_COST, "threads of a page, % of a core", round(sum(threads.values()), 2), _listed(threads))
    )


def _used(stage: Stage) -> dict[str, float]:
    """Processor seconds: ``0 renderer`` for kinds of a browser's processes, ``thread …`` for those of the first page."""
    used = {
        f"{card} {kind}": seconds
        for card, each in enumerate(stage.browsers)
        for kind, seconds in each.processes.seconds().items()
    }
    threads = stage.browsers[0].processes.thread_seconds("renderer")
    return used | {f"thread {name}": seconds for name, seconds in threads.items()}


def _named(shares: dict[str, float], beginning: str) -> dict[str, float]:
    return {name.removeprefix(beginning): share for name, share in shares.items() if name.startswith(beginning)}


def _listed(shares: dict[str, float]) -> str:
    told = sorted(shares.items(), key=lambda each: -each[1])
    return ", ".join(f"{name} {share:.1f}" for name, share in told if share >= _LEAST_SHARE)


_OTHERS: Final = (Device(), Device())
# All ahead or none: a page's clock begins at 0 and is never negative.
_APART: Final = (
    Device(Shim(offset_ms=1_200, skew_ppm=0, latency_hint="interactive")),
    Device(Shim(offset_ms=3_700, skew_ppm=80, latency_hint="balanced")),
    Device(Shim(offset_ms=0, skew_ppm=-60, latency_hint="playback")),
)


def _on(link: Link) -> tuple[Device, ...]:
    return Device(), Device(link=link)


STEADY: Final = (
    Trial(
        "calm",
        "two browsers play, nobody does anything",
        _OTHERS,
        listen,
        (*spread_bars(_BEGINNING, None, 10, None), *spread_bars(_AFTER, 0.5, 2, 5), *faultless(_AFTER)),
    ),
    Trial(
        "skews",
        "three, page clocks 1.2, 3.7, 0 s ahead and off by 0, +80, -60 ppm; interactive, balanced, playback output",
        _APART,
        listen,
        (*spread_bars(_BEGINNING, None, None, None), *spread_bars(_AFTER, None, 2.5, None), *faultless(_AFTER)),
    ),
    Trial(
        "jitter",
        "one of two behind 20 ms each way, ±10 ms",
        _on(Link(up_ms=20, down_ms=20, jitter_ms=10)),
        listen,
        (*spread_bars(_AFTER, None, 2, None), *faultless(_AFTER)),
    ),
    Trial(
        "asymmetry",
        "one of two behind 5 ms up, 25 ms down: no exchange of instants can tell, 10 ms are the theory's",
        _on(Link(up_ms=5, down_ms=25)),
        listen,
        (*spread_bars(_AFTER, None, None, None), *faultless(_AFTER)),
    ),
    Trial(
        "loss",
        "one of two behind 15 ms each way, 2 % of segments lost",
        _on(Link(up_ms=15, down_ms=15, jitter_ms=3, loss=0.02)),
        listen,
        (*spread_bars(_AFTER, None, 2, None), *faultless(_AFTER)),
    ),
    Trial(
        "cost",
        "processor time of a playing tab: renderer (with workers and audio worklet), audio service, GPU process",
        _OTHERS,
        cost,
        (Bar(_COST, "tab, % of a core", 8),),
    ),
)
