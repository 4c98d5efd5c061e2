import gzip
import os
from pathlib import Path

from web.client_files import ClientFiles


def build(folder: Path, **files: bytes) -> None:
    for name, content in {"index.html": b"<!doctype html>", **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


async def test_nothing_is_there_before_the_first_build(tmp_path: Path) -> None:
    files = ClientFiles(tmp_path / "dist")
    assert await files.get("index.html") is None
    build(tmp_path / "dist")
    found = await files.get("index.html")
    assert found is not None
    assert found.content == b"<!doctype html>"


async def test_text_is_packed_where_that_is_a_gain(tmp_path: Path) -> None:
    script, noise = b"export const a = 1;\n" * 200, os.urandom(4000)
    build(tmp_path, **{"assets/app.js": script, "assets/noise.bin": noise, "assets/tiny.js": b"1"})
    files = ClientFiles(tmp_path)
    packed, plain, tiny = [await files.get(f"assets/{name}") for name in ("app.js", "noise.bin", "tiny.js")]
    assert packed is not None
    assert packed.packed is not None
    assert gzip.decompress(packed.packed) == script
    assert packed.content_type == "text/javascript; charset=utf-8"
    assert plain is not None
    assert plain.packed is None
    assert tiny is not None
    assert tiny.packed is None


async def test_a_new_build_replaces_the_old_one(tmp_path: Path) -> None:
    build(tmp_path, **{"assets/old.js": b"old"})
    files = ClientFiles(tmp_path)
    first = await files.get("index.html")
    (tmp_path / "assets/old.js").unlink()
    build(tmp_path, **{"index.html": b"<!doctype html>new", "assets/new.js": b"new"})
    os.utime(tmp_path / "index.html", ns=(1, 1))
    second = await files.get("index.html")
    assert first is not None
    assert second is not None
    assert first.etag != second.etag
    assert await files.get("assets/old.js") is None
    assert await files.get("assets/new.js") is not None


async def test_nothing_outside_the_folder_is_served(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"key")
    build(tmp_path / "dist")
    (tmp_path / "dist" / "link").symlink_to(tmp_path / "secret")
    files = ClientFiles(tmp_path / "dist")
    for name in ("../secret", "link", "/etc/passwd", "assets/../../secret", ""):
        assert await files.get(name) is None
