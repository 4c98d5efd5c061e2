"""Hypercorn's log lines as ours."""

import structlog
from hypercorn.config import Config
from hypercorn.logging import Logger
from hypercorn.typing import ResponseSummary, WWWScope

_log = structlog.get_logger("hathor.http")


class HypercornLog(Logger):
    """Implements Hypercorn's logger on structlog. Requests are not logged: their URLs are capabilities."""

    def __init__(self, config: Config) -> None:
        """Hypercorn's settings have no say here."""

    async def access(self, request: WWWScope, response: ResponseSummary | None, request_time: float) -> None:
        """Not logged."""

    async def critical(self, message: str, *args: object, **kwargs: object) -> None:
        """Log as critical."""
        _log.critical(message, *args)

    async def error(self, message: str, *args: object, **kwargs: object) -> None:
        """Log as error."""
        _log.error(message, *args)

    async def warning(self, message: str, *args: object, **kwargs: object) -> None:
        """Log as warning."""
        _log.warning(message, *args)

    async def info(self, message: str, *args: object, **kwargs: object) -> None:
        """Log as info."""
        _log.info(message, *args)

    async def debug(self, message: str, *args: object, **kwargs: object) -> None:
        """Log as debug."""
        _log.debug(message, *args)

    async def exception(self, message: str, *args: object, **kwargs: object) -> None:
        """Log the exception being handled."""
        _log.exception(message, *args)

    async def log(self, level: int, message: str, *args: object, **kwargs: object) -> None:
        """Log at a level of the standard library."""
        _log.log(level, message, *args)
