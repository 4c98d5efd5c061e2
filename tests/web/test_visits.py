import pytest
from quart_trio import QuartTrio

from hathor_rt.accounts.guests import Guests
from hathor_rt.ids import DeviceId
from hathor_rt.refusals import UnknownPrincipal
from hathor_rt.storage.memory.opening import open_memory
from sync.units import Micros
from web.principal import Cookies, Identity
from web.proxies import Proxies
from web.seals import Seal
from web.visits import Visits


def visits() -> tuple[Visits, Guests, Cookies]:
    guests = Guests(open_memory(seed=1).principals, lambda: Micros(0))
    cookies = Cookies(Seal(bytes(32), "identity"))
    return Visits(guests, cookies, Proxies("")), guests, cookies


async def test_a_visitor_with_a_cookie_is_known() -> None:
    known, guests, cookies = visits()
    guest = await guests.create("Ann")
    header = cookies.write(Identity(guest.principal, DeviceId("d1"), is_admitted=False), is_secure=False).partition(
        ";"
    )[0]
    async with QuartTrio("tests").test_request_context("/", headers={"Cookie": header}):
        visit = known.begin()
        assert visit.identity == Identity(guest.principal, DeviceId("d1"), is_admitted=False)
        assert await known.person() == guest
        assert await known.person_or_guest() == guest
        assert known.cookie() is None


async def test_a_stranger_is_nobody_until_made_a_guest() -> None:
    known, guests, cookies = visits()
    async with QuartTrio("tests").test_request_context("/"):
        known.begin()
        with pytest.raises(UnknownPrincipal):
            await known.person()
        guest = await known.person_or_guest()
        assert await guests.get(guest.principal) == guest
        header = known.cookie()
        assert header is not None
        presented = cookies.read(header.partition(";")[0])
        assert presented is not None
        assert presented.identity.principal == guest.principal
        # The rest of the same request is the guest's.
        assert await known.person() == guest


async def test_admission_is_written_once() -> None:
    known, _, cookies = visits()
    async with QuartTrio("tests").test_request_context("/"):
        visit = known.begin()
        await known.admit()
        assert visit.is_admitted
        first = known.cookie()
        assert first is not None
    async with QuartTrio("tests").test_request_context("/", headers={"Cookie": first.partition(";")[0]}):
        visit = known.begin()
        assert visit.is_admitted
        await known.admit()
        assert known.cookie() is None
        presented = cookies.read(first.partition(";")[0])
        assert presented is not None
        assert presented.identity == visit.identity


@pytest.mark.parametrize(
    ("agent", "label"),
    [
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0) AppleWebKit/605 Version/19.0 Mobile Safari/604.1",
            "Safari on iPhone",
        ),
        ("Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/150.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/150.0 Safari/537.36 Edg/150.0", "Edge on Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 15) Gecko Firefox/150.0", "Firefox on Mac"),
        ("curl/8.0", "unknown device"),
        ("", "unknown device"),
    ],
)
async def test_a_device_is_labelled_in_words_its_owner_knows(agent: str, label: str) -> None:
    storage = open_memory(seed=1)
    known = Visits(Guests(storage.principals, lambda: Micros(0)), Cookies(Seal(bytes(32), "i")), Proxies(""))
    async with QuartTrio("tests").test_request_context("/", headers={"User-Agent": agent}):
        known.begin()
        guest = await known.person_or_guest()
    assert list((await storage.principals.devices(guest.principal)).values()) == [label]
