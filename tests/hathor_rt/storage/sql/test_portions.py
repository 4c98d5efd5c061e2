import pytest

from hathor_rt.storage.sql.portions import portions


@pytest.mark.parametrize("count", [0, 1, 499, 500, 501, 1_000, 1_234])
def test_portions_are_the_whole_in_order(count: int) -> None:
    some = [list(portion) for portion in portions(range(count))]
    assert [item for portion in some for item in portion] == list(range(count))
    assert all(0 < len(portion) <= 500 for portion in some)
