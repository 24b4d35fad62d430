"""Errors over HTTP: the only table from exception to status, and problem+json (RFC 9457)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from kastor.cases.absences import AbsenceError
from kastor.cases.appointments.craftsmen import CraftError
from kastor.cases.appointments.times import HoursError
from kastor.cases.appointments.visits import VisitError
from kastor.cases.engine import WrongMoment
from kastor.cases.gate import GateError
from kastor.cases.prices import PriceError
from kastor.cases.procedure import InvalidProcedure
from kastor.city.fields import InvalidValue
from kastor.formats.errors import FormatError
from kastor.loading import LoadingError
from kastor.loading.uploads import NoRoom, TooLarge, WrongOffset
from kastor.planning.remote.calls import RemoteError
from kastor.planning.variant import Disagreement
from kastor.process import InvalidInput, MissingData, ProcessError, TooMuch, Words
from kastor.store.cases import CaseErased, UnknownCase
from kastor.store.crafts import UnknownCraftsman, UnknownOrder
from kastor.store.errors import (
    DiskFull,
    InvalidFilter,
    InvalidGrant,
    InvalidKey,
    InvalidObject,
    InvalidPerson,
    InvalidTenantId,
    NothingToUndo,
    NotOpen,
    NumberTooLarge,
    ObjectExists,
    PersonExists,
    ReadOnly,
    SamePerson,
    StoreError,
    TooManyAttempts,
    UnknownDataset,
    UnknownObject,
    UnknownPerson,
    UnknownProposal,
    UnknownReport,
    UnknownTenant,
    VersionConflict,
    WeakPassword,
)
from kastor.store.expertises import InvalidExpertise, UnknownExpertise
from kastor.store.jobs import UnknownJob, WrongState
from kastor.store.plans import UnknownPlan
from kastor.store.procedure_versions import NewerVersion, ReleaseRefused, UnknownVersion
from kastor.store.remotes import InvalidRemote, UnknownRemote
from kastor.store.resolutions import Cited, ResolutionChanged, ResolutionSigned, UnknownResolution
from kastor.store.results import UnknownResult
from kastor.store.runs import TooManyRuns, UnknownRun
from kastor.store.variants import NoStep, TooManyVariants, UnknownVariant, VariantChanged


class NotFound(Exception):
    """What was asked for is not here."""


class Forbidden(Exception):
    """The caller may not do this; the message says who may."""


class NotSignedIn(Exception):
    """Nobody is signed in, and what was asked for is not for everybody."""


class TooSlow(Exception):
    """The body of a request did not come in time."""


class BadRequest(Exception):
    """A parameter has a value that makes no sense; the message names it, the value and what is allowed."""


class NotAcceptable(Exception):
    """The caller wants a form of the document that is not offered."""


class Unsupported(Exception):
    """A body is of a media type that cannot be read here."""


class PreconditionFailed(Exception):
    """The caller's copy is not the present one."""


class PreconditionRequired(Exception):
    """The caller does not say which version is meant."""


class BodyTooLarge(Exception):
    """A body is larger than is read here."""


class Unfit(Exception):
    """A body is readable, but what it says cannot be; the message names the value and the cure."""


class ProviderDown(Exception):
    """The identity provider does not answer as one should; other ways of signing in still work."""


class ProviderRefused(Exception):
    """What the identity provider sent does not prove who somebody is."""


class NoSuchProcess(Exception):
    """There is no process of this name."""


class NotReady(Exception):
    """A run has no results yet, or will have none."""


class RunFailed(Exception):
    """A run has failed; the message says why."""


STATUS: dict[type[Exception], int] = {
    NotFound: 404,
    NoSuchProcess: 404,
    NotReady: 404,
    UnknownRun: 404,
    UnknownResult: 404,
    UnknownPlan: 404,
    UnknownVariant: 404,
    UnknownResolution: 404,
    UnknownExpertise: 404,
    UnknownCase: 404,
    CraftError: 422,
    HoursError: 422,
    VisitError: 422,
    PriceError: 422,
    AbsenceError: 422,
    UnknownCraftsman: 404,
    UnknownOrder: 404,
    CaseErased: 410,
    WrongMoment: 409,
    GateError: 422,
    UnknownVersion: 404,
    NewerVersion: 409,
    ReleaseRefused: 409,
    InvalidProcedure: 422,
    InvalidExpertise: 422,
    ResolutionSigned: 409,
    ResolutionChanged: 412,
    Cited: 409,
    VariantChanged: 412,
    NoStep: 409,
    TooManyVariants: 409,
    UnknownRemote: 404,
    InvalidRemote: 409,
    RemoteError: 503,
    RunFailed: 422,
    InvalidInput: 400,
    MissingData: 422,
    TooMuch: 422,
    TooManyRuns: 429,
    UnknownTenant: 404,
    UnknownObject: 404,
    UnknownDataset: 404,
    UnknownReport: 404,
    UnknownProposal: 404,
    UnknownPerson: 404,
    NotSignedIn: 401,
    ProviderRefused: 401,
    ProviderDown: 503,
    InvalidGrant: 409,
    PersonExists: 409,
    InvalidKey: 422,
    InvalidPerson: 422,
    WeakPassword: 422,
    ReadOnly: 403,
    BadRequest: 400,
    NotAcceptable: 406,
    Unsupported: 415,
    PreconditionFailed: 412,
    PreconditionRequired: 428,
    BodyTooLarge: 413,
    Unfit: 422,
    TooSlow: 408,
    Forbidden: 403,
    InvalidFilter: 400,
    InvalidTenantId: 404,
    UnknownJob: 404,
    WrongState: 409,
    WrongOffset: 409,
    TooLarge: 413,
    DiskFull: 507,
    NoRoom: 507,
    LoadingError: 400,
    InvalidObject: 422,
    InvalidValue: 422,
    ObjectExists: 409,
    NumberTooLarge: 400,
    NothingToUndo: 409,
    NotOpen: 409,
    SamePerson: 403,
    VersionConflict: 412,
    FormatError: 503,
    StoreError: 503,
}

