import json
import ssl
from pathlib import Path

import pytest

from hathor_rt.cli import tls
from hathor_rt.config import Config
from hathor_rt.refusals import BadSetting

pytestmark = pytest.mark.slow


def test_a_certificate_is_made_once_and_read_without_the_library_afterwards(tmp_path: Path) -> None:
    config = Config(data=tmp_path)
    assert isinstance(tls.context_of(config), ssl.SSLContext)
    chain = (tmp_path / "tls" / "server.pem").read_bytes()
    tls.context_of(config)
    assert (tmp_path / "tls" / "server.pem").read_bytes() == chain


def test_a_certificate_near_its_end_or_for_other_names_is_made_anew(tmp_path: Path) -> None:
    config = Config(data=tmp_path)
    tls.context_of(config)
    note = tmp_path / "tls" / tls.PREPARED
    content = json.loads(note.read_text())
    note.write_text(json.dumps({**content, "expires": "2020-01-01T00:00:00Z"}))
    tls.context_of(config)
    assert json.loads(note.read_text())["expires"] == content["expires"]
    tls.context_of(Config(data=tmp_path, host="192.168.77.7"))
    assert "192.168.77.7" in json.loads(note.read_text())["asked"]


def test_it_explains_exports_and_renews(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = Config(data=tmp_path)
    tls.show(config)
    assert "Certificate Trust Settings" in capsys.readouterr().out
    tls.export(config, tmp_path / "out.pem")
    assert (tmp_path / "out.pem").read_text().startswith("-----BEGIN CERTIFICATE-----")
    before = (tmp_path / "tls" / "server.pem").read_bytes()
    tls.renew(config)
    assert (tmp_path / "tls" / "server.pem").read_bytes() != before


def test_half_of_an_own_certificate_is_a_bad_setting(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="belong together"):
        tls.context_of(Config(data=tmp_path, tls_cert="cert.pem"))
