"""Log lines: one event name and its facts, as text for people or JSON for machines, on standard error.

Capabilities never reach a log: invites, tickets, cookies and signatures are cut from field values and from URLs alike.
Connection and room ids come from `structlog.contextvars`, bound by whoever handles the connection.
"""

import logging
import re
import sys
from typing import Final, Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

REDACTED: Final = "[redacted]"

# Names of fields that hold a capability, wherever they appear.
_SECRET_FIELDS: Final = frozenset(
    {"invite", "ticket", "cookie", "token", "authorization", "k", "i", "signature", "key"}
)

# ?i= and ?k= are invites; /segments/<signature>/ opens one segment; a cookie may sit in a copied header.
_SECRET_IN_TEXT: Final = (
    re.compile(r"(?P<before>[?&](?:i|k|invite|ticket|token)=)[^&\s'\"]+"),
    re.compile(r"(?P<before>/segments/)[^/\s'\"]+"),
    re.compile(r"(?P<before>\bhathor=)[^;\s'\"]+"),
)


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Cut capabilities from every field of a log line (a structlog processor)."""
    for name, value in event.items():
        if name in _SECRET_FIELDS and value:
            event[name] = REDACTED
        elif isinstance(value, str):
            event[name] = _without_secrets(value)
    return event


def _without_secrets(text: str) -> str:
    for pattern in _SECRET_IN_TEXT:
        text = pattern.sub(rf"\g<before>{REDACTED}", text)
    return text


def configure_logs(
    form: Literal["text", "json"], level: Literal["debug", "info", "warning", "error"], stream: TextIO | None = None
) -> None:
    """Send all log lines of this process, the libraries' too, to `stream` (standard error if None)."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.ExtraAdder(),
    ]
    target = stream or sys.stderr
    # Exceptions become text before redaction: a traceback may quote a URL.
    closing: list[Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    closing += [structlog.processors.format_exc_info, redact]
    if form == "json":
        closing.append(structlog.processors.JSONRenderer())
    else:
        closing.append(structlog.dev.ConsoleRenderer(colors=target.isatty()))
    handler = logging.StreamHandler(target)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=closing))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    # One debug line per WebSocket frame would drown everything else.
    logging.getLogger("trio-websocket").setLevel(logging.WARNING)
    # It tells which of its parts it sets up; which migration runs is worth a line.
    logging.getLogger("alembic.runtime.plugins").setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared[:-1],
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        # Modules make their loggers at import time, before this is called.
        cache_logger_on_first_use=False,
    )
