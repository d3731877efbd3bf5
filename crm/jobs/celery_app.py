"""The door to Celery: an application whose only message is "look at this row of the book"."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import structlog
from celery import Celery
from celery.schedules import crontab

from crm.jobs import (
    aftercare,
    analysis,
    book,
    emergencies,
    fairness,
    key_figures,
    mail_poll,
    reports,
    shifts,
    terms,
    training,
    work,
)
from crm.jobs.audit_keeping import VERIFY_AUDIT, checkpoint
from crm.jobs.customers import MARK_ELDERLY
from crm.jobs.integrity import VERIFY
from crm.jobs.reseal import RESEAL
from crm.jobs.sampling import EVERY as SAMPLING_SECONDS
from crm.jobs.sampling import tick as sampling_tick
from crm.jobs.table import HANDLERS, ON_DEAD
from crm.jobs.transcribe import look_for_models
from crm.jobs.work import JobContext
from crm.services.jobs import DEFAULT_QUEUE, SPEECH_QUEUE, enqueue

log = structlog.get_logger(__name__)

RUN = "huiyin.run"
RELAY = "huiyin.relay"
MODELS = "huiyin.look_for_models"
NIGHTLY = "huiyin.nightly"
AFTERCARE = "huiyin.aftercare"
EMERGENCIES = "huiyin.emergencies"
ANALYSIS = "huiyin.analysis"
KEY_FIGURES = "huiyin.key_figures"
FAIRNESS = "huiyin.fairness"
CHECKPOINT = "huiyin.checkpoint"
MAIL = "huiyin.mail"
SAMPLING = "huiyin.sampling"
SHIFTS = "huiyin.shifts"
TRAINING = "huiyin.training"
TERMS = "huiyin.terms"
TERMS_SECONDS = 30.0
RELAY_SECONDS = 5.0
REPORTS = "huiyin.reports"
TOP_UP = 50
"""The relay keeps at most this many messages waiting in a queue: more would say nothing new."""
CHILD_MEMORY_KB = 1_800_000
"""A child that grew beyond this is replaced after its job. Pages shared with the parent count, too."""
CHILD_JOBS = 200


TICKS: Mapping[str, Callable[[JobContext], object]] = {
    MODELS: look_for_models,
    TERMS: terms.tick,
    EMERGENCIES: emergencies.tick,
    ANALYSIS: analysis.tick,
    KEY_FIGURES: key_figures.tick,
    FAIRNESS: fairness.tick,
    MAIL: mail_poll.tick,
    AFTERCARE: aftercare.tick,
    SAMPLING: sampling_tick,
    CHECKPOINT: checkpoint,
    SHIFTS: shifts.tick,
    TRAINING: training.tick,
    REPORTS: reports.tick,
}
"""What the beat asks for by its name alone."""


def make_app(broker_url: str, context: Callable[[], JobContext], *, zone: str) -> Celery:
    """The application. ``context`` is called in the process that works, never before a fork."""
    app = Celery("huiyin", broker=_broker(broker_url))
    app.conf.update(
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=False,
        task_default_queue=DEFAULT_QUEUE,
        task_routes={name: {"queue": DEFAULT_QUEUE} for name in (RELAY, NIGHTLY, TERMS)},
        worker_prefetch_multiplier=1,
        worker_max_tasks_per_child=CHILD_JOBS,
        worker_max_memory_per_child=CHILD_MEMORY_KB,
        worker_hijack_root_logger=False,
        worker_send_task_events=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options={
            "visibility_timeout": 6 * 3600,
            "socket_timeout": 5,
            "socket_connect_timeout": 2,
            "max_retries": 0,
        },
        timezone=zone,
        enable_utc=True,
        beat_schedule={
            "relay": {"task": RELAY, "schedule": RELAY_SECONDS, "options": {"expires": RELAY_SECONDS}},
            "models": {"task": MODELS, "schedule": 30.0, "options": {"expires": 30.0}},
            "terms": {"task": TERMS, "schedule": TERMS_SECONDS, "options": {"expires": TERMS_SECONDS}},
            "aftercare": {"task": AFTERCARE, "schedule": aftercare.EVERY, "options": {"expires": aftercare.EVERY}},
            "emergencies": {"task": EMERGENCIES, "schedule": 30.0, "options": {"expires": 30.0}},
            "analysis": {"task": ANALYSIS, "schedule": 60.0, "options": {"expires": 60.0}},
            "sampling": {"task": SAMPLING, "schedule": SAMPLING_SECONDS, "options": {"expires": SAMPLING_SECONDS}},
            "reports": {"task": REPORTS, "schedule": 60.0, "options": {"expires": 60.0}},
            "kpi": {"task": KEY_FIGURES, "schedule": key_figures.EVERY, "options": {"expires": key_figures.EVERY}},
            "shifts": {"task": SHIFTS, "schedule": shifts.EVERY, "options": {"expires": shifts.EVERY}},
            "training": {"task": TRAINING, "schedule": training.EVERY, "options": {"expires": training.EVERY}},
            "fairness": {"task": FAIRNESS, "schedule": fairness.EVERY, "options": {"expires": fairness.EVERY}},
            "mail": {"task": MAIL, "schedule": 60.0, "options": {"expires": 60.0}},
            "checkpoint": {"task": CHECKPOINT, "schedule": 600.0, "options": {"expires": 600.0}},
            "nightly": {"task": NIGHTLY, "schedule": crontab(hour=3, minute=17)},
        },
    )
    _add_tasks(app, context)
    return app


def _broker(url: str) -> str:
    """Celery's name for a Redis on a unix socket."""
    return "redis+socket://" + url.removeprefix("unix://") if url.startswith("unix://") else url


