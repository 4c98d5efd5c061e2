"""``python -m loadtests.media.quart_route FOLDER PORT``: files of a folder by a route of Quart, from memory.

The same libraries as the server's and nothing of its own: no rights, no compression, no log. What a request costs here is what
a route of Quart costs at least.
"""

import sys
from functools import partial
from pathlib import Path

import trio
from hypercorn.config import Config
from hypercorn.trio import serve
from quart import Response
from quart_trio import QuartTrio


def make_app(folder: Path) -> QuartTrio:
    """One route."""
    contents = {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    app = QuartTrio("route", static_folder=None)

    async def segment(path: str) -> Response:
        headers = {"ETag": f'"{path}"', "Cache-Control": "public, max-age=31536000, immutable"}
        return Response(contents[path], headers=headers, content_type="audio/ogg")

    app.add_url_rule("/<path:path>", "segment", segment)
    return app


def main() -> None:
    """Serve until terminated."""
    config = Config()
    config.bind = [f"127.0.0.1:{sys.argv[2]}"]
    config.accesslog = None
    config.keep_alive_max_requests = 1_000_000_000
    trio.run(partial(serve, make_app(Path(sys.argv[1])), config))


if __name__ == "__main__":
    main()
