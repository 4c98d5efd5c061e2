"""What HTTP resources may call, as one frozen record. No behaviour."""

from collections.abc import Callable
from dataclasses import dataclass

from hathor_rt.accounts.instance import Instance, InstanceInvite
from hathor_rt.application import Application
from hathor_rt.ids import PrincipalId
from web.client_files import ClientFiles
from web.links import Links
from web.visits import Visits


@dataclass(frozen=True, slots=True)
class WebServices:
    """The application and what the web side adds to it.

    Attributes:
        application: The services of the server.
        visits: Who asks.
        links: Links for others.
        instance: What strangers may do.
        invite: The link into the instance.
        client: The built pages.
        is_seated: Whether a principal sits in a room now.
        are_workers_ready: Whether the media workers run.
    """

    application: Application
    visits: Visits
    links: Links
    instance: Instance
    invite: InstanceInvite
    client: ClientFiles
    is_seated: Callable[[PrincipalId], bool]
    are_workers_ready: Callable[[], bool]
