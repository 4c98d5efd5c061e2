"""``/metrics``: what the server counts of itself, in the text format that Prometheus and its kin collect.

The client library is imported by the first request: a server that nobody watches does without it.
"""

import hmac
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final

from quart import Response, request
from quart_trio import QuartTrio

from hathor_rt.observations import Distribution, Gauge, Observations
from sync.refusal import NotAllowed, Refusal
from web.locality import is_from_here
from web.services import WebServices

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from prometheus_client.metrics_core import Metric

PATH: Final = "/metrics"

_SCHEME: Final = "Bearer "

_Readings = tuple[tuple[Gauge, Mapping[str, float]], ...]


class MetricsResource:
    """Numbers for those who run the server: from this machine, or with the token of the settings."""

    def __init__(self, services: WebServices) -> None:
        self._services = services
        self._observations = services.application.observations
        self._registry: CollectorRegistry | None = None
        self._page: _Page | None = None

    def register(self, app: QuartTrio) -> None:
        """Add the route."""
        app.add_url_rule(PATH, "metrics", self.metrics)

    async def metrics(self) -> Response:
        """All numbers. Raises `NotAllowed`."""
        self._require_reader()
        readings = tuple([(gauge, await _read(gauge)) for gauge in self._observations.gauges])
        from prometheus_client import generate_latest
        from prometheus_client.exposition import CONTENT_TYPE_PLAIN_1_0_0

        body = generate_latest(self._ready_registry(readings))
        return Response(body, headers={"Cache-Control": "no-store"}, content_type=CONTENT_TYPE_PLAIN_1_0_0)

    def _require_reader(self) -> None:
        token = self._services.application.config.metrics_token
        given = request.headers.get("Authorization", "")
        if given:
            # Bytes: comparing texts demands ASCII.
            if token and hmac.compare_digest(given.encode(), (_SCHEME + token).encode()):
                return
            raise NotAllowed("this is not the token of the setting metrics_token")
        if is_from_here(self._services.visits.current.arrival.address, request.headers.keys()):
            return
        raise NotAllowed("metrics are for this machine, or for whoever sends the token of the setting metrics_token")

    def _ready_registry(self, readings: _Readings) -> "CollectorRegistry":
        from prometheus_client import CollectorRegistry, ProcessCollector

        if self._registry is None or self._page is None:
            self._page = _Page(self._observations)
            self._registry = CollectorRegistry(auto_describe=False)
            self._registry.register(self._page)
            ProcessCollector(registry=self._registry)
        self._page.readings = readings
        return self._registry


class _Page:
    """A collector: metrics are made when they are asked for, from numbers that are there anyway."""

    def __init__(self, observations: Observations) -> None:
        self._observations = observations
        self.readings: _Readings = ()

    def describe(self) -> Iterable["Metric"]:
        """None ahead of time: names are not checked by collecting everything once at registration."""
        return ()

    def collect(self) -> "Iterator[Metric]":
        """Everything, in the order of the page."""
        from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily

        seen = self._observations
        for gauge, values in self.readings:
            family = GaugeMetricFamily(f"hathor_{gauge.name}", gauge.meaning, labels=_labels(gauge.label))
            for label, value in values.items():
                family.add_metric([label] if gauge.label else [], value)
            yield family
        for name, meaning, count in (
            ("deliveries", "Broadcast frames taken by readers.", seen.deliveries),
            ("declined_deliveries", "Broadcast frames not taken by readers who were behind.", seen.declined),
            ("committed_writes", "Writes made durable.", seen.committed),
        ):
            yield CounterMetricFamily(f"hathor_{name}", meaning, value=count)
        for name, meaning, label, by_label in (
            ("segments", "Segments of sound sent, by where they were.", "source", seen.segments),
            ("segment_bytes", "Bytes of sound sent.", "quality", seen.segment_bytes),
            ("refusals", "Answers that were a refusal.", "code", seen.refusals),
            ("endings", "Realtime connections ended by the server.", "code", seen.endings),
        ):
            counter = CounterMetricFamily(f"hathor_{name}", meaning, labels=[label])
            for each, count in by_label.items():
                counter.add_metric([each], count)
            yield counter
        yield _histogram("accept_seconds", "Judging one update: guard, shadow, right.", seen.accept)
        yield _histogram("commit_seconds", "One group commit, until it is durable.", seen.commit)
        yield _histogram("loop_lag_seconds", "How late the event loop comes back to a sleeper.", seen.loop_lag)


def _histogram(name: str, meaning: str, distribution: Distribution) -> "Metric":
    from prometheus_client.metrics_core import HistogramMetricFamily

    buckets: list[tuple[str, float]] = []
    so_far = 0
    for bound, count in zip((*map(str, distribution.bounds), "+Inf"), distribution.counts, strict=True):
        so_far += count
        buckets.append((bound, so_far))
    family = HistogramMetricFamily(f"hathor_{name}", meaning)
    family.add_metric([], buckets, distribution.total)
    return family


async def _read(gauge: Gauge) -> Mapping[str, float]:
    try:
        return await gauge.read()
    except Refusal:  # storage is away: what it would say is missing, the rest is the more wanted
        return {}


def _labels(label: str) -> list[str]:
    return [label] if label else []
