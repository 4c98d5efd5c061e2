import structlog.testing
from hypercorn.config import Config

from web.realtime.hypercorn_log import HypercornLog


async def test_hypercorns_words_are_logged_as_ours() -> None:
    log = HypercornLog(Config())
    with structlog.testing.capture_logs() as lines:
        await log.warning("slow %s", "start")
        await log.error("broken")
        await log.critical("worse")
        await log.info("fine")
        await log.debug("detail")
        await log.log(40, "by number")
        try:
            _ = 1 // 0
        except ZeroDivisionError:
            await log.exception("Error in ASGI Framework")
    assert [line["log_level"] for line in lines] == ["warning", "error", "critical", "info", "debug", "error", "error"]
    assert lines[-1]["exc_info"]


async def test_requests_are_not_logged() -> None:
    with structlog.testing.capture_logs() as lines:
        await HypercornLog(Config()).access({}, None, 0.1)  # type: ignore[arg-type]  # nothing of it is read
    assert lines == []
