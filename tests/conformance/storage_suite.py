"""What every storage engine promises, port by port.

An engine's own tests give the fixture `storage` (empty for each test) and inherit these.
"""

from tests.conformance.documents_suite import DocumentSuite
from tests.conformance.jobs_suite import JobSuite
from tests.conformance.leases_suite import LeaseSuite
from tests.conformance.principals_suite import PrincipalSuite
from tests.conformance.rooms_suite import RoomSuite
from tests.conformance.secrets_suite import SecretSuite
from tests.conformance.tokens_suite import TokenSuite
from tests.conformance.tracks_suite import TrackSuite

__all__ = [
    "DocumentSuite",
    "JobSuite",
    "LeaseSuite",
    "PrincipalSuite",
    "RoomSuite",
    "SecretSuite",
    "TokenSuite",
    "TrackSuite",
]
