"""What the server writes down about its work: one line a request, none of them about a person.

A line holds the method, the route (its pattern, not the address asked for), the status, the time
taken and a number of the request; no address of a caller, no name, no search words. The same
number stands in the answer (``X-Request-ID``) and in every error text, so that a report from a
user finds its line.
"""

from __future__ import annotations

import logging
import logging.config
import secrets
import time
from collections.abc import Callable
from typing import Any, Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger("kastor.web")

NUMBER = "X-Request-ID"
"""Header of the request's number."""

_UNKNOWN = "(no route)"
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


def set_up(form: Literal["text", "json"], level: str = "INFO") -> None:
    """
    Send the log to standard error.

    Parameters
    ----------
    form
        ``json`` for machines: one object a line; ``text`` for people.
    level
        Least serious level that is written: DEBUG, INFO, WARNING or ERROR.
    """
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "text": {"format": "%(asctime)s %(levelname)s %(message)s"},
                "json": {
                    "()": "pythonjsonlogger.json.JsonFormatter",
                    "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
                    "rename_fields": {"asctime": "at", "levelname": "level", "name": "logger"},
                },
            },
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": form}},
            "loggers": {
                "kastor": {"handlers": ["stderr"], "level": level, "propagate": False},
                # uvicorn's own access log would name callers and addresses asked for
                "uvicorn": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
            },
        }
    )


class Figures:
    """The numbers of one server for Prometheus."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "kastor_http_requests", "Answered requests.", ("method", "route", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "kastor_http_request_seconds", "Time until the answer was sent.", ("route",), buckets=_BUCKETS,
            registry=self.registry,
        )  # fmt: skip
        self.running = Gauge("kastor_http_requests_running", "Requests being answered.", registry=self.registry)
        self.tenants = Gauge("kastor_tenants_open", "Tenants held open.", registry=self.registry)
        self.runs = Gauge("kastor_runs", "Computations in the queue.", ("state",), registry=self.registry)


class RequestLog:
    """
    Numbers, times and counts every request and writes its line.

    Parameters
    ----------
    app
        What answers.
    figures
        Where counts go.
    """

    def __init__(self, app: ASGIApp, figures: Figures) -> None:
        self.app = app
        self.figures = figures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        number = secrets.token_hex(6)
        scope.setdefault("state", {})["number"] = number
        begun = time.perf_counter()
        status = [500]
        self.figures.running.inc()
        try:
            await self.app(scope, receive, _noting(send, status, number))
        finally:
            self.figures.running.dec()
            self._note(scope, status[0], time.perf_counter() - begun, number)

    def _note(self, scope: Scope, status: int, seconds: float, number: str) -> None:
        route = route_of(scope)
        self.figures.requests.labels(scope["method"], route, str(status)).inc()
        self.figures.seconds.labels(route).observe(seconds)
        level = logging.ERROR if status >= 500 else logging.INFO
        if log.isEnabledFor(level):
            fields = {"method": scope["method"], "route": route, "status": status, "request": number}
            milliseconds = round(seconds * 1000, 1)
            log.log(
                level, "%s %s %s in %s ms, request %s", scope["method"], route, status, milliseconds, number,
                extra={**fields, "milliseconds": milliseconds},
            )  # fmt: skip


def route_of(scope: Scope) -> str:
    """Pattern of the route that answered, such as ``/api/tenants/{tenant}``."""
    route: Any = scope.get("route")
    return str(getattr(route, "path", _UNKNOWN))


def _noting(send: Send, status: list[int], number: str) -> Callable[[Message], Any]:
    async def noting(message: Message) -> None:
        if message["type"] == "http.response.start":
            status[0] = message["status"]
            MutableHeaders(scope=message)[NUMBER] = number
        await send(message)

    return noting
