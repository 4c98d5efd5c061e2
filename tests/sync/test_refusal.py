"""Refusals are stable: their codes are part of the protocol."""

import pytest

from sync import refusal
from sync.refusal import Refusal

CLASSES = [each for each in vars(refusal).values() if isinstance(each, type) and issubclass(each, Refusal)]


def test_codes_are_unique_kebab_case_words() -> None:
    codes = [each.code for each in CLASSES]
    assert len(set(codes)) == len(codes)
    assert all(code == code.lower() and code.replace("-", "").isalpha() for code in codes)


def test_codes_never_change() -> None:
    assert {each.code for each in CLASSES} >= {
        "malformed-frame",
        "frame-too-large",
        "out-of-order",
        "wrong-protocol",
        "malformed-update",
        "update-too-large",
        "foreign-client-id",
        "missing-predecessor",
        "schema-violation",
        "not-allowed",
        "unknown-document",
        "unknown-entry",
        "nothing-to-play",
    }


@pytest.mark.parametrize("kind", CLASSES)
def test_every_refusal_explains_itself(kind: type[Refusal]) -> None:
    assert kind.__doc__
    refused = kind("Because.")
    assert refused.reason == "Because."
    assert str(refused) == "Because."
