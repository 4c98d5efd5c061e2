from hypothesis import given
from hypothesis import strategies as st

from hathor_rt.ids import ConnectionId, DeviceId, PrincipalId
from sync.wire.codec import LENGTHS
from web.realtime.tickets import LIFETIME_SECONDS, Ticket, Tickets
from web.seals import Seal

TICKET = Ticket(ConnectionId("c" * 16), PrincipalId("p" * 16), DeviceId("d" * 16))


def test_a_ticket_says_whose_connection_it_was() -> None:
    tickets = Tickets(Seal(bytes(32), "resume"))
    text = tickets.write(TICKET)
    assert tickets.read(text) == TICKET
    assert len(text) <= LENGTHS["ticket"][1]


def test_it_is_good_for_a_day() -> None:
    seconds = [1_800_000_000]
    tickets = Tickets(Seal(bytes(32), "resume", lambda: seconds[0]))
    text = tickets.write(TICKET)
    seconds[0] += LIFETIME_SECONDS
    assert tickets.read(text) == TICKET
    seconds[0] += 1
    assert tickets.read(text) is None


def test_a_cookie_is_no_ticket() -> None:
    seal = Seal(bytes(32), "identity")
    assert Tickets(Seal(bytes(32), "resume")).read(seal.close(["a", "b", "c"])) is None
    assert Tickets(seal).read(seal.close(["a", "b"])) is None


@given(st.text(max_size=600))
def test_any_text_is_read_or_is_nothing(text: str) -> None:
    assert Tickets(Seal(bytes(32), "resume")).read(text) is None
