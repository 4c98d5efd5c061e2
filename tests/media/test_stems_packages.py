import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
import trio

from media.stems_packages import (
    Installation,
    NotInstalled,
    Package,
    for_gpu,
    health_url,
    install_beside,
    install_now,
    locked,
    main,
    packages_of,
)

# A pip that reports what the test wrote, notes how it was called, and takes `seconds` to install.
PIP = """
import json, pathlib, sys, time
folder = pathlib.Path({folder!r})
arguments = sys.argv[1:]
with (folder / "calls.jsonl").open("a") as calls:
    given = [pathlib.Path(each).read_text() if each.endswith("chosen.txt") else each for each in arguments]
    calls.write(json.dumps(given) + "\\n")
print("pip was here")
if "--dry-run" in arguments:
    pathlib.Path(arguments[arguments.index("--report") + 1]).write_bytes((folder / "report.json").read_bytes())
    sys.exit(0)
(folder / "installing").touch()
time.sleep({seconds})
if (folder / "fails").exists():
    sys.exit(1)
if "--force-reinstall" in arguments or not (folder / "is-broken").exists():
    (folder / "works").touch()
"""
PROBE = "import pathlib, sys; sys.exit(0 if pathlib.Path({works!r}).exists() else 1)"
CPU = [("torch", "2.13.0+cpu", "aa" * 32), ("sympy", "1.14.0", "bb" * 32)]
CUDA = [("torch", "2.13.0", "cc" * 32), ("nvidia-cublas", "13.1", "dd" * 32), ("triton", "3.7.1", "ee" * 32)]


def report(packages: list[tuple[str, str, str]]) -> bytes:
    return json.dumps(
        {
            "version": "1",
            "install": [
                {
                    "metadata": {"name": name, "version": version, "summary": "…"},
                    "download_info": {
                        "url": "file:///x",
                        "archive_info": {"hashes": {"sha256": digest} if digest else {}},
                    },
                }
                for name, version, digest in packages
            ],
        }
    ).encode()


