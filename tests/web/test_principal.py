from hypothesis import given
from hypothesis import strategies as st

from hathor_rt.ids import DeviceId, PrincipalId
from web.principal import COOKIE_NAME, LIFETIME_SECONDS, RENEW_AFTER_SECONDS, Cookies, Identity, Presented, new_identity
from web.seals import Seal

KEY = bytes(32)
SOMEONE = Identity(PrincipalId("abc123"), DeviceId("dev1ce"), is_admitted=True)


class Clock:
    def __init__(self) -> None:
        self.seconds = 1_800_000_000

    def __call__(self) -> int:
        return self.seconds


def sent_back(set_cookie: str) -> str:
    return set_cookie.partition(";")[0]


def test_an_identity_survives_the_browser() -> None:
    cookies = Cookies(Seal(KEY, "identity"))
    header = f"theme=dark; {sent_back(cookies.write(SOMEONE, is_secure=False))}; other=1"
    assert cookies.read(header) == Presented(SOMEONE, is_due=False)


def test_scripts_and_other_sites_cannot_use_it_and_https_keeps_it_there() -> None:
    cookies = Cookies(Seal(KEY, "identity"))
    plain, secure = cookies.write(SOMEONE, is_secure=False), cookies.write(SOMEONE, is_secure=True)
    assert all(part in plain for part in ("; HttpOnly", "; SameSite=Lax", "; Path=/", f"; Max-Age={LIFETIME_SECONDS}"))
    assert "Secure" not in plain
    assert secure.endswith("; Secure")


def test_an_old_cookie_is_due_for_renewal_and_ends_after_a_year() -> None:
    clock = Clock()
    cookies = Cookies(Seal(KEY, "identity", clock))
    header = sent_back(cookies.write(SOMEONE, is_secure=False))
    clock.seconds += RENEW_AFTER_SECONDS + 1
    assert cookies.read(header) == Presented(SOMEONE, is_due=True)
    clock.seconds += LIFETIME_SECONDS
    assert cookies.read(header) is None


def test_a_genuine_seal_over_something_else_is_no_identity() -> None:
    seal = Seal(KEY, "identity")
    for content in ("abc", ["abc"], ["abc", "def"], ["abc", "def", 1], ["ABC!", "dev", True], {"p": 1}, None):
        assert Cookies(seal).read(f"{COOKIE_NAME}={seal.close(content)}") is None


def test_a_cookie_of_another_server_is_nobody() -> None:
    foreign = sent_back(Cookies(Seal(bytes(31) + b"x", "identity")).write(SOMEONE, is_secure=False))
    assert Cookies(Seal(KEY, "identity")).read(foreign) is None


@given(st.text())
def test_any_cookie_header_is_read_or_is_nobody(header: str) -> None:
    assert Cookies(Seal(KEY, "identity")).read(header) is None


def test_an_endless_header_is_nobody() -> None:
    cookies = Cookies(Seal(KEY, "identity"))
    assert cookies.read("x" * 10_000 + "; " + sent_back(cookies.write(SOMEONE, is_secure=False))) is None


def test_every_new_identity_is_another_device() -> None:
    first, second = new_identity(PrincipalId("abc")), new_identity(PrincipalId("abc"))
    assert first.principal == second.principal
    assert first.device != second.device
    assert not first.is_admitted
