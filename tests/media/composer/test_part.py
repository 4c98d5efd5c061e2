from media.composer.bass import Bass
from media.composer.part import STEMS, Part
from media.composer.rhythm import Feel


def test_stems_have_the_names_separators_give_them() -> None:
    assert STEMS == ("drums", "bass", "other", "vocals")


def test_a_part_is_played_by_people_unless_said_otherwise() -> None:
    assert Part("bass", "bass", Bass(), ()).feel == Feel()
