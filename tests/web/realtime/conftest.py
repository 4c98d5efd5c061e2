import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hathor_rt.tls.authority import open_authority
from hathor_rt.tls.contexts import server_context
from tests.fakes.fanout_pair import Pair, connected
from tests.fakes.sockets import GatewayStand, gateway_stand


@pytest.fixture(scope="module")
def contexts(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    now = datetime.now(UTC)
    authority = open_authority(tmp_path_factory.mktemp("tls"), "laptop", now)
    made = authority.server_certificate(("localhost",), now)
    return server_context(made.chain, made.key), ssl.create_default_context(cafile=str(authority.certificate_file))


@pytest.fixture(params=["plain", "encrypted"])
async def pair(request: pytest.FixtureRequest, contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> AsyncIterator[Pair]:
    async with connected(contexts if request.param == "encrypted" else None) as made:
        yield made


@pytest.fixture
def stand(tmp_path: Path) -> GatewayStand:
    return gateway_stand(tmp_path)
