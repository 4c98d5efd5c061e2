import base64
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hathor_rt.library.links import SegmentLinks
from hathor_rt.refusals import UnknownSegment
from media.rendition import Rendition

KEY = bytes(range(32))
links = SegmentLinks(KEY)
renditions = st.builds(
    Rendition,
    st.text(min_size=1, max_size=64),
    st.sampled_from(["opus", "flac"]),
    st.integers(0, 510),
    st.just(1000) | st.integers(500, 2000),
    st.just(0) | st.integers(-1200, 1200),
    st.booleans(),
)


@given(renditions, st.text(min_size=1, max_size=20), st.text(min_size=1, max_size=20))
def test_a_stem_is_named_with_the_model_that_made_it(plain: Rendition, model: str, stem: str) -> None:
    rendition = replace(plain, stem=stem, model=model)
    name = links.name(rendition)
    assert links.read(links.sign(name), name) == rendition
    assert name != links.name(plain)


@given(renditions)
def test_a_name_says_what_to_make_and_stands_in_a_path(rendition: Rendition) -> None:
    name = links.name(rendition)
    signature = links.sign(name)
    assert links.read(signature, name) == rendition
    assert len(signature) == 26
    assert set(name + signature) <= set("abcdefghijklmnopqrstuvwxyz234567")


def test_the_documented_example_holds() -> None:
    assert links.name(Rendition("ab", "opus", 128)) == "sqa2eylcurxxa5ltzsaa"
    assert links.name(Rendition("ab", "opus", 128, 800, -200, keeps_formants=True)) == "s4bkeylcurxxa5ltzsam2aza2h7trqy"


@given(renditions, st.data())
def test_no_other_name_or_signature_passes(rendition: Rendition, data: st.DataObject) -> None:
    name = links.name(rendition)
    signature = links.sign(name)
    at = data.draw(st.integers(0, 25))
    forged = signature[:at] + ("b" if signature[at] == "a" else "a") + signature[at + 1 :]
    other = links.name(replace(rendition, source=rendition.source + "x"))
    for wrong_signature, wrong_name in (
        (forged, name),
        (signature, other),
        (signature.upper(), name),
        (signature, name.upper()),
    ):
        with pytest.raises(UnknownSegment):
            links.read(wrong_signature, wrong_name)


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_is_refused_without_a_crash(signature: str, name: str) -> None:
    with pytest.raises(UnknownSegment):
        links.read(signature, name)


@pytest.mark.parametrize("name", ["", "a", "aaaaaaaa", "sqa2eylcurxxa5ltzsaa" * 30, "sqba"])
def test_a_name_that_is_ours_but_says_nothing_is_refused(name: str) -> None:
    with pytest.raises(UnknownSegment):
        links.read(links.sign(name), name)


@pytest.mark.parametrize(
    "content",
    [
        (2, "ab", "opus", 128),
        (1, "ab", "opus", 128, 800, 0, False),
        (2, "ab", "opus", 128, 499, 0, False),
        (2, "ab", "opus", 128, 800, 1201, False),
        (2, "ab", "opus", 128, 800, 0, 1),
        (3, "ab", "opus", 128, 800, 0, False),
        (),
        ("a",),
    ],
)
def test_forms_that_are_none_are_refused(content: tuple[object, ...]) -> None:
    name = base64.b32encode(msgspec.msgpack.encode(content)).decode().rstrip("=").lower()
    with pytest.raises(UnknownSegment):
        links.read(links.sign(name), name)


def test_another_key_ends_all_links() -> None:
    name = links.name(Rendition("ab"))
    with pytest.raises(UnknownSegment):
        SegmentLinks(b"x" * 32).read(links.sign(name), name)
