from hathor_rt.headless import refusals
from hathor_rt.headless.refusals import TurnedAway
from sync.refusal import Refusal


def test_what_the_server_said_is_told_in_its_own_words() -> None:
    told = TurnedAway("kicked", "the host asked you to leave")
    assert (told.code, told.reason) == ("kicked", "the host asked you to leave")
    assert isinstance(told, Refusal)


def test_codes_are_unlike_each_other() -> None:
    codes = [each.code for each in Refusal.__subclasses__() if each.__module__ == refusals.__name__]
    assert len(codes) >= 6
    assert len(set(codes)) == len(codes)
