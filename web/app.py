"""The HTTP application: which resources there are, and what holds for every request."""

from http import HTTPStatus

import structlog
import trio
from quart import Response, request
from quart_trio import QuartTrio
from werkzeug.exceptions import HTTPException

from hathor_rt.observations import Observations
from hathor_rt.refusals import TooMany
from sync.refusal import Refusal
from web.answers import ErrorBody
from web.bodies import LONGEST_BODY, answer, refusal_response
from web.headers import GUARDS
from web.hosts import Hosts
from web.http.health import HealthResource
from web.http.instance import InstanceResource
from web.http.manifests import ManifestResource
from web.http.metrics import PATH as METRICS
from web.http.metrics import MetricsResource
from web.http.pages import PagesResource
from web.http.rooms import RoomsResource
from web.http.sessions import SessionResource
from web.http.stems import StemsResource
from web.http.tracks import TracksResource
from web.limits import Limits
from web.services import WebServices
from web.visits import Visit

RESOURCES = (
    SessionResource,
    RoomsResource,
    TracksResource,
    ManifestResource,
    StemsResource,
    InstanceResource,
    HealthResource,
    MetricsResource,
    PagesResource,
)

_READING = frozenset({"GET", "HEAD", "OPTIONS"})
# Supervisors ask by whatever address they know.
_FOR_ANY_HOST = frozenset({"/healthz", "/readyz"})
# A client that is this slow with 64 KiB is not sending a request.
_BODY_SECONDS = 10

_log = structlog.get_logger("hathor.http")


def make_app(services: WebServices, hosts: Hosts) -> QuartTrio:
    """The application with all resources.

    Args:
        services: What resources may call.
        hosts: Which Host and Origin headers are ours.
    """
    app = QuartTrio("web", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = LONGEST_BODY
    app.config["BODY_TIMEOUT"] = _BODY_SECONDS
    for resource in RESOURCES:
        resource(services).register(app)
    gate = _Gate(services, hosts)
    app.before_request(gate.enter)
    app.after_request(gate.leave)
    app.register_error_handler(Refusal, _Refusals(services.application.observations).answer)
    app.register_error_handler(HTTPException, _on_http_exception)
    app.register_error_handler(Exception, _on_exception)
    return app


class _Gate:
    """What every request passes on its way in and out."""

    def __init__(self, services: WebServices, hosts: Hosts) -> None:
        self._visits = services.visits
        self._hosts = hosts
        self._limits = Limits(services.application.config.api_per_minute)

    async def enter(self) -> Response | None:
        """Judge Host, Origin and rate; a response here is the answer."""
        visit = self._visits.begin()
        # A page of another site cannot know the token, which the resource judges.
        if request.path in _FOR_ANY_HOST or (request.path == METRICS and "Authorization" in request.headers):
            return None
        self._hosts.require_host(visit.arrival.host)
        if request.method not in _READING:
            self._hosts.require_origin(request.headers.get("Origin"), visit.arrival.host)
        return self._throttle(visit) if request.path.startswith("/api/") else None

    async def leave(self, response: Response) -> Response:
        """Add what every answer carries."""
        for name, value in GUARDS:
            response.headers.setdefault(name, value)
        cookie = self._visits.cookie()
        if cookie is not None:
            response.headers.add("Set-Cookie", cookie)
        return response

    def _throttle(self, visit: Visit) -> Response | None:
        key = visit.identity.principal if visit.identity else visit.arrival.address
        wait = self._limits.take(key, trio.current_time())
        if not wait:
            return None
        response = refusal_response(TooMany("too many requests; this one can be repeated in a moment"))
        response.headers["Retry-After"] = str(int(wait) + 1)
        return response


class _Refusals:
    """Tells refusals, and counts them."""

    def __init__(self, observations: Observations) -> None:
        self._observations = observations

    async def answer(self, refusal: Refusal) -> Response:
        self._observations.refusals[refusal.code] += 1
        return refusal_response(refusal)


async def _on_http_exception(error: HTTPException) -> Response:
    """Unknown paths, wrong methods, oversized bodies: in the same form as refusals."""
    status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
    response = answer(ErrorBody(status.phrase.lower().replace(" ", "-"), error.description or status.phrase), status)
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After", "Location"}:
            response.headers[name] = value
    return response


async def _on_exception(error: Exception) -> Response:
    """A bug: told in the log, not to the outside."""
    _log.error("request failed", path=request.path, method=request.method, exc_info=error)
    reason = "something went wrong on the server; it has been logged"
    return answer(ErrorBody("internal-error", reason), HTTPStatus.INTERNAL_SERVER_ERROR)
