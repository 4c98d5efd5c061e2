"""Debian's own Firefox, driven by WebDriver BiDi (the W3C protocol it speaks by itself): no patched build, no driver program."""

import json
import re
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from shutil import which
from typing import Any, Final

import trio
from trio_websocket import WebSocketConnection, open_websocket_url

FIREFOX: Final = which("firefox-esr") or which("firefox")
_PATIENCE_SECONDS: Final = 40
_LISTENING: Final = re.compile(rb"WebDriver BiDi listening on (ws://\S+)")

# Nothing of its own on the network, and sound after a click as on anybody's machine.
_PREFERENCES: Final = {
    "app.normandy.enabled": False,
    "app.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.getAddons.cache.enabled": False,
    "media.autoplay.default": 0,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "http://127.0.0.1:9/",
    "toolkit.telemetry.enabled": False,
}


# Whether the first of `buttons` stands where it stood a quarter of a second ago.
_RESTS: Final = """(async () => {{
  const place = () => JSON.stringify({buttons}[0]?.getBoundingClientRect());
  const before = place();
  await new Promise((later) => setTimeout(later, 250));
  return before !== undefined && before === place();
}})()"""


class Failed(AssertionError):
    """The browser says that a command failed."""


class FirefoxPage:
    """One tab of one fresh profile.

    Attributes:
        problems: What the page itself reported as errors, oldest first.
    """

    def __init__(self, socket: WebSocketConnection) -> None:
        self._socket = socket
        self._last = 0
        self._context = ""
        self.problems: list[str] = []

    async def begin(self) -> None:
        """Take the session and its first tab."""
        await self._command("session.new", capabilities={"alwaysMatch": {"acceptInsecureCerts": True}})
        tree = await self._command("browsingContext.getTree")
        self._context = tree["contexts"][0]["context"]
        await self._command("session.subscribe", events=["log.entryAdded"])

    async def goto(self, url: str) -> None:
        """Load a page."""
        await self._command("browsingContext.navigate", context=self._context, url=url, wait="complete")

    async def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression, by JSON; promises are awaited."""
        found = await self._command(
            "script.evaluate",
            expression=f"(async () => JSON.stringify(await ({expression})))()",
            target={"context": self._context},
            awaitPromise=True,
        )
        if found["type"] != "success":
            raise Failed(found["exceptionDetails"]["text"])
        value = found["result"].get("value")
        return None if value is None else json.loads(value)

    async def until(self, expression: str, seconds: float = _PATIENCE_SECONDS) -> Any:
        """Wait until the expression is true; its value."""
        value = None
        with trio.move_on_after(seconds):
            while not (value := await self.evaluate(expression)):
                await trio.sleep(0.1)
        assert value, f"never true within {seconds} s: {expression}; the page says: {await self.words()}"
        return value

    async def words(self) -> str:
        """The visible text of the page."""
        return str(await self.evaluate("document.body.innerText"))

    async def click(self, name: str) -> None:
        """Click the first visible button of this accessible name, as a hand does: once it has stopped moving."""
        await self.until(f"{_buttons(name)}.length > 0")
        await self.until(_RESTS.format(buttons=_buttons(name)))
        found = await self._command(
            "script.evaluate", expression=f"{_buttons(name)}[0]", target={"context": self._context}, awaitPromise=False
        )
        element = {"type": "element", "element": {"sharedId": found["result"]["sharedId"]}}
        press = [
            {"type": "pointerMove", "x": 0, "y": 0, "origin": element},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        hand = {"type": "pointer", "id": "mouse", "actions": press}
        await self._command("input.performActions", context=self._context, actions=[hand])

    async def type(self, selector: str, text: str) -> None:
        """Type into the field that a CSS selector finds."""
        await self.evaluate(f"(document.querySelector({json.dumps(selector)}).focus(), true)")
        keys = [{"type": kind, "value": key} for key in text for kind in ("keyDown", "keyUp")]
        actions = [{"type": "key", "id": "keyboard", "actions": keys}]
        await self._command("input.performActions", context=self._context, actions=actions)

    async def _command(self, method: str, **parameters: object) -> Any:
        self._last += 1
        with trio.fail_after(_PATIENCE_SECONDS):
            await self._socket.send_message(json.dumps({"id": self._last, "method": method, "params": parameters}))
            while True:
                told = json.loads(await self._socket.get_message())
                if told.get("method") == "log.entryAdded":
                    self._note(told["params"])
                elif told.get("id") == self._last:
                    break
        if told["type"] == "error":
            raise Failed(f"{method}: {told['error']}: {told['message']}")
        return told["result"]

    def _note(self, entry: dict[str, Any]) -> None:
        if entry["level"] == "error":
            self.problems.append(str(entry.get("text")))


def _buttons(name: str) -> str:
    """JavaScript for all visible buttons called `name`, by their label or their text."""
    called = f"(button.getAttribute('aria-label') ?? button.innerText).trim() === {json.dumps(name)}"
    seen = "button.checkVisibility() && !button.disabled"
    return f"[...document.querySelectorAll('button')].filter((button) => {called} && {seen})"


@asynccontextmanager
async def firefox(folder: Path, environment: dict[str, str] | None = None) -> AsyncIterator[FirefoxPage]:
    """A headless Firefox with real sound output and a fresh profile in `folder`. Fails when it is not installed."""
    assert FIREFOX is not None, "firefox-esr is not installed: make system-packages"
    lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in _PREFERENCES.items())
    await trio.Path(folder).mkdir(parents=True, exist_ok=True)
    await trio.Path(folder / "user.js").write_text("\n".join(lines))
    command = [FIREFOX, "--headless", "--no-remote", "--remote-debugging-port", "0", "--profile", str(folder)]
    process = await trio.lowlevel.open_process(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment
    )
    try:
        url = await _address_of(process)
        async with trio.open_nursery() as nursery:
            assert process.stderr is not None
            nursery.start_soon(_drain, process.stderr)
            async with open_websocket_url(f"{url}/session", max_message_size=16 * 1024 * 1024) as socket:
                page = FirefoxPage(socket)
                await page.begin()
                yield page
            nursery.cancel_scope.cancel()
    finally:
        with trio.CancelScope(shield=True):
            process.terminate()
            with trio.move_on_after(10):
                await process.wait()
            if process.returncode is None:
                process.kill()
                await process.wait()


async def _address_of(process: trio.Process) -> str:
    assert process.stderr is not None
    said = b""
    with trio.fail_after(_PATIENCE_SECONDS):
        async for chunk in process.stderr:
            said += chunk
            if found := _LISTENING.search(said):
                return found[1].decode()
    raise Failed(f"Firefox did not start: {said.decode(errors='replace')}")


async def _drain(stream: trio.abc.ReceiveStream) -> None:
    """A full pipe would stop the browser."""
    async for _ in stream:
        pass