def _add_tasks(app: Celery, context: Callable[[], JobContext]) -> None:
    @app.task(name=RUN)  # type: ignore[untyped-decorator]  # Celery has no types
    def run(job_id: int) -> None:
        work.run(job_id, context(), HANDLERS, ON_DEAD)

    @app.task(name=RELAY)  # type: ignore[untyped-decorator]  # Celery has no types
    def relay_task() -> None:
        relay(app, context())

    for name, tick in TICKS.items():
        app.task(name=name)(_ticking(tick, context))

    @app.task(name=NIGHTLY)  # type: ignore[untyped-decorator]  # Celery has no types
    def nightly() -> None:
        ask_nightly(context())


def _ticking(tick: Callable[[JobContext], object], context: Callable[[], JobContext]) -> Callable[[], None]:
    def ticking() -> None:
        tick(context())

    return ticking


def ask_nightly(context: JobContext) -> None:
    """Write the jobs of a night into the book, once a day."""
    now = context.now()
    aftercare.nightly(context.database, now)
    with context.database.write() as session:
        for kind in (VERIFY, VERIFY_AUDIT, RESEAL, MARK_ELDERLY):
            enqueue(session, kind, {}, now=now, unique_key=f"{kind}:{now:%Y-%m-%d}")


def relay(app: Celery, context: JobContext) -> int:
    """Ring again for what is due and was not heard of; bury what died in its last attempt. Gives the bells rung."""
    now = context.now()
    with context.database.write() as session:
        for buried in book.bury_lost(session, now=now):
            work.mourn(session, buried, ON_DEAD, now)
    rung = 0
    for queue in (DEFAULT_QUEUE, SPEECH_QUEUE):
        room = TOP_UP - _waiting(app, queue)
        if room > 0:
            with context.database.write() as session:
                calls = book.to_ring(session, now=now, queue=queue, limit=room)
            ring(app, [call.id for call in calls], queue)
            rung += len(calls)
    return rung


def _waiting(app: Celery, queue: str) -> int:
    with app.connection_for_read() as connection:
        return int(connection.default_channel.client.llen(queue))


def ring(app: Celery, job_ids: Sequence[int], queue: str) -> None:
    """Tell the workers of these jobs. Never fails and never waits: what is not heard now, the relay rings for."""
    for job_id in job_ids:
        try:
            app.send_task(RUN, (job_id,), queue=queue, retry=False, ignore_result=True)
        except Exception as error:  # noqa: BLE001  (whatever a broker that is down raises: it is only the bell)
            log.warning("bell_not_rung", jobs=len(job_ids), error=type(error).__name__)
            return


def bell(app: Celery, queue: str = SPEECH_QUEUE) -> Callable[[Sequence[int]], None]:
    """A function that rings for jobs of one queue."""

    def ring_these(job_ids: Sequence[int]) -> None:
        ring(app, job_ids, queue)

    return ring_these
