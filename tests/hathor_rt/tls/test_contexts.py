from pathlib import Path

import pytest

from hathor_rt.refusals import BadSetting
from hathor_rt.tls.contexts import server_context


def test_certificates_of_ones_own_that_cannot_be_used_are_a_bad_setting(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="cannot be used"):
        server_context(tmp_path / "none.pem", tmp_path / "none.key")