_PROCESSES = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0/"
TYPES: dict[type[Exception], str] = {
    NoSuchProcess: f"{_PROCESSES}no-such-process",
    UnknownRun: f"{_PROCESSES}no-such-job",
    NotReady: f"{_PROCESSES}result-not-ready",
}
"""Names standards give to errors."""

TITLES: dict[int, tuple[str, str]] = {
    400: ("Die Anfrage ist nicht verständlich", "The request makes no sense"),
    401: ("Bitte melden Sie sich an", "Please sign in"),
    403: ("Das dürfen Sie hier nicht", "You may not do this here"),
    404: ("Nicht gefunden", "Not found"),
    405: ("So geht das hier nicht", "Not possible here"),
    406: ("In dieser Form gibt es das nicht", "Not available in this form"),
    408: ("Zu langsam", "Too slow"),
    409: ("Das geht so nicht", "Not possible like this"),
    410: ("Das gibt es nicht mehr", "Gone"),
    412: ("Inzwischen hat jemand anderes es geändert", "Somebody else changed it meanwhile"),
    413: ("Zu groß", "Too large"),
    415: ("Diese Art von Daten wird hier nicht gelesen", "This kind of data is not read here"),
    422: ("Eine Angabe fehlt oder passt nicht", "A value is missing or does not fit"),
    428: ("Welcher Stand ist gemeint?", "Which version is meant?"),
    429: ("Zu viele Anfragen", "Too many requests"),
    500: ("Hier ist etwas schiefgegangen", "Something went wrong here"),
    507: ("Kein Platz mehr", "No room left"),
    503: ("Im Augenblick nicht erreichbar", "Not available right now"),
}


def problem(request: Request, status: int, detail: str, name: str = "about:blank") -> Response:
    """A problem+json answer in the language of the reader; ``name`` is the address that names the error."""
    title = TITLES.get(status, ("Ein Fehler ist aufgetreten", "Something went wrong"))[0 if is_german(request) else 1]
    body = {"type": name, "title": title, "status": status, "detail": detail, "instance": request.url.path}
    return Response(orjson.dumps(body), status, media_type="application/problem+json")


def is_german(request: Request) -> bool:
    """Whether who asks reads German, which is so when nothing is said."""
    return request.headers.get("accept-language", "de").lower().startswith("de")


def spoken(request: Request, texts: Iterable[Words]) -> list[str]:
    """Texts in the language of the reader."""
    return [text["de" if is_german(request) else "en"] for text in texts]


def _said(request: Request, error: Exception) -> str:
    """What an error says, in the language of the reader where it speaks both."""
    if isinstance(error, InvalidValue | ProcessError):
        return error.words["de" if is_german(request) else "en"]
    if isinstance(error, InvalidProcedure):
        return "\n".join(one.said("de" if is_german(request) else "en") for one in error.problems)
    return str(error)


def answer_errors(app: FastAPI) -> None:
    """Turn every exception of the table into its answer."""

    def handler(status: int, name: str) -> Callable[[Request, Exception], Response]:
        return lambda request, error: problem(request, status, _said(request, error), name)

    for exception, status in STATUS.items():
        app.add_exception_handler(exception, handler(status, TYPES.get(exception, "about:blank")))

    def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        details = "; ".join(f"{'.'.join(str(p) for p in e['loc'][1:])}: {e['msg']}" for e in error.errors())
        return problem(request, 422, details)

    def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return problem(request, error.status_code, str(error.detail))

    def unforeseen(request: Request, error: Exception) -> Response:
        # what the error says may hold data of people: it goes into the log of the server only
        number = getattr(request.state, "number", "")
        return problem(
            request, 500, f"The server made a mistake; nothing was changed. Tell the operator this number: {number}"
        )

    def disagreement(request: Request, error: Exception) -> Response:
        assert isinstance(error, Disagreement)
        said = orjson.loads(problem(request, 412, error.words["de" if is_german(request) else "en"]).body)
        sides = {"objects": error.objects, "revision": error.revision, "theirs": error.theirs, "mine": error.mine}
        return Response(orjson.dumps({**said, **sides}), 412, media_type="application/problem+json")

    def too_often(request: Request, error: Exception) -> Response:
        assert isinstance(error, TooManyAttempts)
        response = problem(request, 429, str(error))
        response.headers["Retry-After"] = str(error.wait)
        return response

    def not_signed_in(request: Request, error: Exception) -> Response:
        response = problem(request, 401, str(error))
        response.headers["WWW-Authenticate"] = 'Bearer realm="Kastor"'
        return response

    app.add_exception_handler(Disagreement, disagreement)
    app.add_exception_handler(NotSignedIn, not_signed_in)
    app.add_exception_handler(TooManyAttempts, too_often)
    app.add_exception_handler(Exception, unforeseen)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http)