class Bench:
    """An installation with a pip of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "stems.txt").write_text("torch==2.13.0\n")

    def installation(
        self, packages: list[tuple[str, str, str]] = CPU, *, has_gpu: bool = False, seconds: float = 0
    ) -> Installation:
        (self.folder / "report.json").write_bytes(report(packages))
        pip = self.folder / "pip.py"
        pip.write_text(PIP.format(folder=str(self.folder), seconds=seconds))
        return Installation(
            self.folder / "stems.txt",
            self.folder / "make" / "stems",
            self.folder / "var" / "stems-install.log",
            pip=(sys.executable, "-I", str(pip)),
            probe=(sys.executable, "-I", "-c", PROBE.format(works=str(self.folder / "works"))),
            has_gpu=has_gpu,
        )

    @property
    def calls(self) -> list[list[str]]:
        path = self.folder / "calls.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.fixture
async def server() -> AsyncIterator[str]:
    """Something that answers, although not kindly."""

    async def refuse(stream: trio.SocketStream) -> None:
        await stream.receive_some()
        await stream.send_all(b"HTTP/1.1 503 Not now\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(partial(trio.serve_tcp, refuse, 0, host="127.0.0.1"))
        yield f"http://127.0.0.1:{listeners[0].socket.getsockname()[1]}/healthz"
        nursery.cancel_scope.cancel()


def test_what_pip_would_install_is_read_from_its_report() -> None:
    assert packages_of(report(CPU)) == (
        Package("torch", "2.13.0+cpu", "aa" * 32),
        Package("sympy", "1.14.0", "bb" * 32),
    )
    assert packages_of(b'{"version": "1", "install": []}') == ()


def test_a_hash_in_the_older_form_of_a_report_is_read_as_well() -> None:
    def told(archive: dict[str, object]) -> tuple[Package, ...]:
        download = {"url": "file:///wheels/torch.whl", "archive_info": archive}
        packages = [{"metadata": {"name": "torch", "version": "2.13.0+cpu"}, "download_info": download}]
        return packages_of(json.dumps({"version": "1", "install": packages}).encode())

    # What pip 23.0 says of a file in a folder of wheels.
    assert told({"hash": f"sha256={'aa' * 32}"}) == (Package("torch", "2.13.0+cpu", "aa" * 32),)
    assert told({"hash": f"md5={'aa' * 16}"}) == (Package("torch", "2.13.0+cpu", ""),)


def test_packages_of_a_gpu_build_are_known_by_their_names() -> None:
    names = ("nvidia-cublas", "NVIDIA_nvtx", "cuda-bindings", "triton", "torch", "networkx")
    assert for_gpu([Package(name, "1", "") for name in names]) == names[:4]


def test_only_the_very_files_that_were_looked_at_are_installed() -> None:
    assert locked(packages_of(report(CPU))).splitlines()[0] == f"torch==2.13.0+cpu --hash=sha256:{'aa' * 32}"
    with pytest.raises(NotInstalled, match="no hash for torch"):
        locked(packages_of(report([("torch", "2.13.0", "")])))


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("", "http://localhost:4280/healthz"),
        ("0.0.0.0", "http://localhost:4280/healthz"),
        ("::", "http://localhost:4280/healthz"),
        ("192.168.1.5", "http://192.168.1.5:4280/healthz"),
        ("fd00::5", "http://[fd00::5]:4280/healthz"),
    ],
)
def test_the_server_is_asked_where_it_listens(host: str, url: str) -> None:
    assert health_url(host, 4280) == url


@pytest.mark.slow
async def test_it_resolves_first_then_installs_and_remembers(bench: Bench) -> None:
    installation = bench.installation()
    await installation.run()
    resolving, installing = bench.calls
    assert "--dry-run" in resolving
    assert installing[-1] == locked(packages_of(report(CPU)))
    assert {"--no-deps", "--require-hashes"} <= set(installing)
    assert installation.is_done
    assert "pip was here" in installation.log.read_text()


@pytest.mark.slow
async def test_another_list_is_installed_anew(bench: Bench) -> None:
    installation = bench.installation()
    await installation.run()
    later = installation.stamp.stat().st_mtime + 1
    os.utime(installation.requirements, (later, later))
    assert not installation.is_done


@pytest.mark.slow
async def test_a_gpu_build_is_refused_in_plain_words_where_there_is_no_gpu(bench: Bench) -> None:
    installation = bench.installation(CUDA)
    with pytest.raises(
        NotInstalled, match="nvidia-cublas, triton, for a GPU that this machine does not have"
    ) as refused:
        await installation.run()
    assert "PIP_FIND_LINKS" in str(refused.value)
    assert str(refused.value) in installation.log.read_text()
    assert len(bench.calls) == 1
    assert not installation.is_done


@pytest.mark.slow
async def test_a_gpu_build_is_welcome_where_there_is_a_gpu(bench: Bench) -> None:
    installation = bench.installation(CUDA, has_gpu=True)
    await installation.run()
    assert installation.is_done


@pytest.mark.slow
async def test_what_an_interrupted_run_left_is_mended(bench: Bench) -> None:
    (bench.folder / "is-broken").touch()
    installation = bench.installation([])
    await installation.run()
    assert ["--dry-run" in bench.calls[0], "--force-reinstall" in bench.calls[1]] == [True, True]
    assert installation.is_done


@pytest.mark.slow
async def test_a_pip_that_fails_leaves_no_stamp(bench: Bench) -> None:
    (bench.folder / "fails").touch()
    installation = bench.installation()
    with pytest.raises(NotInstalled, match=r"pip failed; .*stems-install\.log says why"):
        await installation.run()
    assert not installation.is_done


@pytest.mark.slow
async def test_nothing_is_installed_before_the_server_answers(bench: Bench, server: str) -> None:
    installation = bench.installation()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(install_beside, installation, os.getpid(), "http://127.0.0.1:9/healthz")
        await trio.sleep(0.2)
        assert bench.calls == []
        nursery.cancel_scope.cancel()
    assert await install_beside(installation, os.getpid(), server) == ""
    assert installation.is_done


@pytest.mark.slow
async def test_a_refusal_is_what_the_person_reads(bench: Bench, server: str) -> None:
    assert "Everything else works" in await install_beside(bench.installation(CUDA), os.getpid(), server)


@pytest.mark.slow
async def test_it_ends_with_the_server_and_takes_pip_along(bench: Bench, server: str) -> None:
    installation = bench.installation(seconds=60)
    with trio.fail_after(20):
        async with trio.open_nursery() as nursery:
            waiting = partial(
                trio.run_process, [sys.executable, "-I", "-c", "input()"], stdin=subprocess.PIPE, check=False
            )
            beside = await nursery.start(waiting)
            nursery.start_soon(install_beside, installation, beside.pid, server)
            while not (bench.folder / "installing").exists():
                await trio.sleep(0.02)
            await beside.stdin.aclose()
    assert not installation.is_done


def test_there_is_nothing_to_do_after_it_was_done(bench: Bench) -> None:
    installation = bench.installation()
    installation.stamp.parent.mkdir()
    installation.stamp.touch()
    arguments = ["--beside", "1", "--port", "9", "--requirements", str(installation.requirements)]
    assert main([*arguments, "--stamp", str(installation.stamp), "--log", str(installation.log)]) == 0
    assert not installation.log.exists()


@pytest.mark.slow
async def test_without_a_server_it_installs_at_once_and_says_why_not(bench: Bench) -> None:
    assert "a GPU that this machine does not have" in await install_now(bench.installation(CUDA))
    assert await install_now(bench.installation(CPU)) == ""
    assert bench.installation(CPU).is_done
