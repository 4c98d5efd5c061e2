import gzip
from pathlib import Path

from tests.fakes.website import Website, running_website

PAGE = b"<!doctype html><title>Hathor RT</title>" + b" " * 2000


def build(folder: Path) -> None:
    (folder / "dist" / "assets").mkdir(parents=True)
    (folder / "dist" / "assets" / "app-1a2b.js").write_bytes(b"export {};\n" * 300)
    (folder / "dist" / "icon.svg").write_bytes(b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    (folder / "dist" / "index.html").write_bytes(PAGE)


async def test_a_client_that_is_not_built_is_said_with_the_remedy(site: Website, tmp_path: Path) -> None:
    answer = await site.request("GET", "/r/abc")
    assert answer.status == 503
    assert b"make setup" in answer.body
    build(tmp_path)
    assert (await site.request("GET", "/r/abc")).body == PAGE


async def test_every_room_has_the_same_page(site: Website, tmp_path: Path) -> None:
    build(tmp_path)
    home, room = await site.request("GET", "/"), await site.request("GET", "/r/n0ne?i=t0ken")
    assert home.body == room.body == PAGE
    assert home.headers["cache-control"] == "no-cache"
    assert home.headers["content-type"] == "text/html; charset=utf-8"
    assert f"wss://127.0.0.1:{site.port}" in home.headers["content-security-policy"]


async def test_a_page_that_did_not_change_is_not_sent_again(site: Website, tmp_path: Path) -> None:
    build(tmp_path)
    first = await site.request("GET", "/")
    again = await site.request("GET", "/", If_None_Match=first.headers["etag"])
    assert (again.status, again.body) == (304, b"")


async def test_built_files_are_kept_for_good_and_sent_packed(site: Website, tmp_path: Path) -> None:
    build(tmp_path)
    plain = await site.request("GET", "/assets/app-1a2b.js")
    packed = await site.request("GET", "/assets/app-1a2b.js", Accept_Encoding="gzip, br")
    assert "immutable" in plain.headers["cache-control"]
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert packed.headers["vary"] == "Accept-Encoding"
    head = await site.request("HEAD", "/assets/app-1a2b.js")
    assert (head.status, head.body, head.headers["content-length"]) == (200, b"", str(len(plain.body)))


async def test_files_beside_the_page_may_change(site: Website, tmp_path: Path) -> None:
    build(tmp_path)
    icon = await site.request("GET", "/icon.svg")
    assert (icon.status, icon.headers["content-type"]) == (200, "image/svg+xml")
    assert icon.headers["cache-control"] == "no-cache"


async def test_the_service_worker_may_rule_the_whole_site_and_is_always_asked_for_again(
    site: Website, tmp_path: Path
) -> None:
    build(tmp_path)
    (tmp_path / "dist" / "sw.js").write_bytes(b"addEventListener('fetch', () => {});\n")
    worker = await site.request("GET", "/sw.js")
    # At the top of the site: a worker rules what lies below its own address.
    assert (worker.status, worker.headers["content-type"]) == (200, "text/javascript; charset=utf-8")
    assert worker.headers["cache-control"] == "no-cache"
    assert worker.headers["cross-origin-embedder-policy"] == "require-corp"
    page = await site.request("GET", "/")
    assert "worker-src 'self'" in page.headers["content-security-policy"]
    again = await site.request("GET", "/sw.js", If_None_Match=worker.headers["etag"])
    assert (again.status, again.body) == (304, b"")


async def test_what_is_not_there_is_not_found(site: Website, tmp_path: Path) -> None:
    build(tmp_path)
    for target in ("/assets/none.js", "/none.txt", "/assets/..%2f..%2fsecret", "/a/b/c"):
        assert (await site.request("GET", target)).status == 404


async def test_the_invite_of_the_instance_admits_and_disappears_from_the_address(tmp_path: Path) -> None:
    async with running_website(tmp_path, instance_access="invite") as site:
        build(tmp_path)
        assert site.serving is not None
        answer = await site.request("GET", f"/?k={site.serving.invite}")
        assert (answer.status, answer.headers["location"]) == (303, "/")
        assert answer.headers["cache-control"] == "no-store"
        admitted = answer.headers["set-cookie"].partition(";")[0]
        assert (await site.request("GET", "/api/tracks", cookie=admitted)).status == 200
        # Someone who is in already keeps their identity.
        again = await site.request("GET", f"/?k={site.serving.invite}", cookie=admitted)
        assert (again.status, "set-cookie" in again.headers) == (303, False)
        forged = await site.request("GET", "/?k=forged")
        assert (forged.status, "set-cookie" in forged.headers) == (200, False)
