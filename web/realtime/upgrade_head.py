"""Requests for a socket that are recognised at a glance (`web.realtime.plain_head`).

What this saves is more than all the rest of a handshake, and a crowd that comes back after a restart pays it at once.
"""

from web.realtime.http1 import Upgrade
from web.realtime.plain_head import plain_head


def recognised(data: bytes) -> Upgrade | None:
    """The request to become a WebSocket that `data` is, from its first byte to its last; None: look closer."""
    head = plain_head(data)
    if head is None or head.method != "GET" or head.headers.get("upgrade", "").lower() != "websocket":
        return None
    path, _, query = head.target.partition("?")
    return Upgrade(path, query, is_modern=True, has_more=False, headers=head.headers)
