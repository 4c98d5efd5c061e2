import json

import pytest

from hathor_rt.cli.doctor import record, run, table
from hathor_rt.headless.refusals import BadAddress, Unreachable
from hathor_rt.refusals import BadSetting
from tests.hathor_rt.headless.test_examination import TIGHT


def examine(url: str = "http://127.0.0.1:9/", *, seconds: float = 10.0) -> None:
    run(url, seconds=seconds, as_json=False, accepts_any_certificate=False)


@pytest.mark.parametrize("seconds", [0, 3.9, 601, float("inf"), float("nan")])
def test_an_examination_has_a_sensible_length(seconds: float) -> None:
    with pytest.raises(BadSetting, match="--seconds"):
        examine(seconds=seconds)


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(BadAddress):
        examine("nowhere")


def test_a_server_that_is_not_there_is_told_as_such() -> None:
    with pytest.raises(Unreachable):
        examine()


def test_the_table_says_it_for_people() -> None:
    words = table("http://home:4280", TIGHT)
    assert "http://home:4280  (s)" in words
    assert "28 of 28 answered in 10 s" in words
    assert "0.30 ms at best, 0.40 ms usually, 0.90 ms in the slow tenth" in words
    assert "± 0.25 ms certified, drift +0.1 ± 5.0 ppm" in words
    assert words.splitlines()[-1] == TIGHT.remarks[0]


def test_the_record_says_it_for_programs() -> None:
    told = json.loads(record(TIGHT))
    assert told["clock_error"] == 250
    assert told["verdict"] == "tight"
    assert told["remarks"] == list(TIGHT.remarks)
