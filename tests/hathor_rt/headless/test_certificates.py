import ssl

from hathor_rt.headless.certificates import client_context


def test_certificates_are_judged_unless_asked_otherwise() -> None:
    strict = client_context(accepts_any_certificate=False)
    assert strict.verify_mode is ssl.CERT_REQUIRED
    assert strict.check_hostname


def test_any_certificate_is_taken_when_asked_for() -> None:
    loose = client_context(accepts_any_certificate=True)
    assert loose.verify_mode is ssl.CERT_NONE
    assert not loose.check_hostname
