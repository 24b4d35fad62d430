"""The web application of Kastor, top to bottom."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from threading import Thread

from fastapi import APIRouter, FastAPI
from fastapi.concurrency import run_in_threadpool
from starlette.routing import BaseRoute

import kastor
from kastor.cases.channels.intake import Intake
from kastor.cases.clockwork import CaseLoop
from kastor.cases.reception import receive
from kastor.cases.senders import SENDERS
from kastor.loading.worker import resume_all
from kastor.planning.worker import Worker
from kastor.store.errors import StoreError
from kastor.web import (
    account,
    administration,
    chat,
    comparison,
    corrections,
    crafts,
    datasets,
    decisions,
    desk,
    district,
    downloads,
    feature_edits,
    features,
    growth,
    guides,
    health,
    landing,
    maps,
    masterportal,
    mine,
    objects,
    open311,
    pages,
    passkeys,
    phone,
    planned_imports,
    plans,
    presentation,
    procedures,
    processes,
    proposals,
    provider,
    quantized_mesh,
    records,
    remote_processes,
    reports,
    result_files,
    result_values,
    results,
    section,
    session,
    statistics,
    storms,
    tenants,
    tiles,
    uploads,
    variants,
    vector_tiles,
    versions,
    wfs,
    wfs_transaction,
    whatsapp,
    wms,
)
from kastor.web.errors import answer_errors
from kastor.web.guard import Guard, Limits
from kastor.web.identity import identify
from kastor.web.logbook import Figures, RequestLog
from kastor.web.settings import Settings

ROUTERS = (
    # routes are tried one after the other: those asked most stand first, but special ones before those that take all
    quantized_mesh.router,
    tiles.router,
    features.router,
    vector_tiles.router,
    objects.router,
    tenants.router,
    health.router,
    session.router,
    provider.router,
    passkeys.router,
    account.router,
    administration.router,
    datasets.router,
    corrections.router,
    proposals.router,
    versions.router,
    district.router,
    statistics.router,
    reports.router,
    uploads.router,
    downloads.router,
    records.router,
    wms.router,
    wfs.router,
    wfs_transaction.router,
    masterportal.router,
    maps.router,
    feature_edits.router,
    processes.router,
    result_values.router,
    remote_processes.router,
    decisions.router,
    presentation.router,
    result_files.router,
    plans.router,
    plans.drafts,
    growth.router,
    guides.router,
    section.router,
    results.router,
    storms.router,
    variants.router,
    desk.router,
    procedures.router,
    planned_imports.router,
    comparison.router,
    chat.router,
    mine.router,
    crafts.router,
    crafts.page,
    whatsapp.router,
    phone.router,
    open311.router,
    open311.administration,
    landing.router,
    pages.router,
)

TENDED = 3600.0
"""Time between two looks at what was left lying. [s]"""

MESSAGES, MESSAGES_AT_ONCE = 20.0, 400.0
"""Messages to the chat from one address: for good [1/s] and at once."""

SIGN_INS, SIGN_INS_AT_ONCE = 0.2, 20.0
"""Tries to sign in from one address: for good [1/s] and at once."""

LINKS, LINKS_AT_ONCE = 0.05, 20.0
"""Links to own cases asked for, looked at or used from one address: for good [1/s] and at once."""


def create_app(settings: Settings | None = None) -> FastAPI:
    """
    The application over one directory of tenants.

    Parameters
    ----------
    settings
        From the environment when None.
    """
    settings = settings or Settings()
    app = FastAPI(title="Kastor", version=kastor.__version__, lifespan=at_work, docs_url=None, redoc_url=None)
    app.state.settings = settings
    app.state.tenants = {}
    app.state.figures = Figures()
    app.state.workers = []
    app.state.case_loop = None
    app.state.instance = None
    app.state.intake = None
    app.state.provider = None
    app.state.identify = identify
    app.state.demo = ()
    app.state.senders = SENDERS
    app.state.key_limits = Limits(settings.key_rate, settings.key_burst)
    app.state.sign_in_limits = Limits(SIGN_INS, SIGN_INS_AT_ONCE)
    app.state.link_limits = Limits(LINKS, LINKS_AT_ONCE)
    app.state.chat_limits = Limits(MESSAGES, MESSAGES_AT_ONCE)
    app.add_middleware(Guard, settings=settings)
    app.add_middleware(RequestLog, figures=app.state.figures)
    answer_errors(app)
    app.router.routes.extend(_routes())
    return app


@cache
def _routes() -> list[BaseRoute]:
    """All routes; what they take is found out once, however many applications a program makes."""
    gathered = APIRouter()
    for router in ROUTERS:
        gathered.include_router(router)
    return gathered.routes


@asynccontextmanager
async def at_work(app: FastAPI) -> AsyncIterator[None]:
    """Go on with uploads that were cut off, and compute; close the databases of all tenants when the server stops."""
    settings: Settings = app.state.settings
    await run_in_threadpool(resume_all, settings.home, settings.upload_days)
    tending = asyncio.create_task(tend(settings))
    # an application may be served twice at once, as tests do; each ends the workers it began
    workers = [Worker(settings.home) for _ in range(settings.workers)]
    threads = [Thread(target=worker.work) for worker in workers]
    loop = CaseLoop(settings.home, settings.cases_every, app.state.senders) if settings.cases_every else None
    if loop is not None:
        app.state.case_loop = loop
        intake = app.state.intake = Intake(settings.home, receive, settings.cases_every, loop.wake)
        threads += [Thread(target=loop.work, name="cases"), Thread(target=intake.work, name="intake")]
    app.state.workers = [*app.state.workers, *workers]
    for thread in threads:
        thread.start()
    yield
    tending.cancel()
    app.state.workers = [worker for worker in app.state.workers if worker not in workers]
    for worker in workers:
        worker.stop()
    if loop is not None:
        intake.stop()
        loop.stop()
    for thread in threads:
        await run_in_threadpool(thread.join)
    for tenant in app.state.tenants.values():
        tenant.close()
    if app.state.instance is not None:
        app.state.instance.close()


async def tend(settings: Settings) -> None:
    """Every hour, look after uploads that were cut off or abandoned."""
    while True:
        await asyncio.sleep(TENDED)
        try:
            await run_in_threadpool(resume_all, settings.home, settings.upload_days)
        except (StoreError, OSError) as error:
            logging.getLogger(__name__).warning("uploads cannot be looked after: %s", error)
