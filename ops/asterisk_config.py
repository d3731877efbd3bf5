"""Asterisk's configuration: rendered from ``asterisk-conf/`` into the home at every start, never into /etc."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ivr.routing_plan import LANGUAGES, Plan, default_plan, twin
from ops.ports import is_everywhere
from ops.settings import Settings

if TYPE_CHECKING:  # Asterisk starts without the database's library
    from crm.services.phones import Phone

CODE = Path(__file__).resolve().parent.parent
TEMPLATES = CODE / "asterisk-conf"
PROMPT_AUDIO = CODE / "ivr" / "prompts" / "audio"
PHONES_FILE = "pjsip_agents.conf"
"""Agents' endpoints: written from the database (ops.phones), kept when the rest is written anew."""
QUEUES_FILE = "queues.conf"
READER = "ami-reader-password"
OPERATOR = "ami-operator-password"
SWITCHBOARD = "ami-switchboard-password"
"""Names of the AMI users' passwords in HOME/secrets."""

REQUIRED_MODULES = (
    # The core's needs, in an order that loads.
    "res_timing_timerfd", "res_sorcery_memory", "res_sorcery_astdb", "res_sorcery_config", "res_crypto",
    "res_http_websocket", "res_pjproject", "res_pjsip", "res_pjsip_session", "res_pjsip_pubsub",
    "res_pjsip_authenticator_digest", "res_pjsip_endpoint_identifier_ip",
    "res_pjsip_endpoint_identifier_user", "res_pjsip_transport_websocket", "res_pjsip_registrar",
    "res_pjsip_sdp_rtp", "res_pjsip_caller_id", "res_pjsip_header_funcs", "res_pjsip_nat",
    "res_pjsip_rfc3326", "res_pjsip_refer", "res_rtp_asterisk", "res_srtp", "chan_pjsip",
    # Sound: formats, codecs, bridges, music.
    "format_pcm", "format_wav", "format_sln", "codec_ulaw", "codec_alaw", "codec_a_mu", "codec_g722",
    "codec_resample", "bridge_simple", "bridge_holding", "bridge_softmix", "bridge_builtin_features",
    "res_musiconhold",
    # The dialplan's applications and functions.
    "pbx_config", "res_speech", "res_agi", "app_stack", "app_exec", "app_playback", "app_read", "app_record",
    "app_mixmonitor", "app_queue", "app_dial", "app_bridgewait", "app_chanspy", "app_confbridge", "app_playtones",
    "app_userevent",
    "func_channel", "func_callerid", "func_strings", "func_logic", "func_env", "func_groupcount", "func_timeout",
    "func_cdr", "func_global", "func_devstate", "func_sprintf",
)  # fmt: skip

_SAFE_PATH = re.compile(r"\A/[A-Za-z0-9_./@+=:~-]*\Z")
_MAX_FILES = 65536


class ConfigError(Exception):
    """Asterisk cannot be configured this way; the text says why."""


@dataclass(frozen=True)
class Layout:
    """Folders as Asterisk sees them."""

    etc: Path
    state: Path
    run: Path
    logs: Path
    modules: Path
    data: Path


@dataclass(frozen=True)
class Limits:
    """Times of the dialplan, in seconds, and how often the fallback waits before it takes a message."""

    ivr_limit: int = 1800
    """Backstop of the IVR; longer than a message of five minutes that is heard and recorded again twice."""
    survey_limit: int = 180
    queue_round: int = 20
    fallback_round: int = 15
    fallback_turns: int = 3
    down_seconds: int = 4
    transfer_ring: int = 20
    """How long a colleague's phone rings."""
    rejoin_ring: int = 10
    outbound_ring: int = 45
    parked_round: int = 10
    """A caller who hears music while his agent is away looks so often whether he still is."""
    lost_rounds: int = 2


def render(
    settings: Settings,
    layout: Layout,
    passwords: tuple[str, str, str],
    boot_epoch: int,
    limits: Limits,
    plan: Plan | None = None,
) -> dict[str, str]:
    """Every configuration file by its name. ``passwords`` are the AMI reader's, operator's and switchboard's."""
    for path in (settings.spool, settings.prompts, CODE, *vars(layout).values()):
        if not _SAFE_PATH.match(str(path)):
            raise ConfigError(
                f"Asterisk cannot work in {path}: use letters, digits and _ . - only in the names of folders"
            )
    environment = _environment()
    rtp_start, _, rtp_end = settings.rtp_ports.partition("-")
    values = {
        "settings": settings,
        "layout": layout,
        "spool": settings.spool,
        "prompts": PROMPT_AUDIO,
        "own_prompts": settings.prompts,
        "code": CODE,
        **_plan_values(plan or default_plan()),
        "required_modules": REQUIRED_MODULES,
        "reader_password": passwords[0],
        "operator_password": passwords[1],
        "switchboard_password": passwords[2],
        "rtp_start": rtp_start,
        "rtp_end": rtp_end,
        # Refused calls need a channel for a moment, and a queue's agents need theirs.
        "max_channels": 2 * settings.max_calls + 20,
        "max_load": max(64, 32 * (os.cpu_count() or 1)),
        "max_files": _MAX_FILES,
        "boot_epoch": boot_epoch,
        "requeue_prompt": "fallback_sorry",
        "one_address": not is_everywhere(settings.bind),  # else each caller is told the address that he came to
        **vars(limits),
    }
    names = sorted(path.name for path in TEMPLATES.glob("*.conf"))
    return {name: environment.get_template(name).render(values) for name in names}


def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 -- these are configuration files, and nothing in them comes from a caller
    )


def _plan_values(plan: Plan) -> dict[str, object]:
    return {"plan": plan, "languages": LANGUAGES, "twin": twin}


def render_queues(plan: Plan) -> str:
    """The queues of a routing plan."""
    return _environment().get_template(QUEUES_FILE).render(_plan_values(plan))


def render_phones(phones: Iterable[Phone]) -> str:
    """The agents' endpoints."""
    return _environment().get_template(f"{PHONES_FILE}.jinja").render(phones=phones)


def write(folder: Path, files: dict[str, str]) -> None:
    """Put the files into ``folder``, readable by their owner alone; files of an older release go away."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for stale in folder.glob("*.conf"):
        if stale.name not in {*files, PHONES_FILE}:
            stale.unlink()
    for name, text in files.items():
        put(folder / name, text)


def put(path: Path, text: str) -> bool:
    """Write one file whole, readable by its owner alone; False when it is like that already."""
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return False
    new = path.with_name(f".{path.name}.new")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    new.rename(path)
    return True
