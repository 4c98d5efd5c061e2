from dataclasses import FrozenInstanceError, fields

import pytest

from web.services import WebServices


def test_the_record_of_services_is_put_together_once() -> None:
    services = WebServices(**{each.name: None for each in fields(WebServices)})  # type: ignore[arg-type]  # never used
    with pytest.raises(FrozenInstanceError):
        services.application = None  # type: ignore[misc, assignment]  # that is the point
