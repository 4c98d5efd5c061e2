"""The web side as one service: put together from the application, opened on a port, drained at the end."""

import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from errno import EADDRINUSE
from pathlib import Path
from typing import Final

import structlog
import trio

from hathor_rt.accounts.instance import Instance, InstanceInvite, is_public
from hathor_rt.application import Application
from hathor_rt.refusals import BadSetting, PortInUse
from hathor_rt.tls.addresses import lan_address
from web.app import make_app
from web.client_files import ClientFiles
from web.hosts import Hosts
from web.http.segments import Segments
from web.http.uploads import Uploading
from web.links import Links
from web.principal import Cookies
from web.proxies import Proxies
from web.realtime.front import Address, Front, most_connections
from web.realtime.gateway import Gateway
from web.realtime.routes import SocketRoute
from web.realtime.tickets import Tickets
from web.realtime.yjs_gateway import PATH, YjsGateway
from web.seals import Seal
from web.services import WebServices
from web.visits import Visits

CLIENT_FOLDER: Final = Path(__file__).parent / "client" / "dist"

_BACKLOG: Final = 512

_log = structlog.get_logger("hathor.web")


@dataclass(frozen=True, slots=True)
class Serving:
    """What `serve` reports once it listens.

    Attributes:
        addresses: Where, with the port the system chose if 0 was asked for.
        has_tls: The same port speaks https.
        invite: The `k` of the link into the instance.
    """

    addresses: tuple[Address, ...]
    has_tls: bool
    invite: str


async def serve(
    application: Application,
    *,
    stopping: trio.Event,
    are_workers_ready: Callable[[], bool],
    tls: ssl.SSLContext | None = None,
    client_folder: Path = CLIENT_FOLDER,
    task_status: trio.TaskStatus[Serving] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve until `stopping` is set, then drain and return; cancellation ends everything at once.

    Args:
        application: The services; rooms must be running.
        stopping: Set it to stop accepting, say goodbye to sockets and finish requests within `drain_seconds`.
        are_workers_ready: Asked by ``/readyz``.
        tls: Server certificate for https on the same port, None for plain only.
        client_folder: Built pages.
        task_status: Told where the server listens.

    Raises:
        PortInUse: Something else has the port.
        BadSetting: The host is no address of this machine, or trusted_proxies holds something else than addresses.
    """
    config, secrets = application.config, application.storage.secrets
    proxies = Proxies(config.trusted_proxies)
    hosts = Hosts(socket.gethostname(), config.public_url)
    cookies = Cookies(Seal(await secrets.secret("cookies"), "identity"))
    tickets = Tickets(Seal(await secrets.secret("tickets"), "resume"))
    invite = InstanceInvite(await secrets.secret("instance-invite"))
    instance = Instance(config, application.storage)
    gateway = Gateway(application, cookies=cookies, tickets=tickets, hosts=hosts, instance=instance)
    yjs = YjsGateway(application, hosts)
    services = WebServices(
        application=application,
        visits=Visits(application.guests, cookies, proxies),
        links=Links(
            config.public_url,
            is_reachable=is_public(config),
            has_tls=tls is not None,
            lan_address=lan_address,
        ),
        instance=instance,
        invite=invite,
        client=ClientFiles(client_folder),
        is_seated=gateway.is_seated,
        are_workers_ready=are_workers_ready,
    )
    segments = Segments(
        application.delivery,
        Uploading(services, cookies, hosts, proxies, make_app(services, hosts)),
        application.observations,
        memory_bytes=config.segment_memory_megabytes << 20,
    )
    front = Front(
        segments,
        [SocketRoute("/ws", gateway), SocketRoute(PATH, yjs)],
        proxies,
        application.timebase,
        at_once=segments.at_once,
        tls=tls,
        stalled_after_seconds=config.stale_reader_seconds,
        capacity=most_connections(config.connection_capacity),
        receive_bytes=config.receive_kilobytes * 1024,
    )
    listeners = await open_listeners(config.host, config.port)
    addresses = tuple(_address(listener) for listener in listeners)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(gateway.keep_time)
        nursery.start_soon(yjs.keep_time)
        _log.info("listening", addresses=[f"{each.host}:{each.port}" for each in addresses], https=tls is not None)
        task_status.started(Serving(addresses, tls is not None, invite.token))
        await front.serve(listeners, stopping=stopping, drain_seconds=config.drain_seconds)
        nursery.cancel_scope.cancel()


async def open_listeners(host: str, port: int) -> Sequence[trio.SocketListener]:
    """Listening sockets for every address `host` stands for.

    Raises:
        PortInUse: Something else has the port.
        BadSetting: `host` is no address of this machine.
    """
    try:
        return await trio.open_tcp_listeners(port, host=host, backlog=_BACKLOG)
    except OSError as error:
        if _is_in_use(error):
            raise PortInUse(
                f"port {port} is in use, perhaps by another Hathor RT; stop that one or choose another port "
                f"(HATHOR_PORT={port + 1})"
            ) from error
        raise BadSetting(f"cannot listen on {host} port {port}: {error}") from error


def _is_in_use(error: OSError) -> bool:
    # trio reports several failed addresses as a group behind one OSError.
    causes = error.__cause__.exceptions if isinstance(error.__cause__, BaseExceptionGroup) else (error,)
    return any(isinstance(each, OSError) and each.errno == EADDRINUSE for each in causes)


def _address(listener: trio.SocketListener) -> Address:
    bound = listener.socket.getsockname()
    return Address(str(bound[0]), int(bound[1]))
