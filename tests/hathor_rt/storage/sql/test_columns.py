from dataclasses import asdict

from hathor_rt.storage.sql.columns import columns_of
from tests.conformance.records import file, invite, track


def test_columns_are_the_fields() -> None:
    for record in (track("a"), file("/1", "a"), invite("t1")):
        assert columns_of(record) == asdict(record)
