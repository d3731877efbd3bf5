"""The Celery application of the ``jobs``, ``asr`` and ``beat`` services, wired to this installation's settings.

``celery --app ops.worker:app`` imports it. Vosk's models are loaded in the parent, so that children share
them; Whisper's in each child, because it hangs when it is loaded before a fork. Connections to the database
are made in the child that uses them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache

from celery import signals
from celery.apps.worker import Worker

from asr import preload
from asr.choice import Recognisers, recognisers
from asr.engine import Pcm
from asr.transcript import Side, Transcript, merge_sides
from crm.jobs.celery_app import make_app, relay
from crm.jobs.work import JobContext, ModelChoice
from crm.services.centre import Centre
from ops import disk, field_keys, readiness
from ops import logging as huiyin_logging
from ops.checkpoints import Keeper
from ops.mailbox import mailbox_of, our_addresses
from ops.parent import end_with_parent
from ops.settings import Settings, load
from ops.store import local_store
from ops.ways_out import senders_of

_SPEECH = "asr"
_SIDES = (Side.CALLER, Side.AGENT)
_worker_name = ""
_speech: Recognisers | None = None


@cache
def _settings() -> Settings:
    return load()


def speech() -> Recognisers:
    """The recognisers of this process and, for Vosk's models, of its parent."""
    global _speech  # noqa: PLW0603  (what the parent loaded must be found by the children after the fork)
    if _speech is None:
        settings = _settings()
        _speech = recognisers(settings.models, settings.asr_ranks, settings.asr_language_map)
    return _speech


def recognise(channels: Sequence[Pcm], rate: int, language: str) -> Transcript:
    """One transcript of all channels; the first is the caller."""
    match = speech().batch(language)
    parts = [
        match.recogniser.transcribe(pcm, rate, match.language, side)
        for pcm, side in zip(channels, _SIDES, strict=False)
    ]
    return merge_sides(tuple(parts))


def choice(language: str) -> ModelChoice | None:
    """The model that a recording of this language would get now."""
    ranked = speech().ranked(language)
    if not ranked:
        return None
    best = ranked[0][0]
    return ModelChoice(best.engine, best.name, best.version, tuple((m.engine, m.name) for m, _ in ranked))


def has_room() -> bool:
    """Whether the disk has room for more than recordings."""
    return disk.tightest(_settings()).percent >= _settings().disk_stop_percent


def _now() -> datetime:
    return datetime.now(UTC)


@cache
def context() -> JobContext:
    """What the handlers of this process work with."""
    settings = _settings()
    database = field_keys.database(settings)
    return JobContext(
        database=database,
        store=local_store(settings),
        now=_now,
        audit_keeper=Keeper(settings, database, _now),
        recognise=recognise,
        has_room=has_room,
        choice=choice,
        senders=senders_of(settings),
        mailbox=mailbox_of(settings),
        our_addresses=our_addresses(settings),
        centre=Centre(
            settings.zone,
            node=settings.crm_node,
            quiet=settings.outbound.quiet,
            public_url=settings.public_url,
        ),
    )


app = make_app(_settings().broker_url, context, zone=_settings().timezone)


def _log(**_: object) -> None:
    huiyin_logging.configure(_worker_name or "celery", _settings().log_level)


def _before_fork(sender: Worker, **_: object) -> None:
    global _worker_name  # noqa: PLW0603  (children learn it by the fork)
    _worker_name = str(sender.hostname).partition("@")[0]
    if _worker_name == _SPEECH:
        preload.preload_before_fork(speech())


def _in_child(**_: object) -> None:
    end_with_parent()
    context.cache_clear()
    if _worker_name == _SPEECH:
        preload.preload_in_child(speech())


def _ready(**_: object) -> None:
    readiness.tell(_settings().run, _worker_name)
    if _worker_name != _SPEECH:
        try:
            relay(app, context())
        finally:
            context().database.dispose()


signals.setup_logging.connect(_log)
signals.worker_init.connect(_before_fork)
signals.worker_process_init.connect(_in_child)
signals.worker_ready.connect(_ready)
