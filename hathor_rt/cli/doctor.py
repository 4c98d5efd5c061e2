"""`hathor doctor`: how well devices on this machine's network can keep a server's time."""

import math
import random
import sys

import click
import msgspec
import trio

from hathor_rt.cli.listen import local_now
from hathor_rt.headless.address import Address, parse_address
from hathor_rt.headless.certificates import client_context
from hathor_rt.headless.examination import Diagnosis, Examination
from hathor_rt.headless.link import Door
from hathor_rt.headless.visitor import Visitor
from hathor_rt.refusals import BadSetting
from sync.units import Micros

NAME = "Doctor"


def run(url: str, *, seconds: float, as_json: bool, accepts_any_certificate: bool) -> None:
    """Probe the server at `url` and print what was found.

    Args:
        url: A server's address or a room's link.
        seconds: How long to probe; 4 … 600.
        as_json: Print one JSON object (spans in Micros) instead of a table.
        accepts_any_certificate: Do not judge https certificates.

    Raises:
        BadSetting: `seconds` is out of range.
        BadAddress, Unreachable, Untrusted, TurnedAway: There is nothing to examine.
    """
    if not (math.isfinite(seconds) and 4 <= seconds <= 600):
        raise BadSetting("--seconds is between 4 and 600: the first burst of probes alone takes three")
    address = parse_address(url)
    tls = client_context(accepts_any_certificate=accepts_any_certificate) if address.scheme == "https" else None
    found = trio.run(_examine, address, Visitor(address, tls, None), seconds)
    click.echo(record(found) if as_json else table(address.base, found))


async def _examine(address: Address, visitor: Visitor, seconds: float) -> Diagnosis:
    await trio.to_thread.run_sync(visitor.introduce, NAME, abandon_on_cancel=True)
    door = Door(address, visitor.tls, visitor.cookie_header)
    return await Examination(door, local_now, random.getrandbits(32), _show if sys.stderr.isatty() else None).run(
        seconds
    )


def _show(answered: int, clock_error: Micros) -> None:
    click.echo(f"\r{answered} probes answered, clock ± {clock_error / 1000:.2f} ms ", nl=False, err=True)


def record(found: Diagnosis) -> str:
    """What was found, as one JSON object."""
    judged = {"verdict": found.verdict, "remarks": found.remarks}
    return msgspec.json.encode(msgspec.to_builtins(found) | judged).decode()


def table(server: str, found: Diagnosis) -> str:
    """What was found, for people."""
    lines = [
        ("server", f"{server}  ({found.server})"),
        ("probes", f"{found.answered} of {found.sent} answered in {found.seconds:.0f} s"),
        (
            "round trip",
            f"{_ms(found.best_trip)} at best, {_ms(found.middle_trip)} usually, {_ms(found.slow_trip)} in the slow tenth",
        ),
        ("in the server", f"{_ms(found.slow_inside)} in the slow tenth"),
        (
            "clock",
            f"± {_ms(found.clock_error)} certified, drift {found.drift_ppm:+.1f} ± {found.drift_sigma_ppm:.1f} ppm",
        ),
        ("verdict", found.verdict),
    ]
    return "\n".join([*(f"{name:14} {words}" for name, words in lines), "", *found.remarks])


def _ms(span: Micros) -> str:
    return f"{span / 1000:.2f} ms"
