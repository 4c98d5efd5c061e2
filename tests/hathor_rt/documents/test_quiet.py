from hathor_rt.documents.quiet import QUIET_AFTER, Quiet
from sync.units import Micros


def test_documents_rest_once_when_they_were_left_alone_for_long_enough() -> None:
    quiet = Quiet()
    assert not quiet.note(Micros(5), has_changed=True)
    assert quiet.due_at == QUIET_AFTER + 5
    assert not quiet.note(Micros(QUIET_AFTER + 4), has_changed=False)
    assert quiet.note(Micros(QUIET_AFTER + 5), has_changed=False)
    assert not quiet.note(Micros(3 * QUIET_AFTER), has_changed=False)


def test_documents_that_never_changed_are_not_waited_for() -> None:
    quiet = Quiet()
    assert not quiet.note(QUIET_AFTER, has_changed=False)
    assert quiet.due_at is None


def test_every_change_puts_the_rest_off() -> None:
    quiet = Quiet()
    for at in (0, 4_000_000, 9_000_000):
        quiet.note(Micros(at), has_changed=True)
    assert not quiet.note(Micros(QUIET_AFTER), has_changed=False)
    assert quiet.note(Micros(9_000_000 + QUIET_AFTER), has_changed=False)
