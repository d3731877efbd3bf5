"""Every setting of the product: name, default, meaning. Read from ``HUIYIN_*`` environment variables.

Each value may instead be given as a file: ``HUIYIN_X_FILE=/path`` sets ``HUIYIN_X`` to the file's content
(for secrets). A bad value stops the start with a sentence that names the variable. ``docs/settings.md`` lists
the same table, and a test fails when one of the two misses a row.
"""

from __future__ import annotations

import os
import re
from functools import cached_property
from pathlib import Path
from typing import Annotated, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from crm.domain.outbound import DEFAULT_ALLOW, OutboundRules, parse_quiet, parse_rates

PREFIX = "HUIYIN_"


class SettingsError(Exception):
    """A setting has a value that cannot be used; the text names the variable and says what is wrong."""


def _port_range(text: str) -> str:
    low, dash, high = text.partition("-")
    if not (dash and low.isdigit() and high.isdigit() and 1024 <= int(low) < int(high) <= 65535):
        raise ValueError("must be LOW-HIGH within 1024-65535, as 10000-10999")
    return text


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError) as error:
        raise ValueError("must be the name of a time zone, as Asia/Shanghai") from error
    return name


def _language_map(text: str) -> str:
    for pair in filter(None, text.split(",")):
        line, equals, model = pair.partition("=")
        if not (equals and line.strip() and model.strip()):
            raise ValueError("must be LANGUAGE=LANGUAGE pairs joined by commas, as zh=ko")
    return text


_DIAL_PATTERN = re.compile(r"(?:[0-9XZN]|\[[0-9]-[0-9]\]){3,20}")


def _dial_pattern(text: str) -> str:
    if not _DIAL_PATTERN.fullmatch(text):
        raise ValueError("must be numbers of 3 to 20 places with X, Z, N or [3-9] for some of them, as 1[3-9]XXXXXXXXX")
    return text


def _quiet(text: str) -> str:
    parse_quiet(text)
    return text


def _rates(text: str) -> str:
    parse_rates(text)
    return text


Port = Annotated[int, Field(ge=0, le=65535)]


class Settings(BaseModel):
    """The settings of one installation. Paths are absolute after reading."""

    model_config = ConfigDict(frozen=True, validate_default=True)

    home: Path = Field(Path("var"), description="All state: database, recordings, spool, settings, logs")
    demo: bool = Field(False, description="Make demo accounts and let `huiyin accounts` show their passwords")
    bind: str = Field("127.0.0.1", description="Address that web pages, SIP and the web socket listen on")
    web_port: Port = Field(8080, description="Pages and API")
    sip_port: Port = Field(5060, description="SIP over UDP")
    ws_port: Port = Field(8088, description="Asterisk's web socket for browser phones")
    agi_port: Port = Field(4573, description="FastAGI server, loopback only")
    ami_port: Port = Field(5038, description="Asterisk Manager Interface, loopback only")
    rtp_ports: Annotated[str, AfterValidator(_port_range)] = Field("10000-10999", description="RTP, LOW-HIGH")
    tls_cert: Path | None = Field(
        None, description="Certificate (PEM): pages and API become https, the web socket wss; needs the key"
    )
    tls_key: Path | None = Field(None, description="Private key (PEM) of the certificate; needs the certificate")
    proxies: Annotated[int, Field(ge=0, le=9)] = Field(
        0, description="Reverse proxies before the pages that are believed about the browser's address and https"
    )
    trunk_hosts: tuple[str, ...] = Field(
        ("127.0.0.2",),
        description="Addresses of the trunk, joined by commas; never one that browsers or desk phones use",
    )
    trunk_out: Annotated[str, Field(pattern=r"^(sip:[A-Za-z0-9.-]+(:[0-9]{1,5})?)?$")] = Field(
        "", description="The trunk for calls that agents make, sip:HOST or sip:HOST:PORT; empty: nobody dials out"
    )
    dial_patterns: tuple[Annotated[str, AfterValidator(_dial_pattern)], ...] = Field(
        DEFAULT_ALLOW,
        description="Numbers that agents may dial, joined by commas: digits, X (0-9), Z (1-9), N (2-9), [3-9]",
    )
    out_quiet: Annotated[str, AfterValidator(_quiet)] = Field(
        "22:00-08:00", description="Hours in which no customer is called unless he agreed, in the centre's zone"
    )
    out_customer_daily: Annotated[int, Field(ge=1, le=100)] = Field(
        3, description="Calls a day that agents may make to one customer"
    )
    out_agent_daily: Annotated[int, Field(ge=1, le=10_000)] = Field(
        100, description="Calls a day that an agent may make"
    )
    out_spend_daily: Annotated[int, Field(ge=0)] = Field(20_000, description="Fen that agents' calls may cost in a day")
    out_rates: Annotated[str, AfterValidator(_rates)] = Field(
        "", description="Fen a minute by number, PATTERN=FEN joined by commas; the first that fits counts"
    )
    out_rate: Annotated[int, Field(ge=0, le=100_000)] = Field(15, description="Fen a minute of any other number")
    hotline: Annotated[str, Field(pattern=r"^[0-9]{3,15}$")] = Field("95000", description="The hotline's number")
    database_url: str = Field("", description="SQLAlchemy URL; empty: SQLite in the home")
    redis_url: str = Field("", description="Redis URL; empty: an own Redis on a unix socket in the home")
    public_url: Annotated[str, Field(pattern=r"^(https?://[^\s/]+)?$")] = Field(
        "", description="Address at which customers reach the pages, as https://help.example; empty: receipts name none"
    )
    imap_host: str = Field("", description="Mail server whose mailbox is read for complaints; empty: none is read")
    imap_port: Port = Field(993, description="Its port: 993 with tls, 143 with starttls")
    imap_security: Annotated[str, Field(pattern=r"^(tls|starttls|none)$")] = Field(
        "tls", description="How the line to the mailbox is kept secret: tls, starttls, or none on this machine only"
    )
    imap_user: str = Field("", description="Name to log in to the mailbox with")
    imap_password: str = Field("", description="Password to log in to the mailbox with")
    imap_folder: str = Field("INBOX", description="Folder that is read; mails stay in it, marked as read")
    imap_ca: Path | None = Field(
        None, description="Certificates (PEM) that the mailbox's server is known by; empty: the system's"
    )
    smtp_host: str = Field("", description="Mail server that takes outgoing mail; empty: mail waits (a demo keeps it)")
    smtp_port: Port = Field(587, description="Its port: 587 with starttls, 465 with tls")
    smtp_security: Annotated[str, Field(pattern=r"^(starttls|tls|none)$")] = Field(
        "starttls", description="starttls, tls, or none (only within one machine)"
    )
    smtp_user: str = Field("", description="Name to log in to the mail server with; empty: no login")
    smtp_password: str = Field("", description="Password to log in to the mail server with")
    smtp_ca: Path | None = Field(
        None, description="Certificates (PEM) to believe a mail server by; empty: the system's"
    )
    mail_from: Annotated[str, Field(pattern=r"^[^\r\n]*[^\s@<>]+@[^\s@<>]+>?$")] = Field(
        "service@bank.example", description="Sender of outgoing mail, as service@bank.example or NAME <address>"
    )
    sms_provider: Path | None = Field(
        None,
        description="File (TOML) that describes the provider of text messages; empty: they wait (a demo keeps them)",
    )
    sms_secret: str = Field("", description="Key of the provider of text messages, {secret} in its file")
    timezone: Annotated[str, AfterValidator(_zone)] = Field("Asia/Shanghai", description="The centre's zone")
    node: Annotated[int, Field(ge=1, le=89)] = Field(
        1, description="Number of this phone node, in ticket numbers and call ids"
    )
    crm_node: Annotated[int, Field(ge=90, le=99)] = Field(
        90, description="Node part of ticket numbers that the CRM makes"
    )
    max_calls: Annotated[int, Field(ge=1, le=2000)] = Field(
        200, description="Calls at once; one more is refused with 503"
    )
    event_streams: Annotated[int, Field(ge=10, le=2000)] = Field(
        300, description="Event streams at once, each a thread of the pages; programs get four fifths of them"
    )
    callback_after: Annotated[int, Field(ge=5, le=3600)] = Field(
        60, description="Seconds in a queue before a callback is offered"
    )
    answer_days: Annotated[int, Field(ge=1, le=15)] = Field(
        7, description="Days within which an answer is promised to a complaint by phone"
    )
    numbers_ahead: Annotated[int, Field(ge=0, le=500)] = Field(
        20, description="Ticket numbers whose last five digits are rendered ahead, for Mandarin; 0: none"
    )
    default_language: Annotated[str, Field(pattern=r"^(zh|en)$")] = Field(
        "zh", description="Language that a call begins in"
    )
    asr_language_map: Annotated[str, AfterValidator(_language_map)] = Field(
        "", description="Recognise calls of one language with another's models, as zh=ko; empty: none"
    )
    asr_ranks: str = Field(
        "",
        description="Ranked engines per language, as zh:vosk,whisper;ko:whisper,vosk; empty: the shipped table",
    )
    asr_workers: Annotated[int, Field(ge=1, le=64)] = Field(1, description="Transcriptions at once")
    models_dir: Path | None = Field(None, description="Folder of Vosk models; empty: models in the home")
    models_url: str = Field(
        "https://alphacephei.com/vosk/models",
        description="The vendor's site for Vosk models; empty: do not ask it",
    )
    models_timeout: Annotated[float, Field(gt=0, le=600)] = Field(
        4.0, description="Seconds to wait for the vendor's site"
    )
    models_sha256: str = Field(
        "", description="Pinned archives, as NAME=HEX joined by commas; else recorded at first use"
    )
    asterisk_root: Path | None = Field(
        None, description="Private Asterisk root; empty: .cache/asterisk-root beside the code"
    )
    prompts_dir: Path | None = Field(
        None, description="Replaced prompts, LANGUAGE/NAME.wav; empty: prompts in the home"
    )
    disk_warn_percent: Annotated[float, Field(ge=0, le=100)] = Field(
        15.0, description="Free disk under which doctor and /readyz warn"
    )
    disk_stop_percent: Annotated[float, Field(ge=0, le=100)] = Field(
        5.0, description="Free disk under which transcription and exports wait, so that recordings have room"
    )
    spool_days: Annotated[int, Field(ge=1, le=3650)] = Field(
        7, description="Days that a call's spool folder stays after its recordings are in the store"
    )
    log_level: Annotated[str, Field(pattern=r"^(debug|info|warning|error)$")] = Field(
        "info", description="Least level that is logged"
    )
    speech_dir: Path | None = Field(None, description="Recorded speech with transcripts, for tests and benchmarks")

    @field_validator("trunk_hosts", "dial_patterns", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator(
        "home",
        "models_dir",
        "asterisk_root",
        "prompts_dir",
        "speech_dir",
        "tls_cert",
        "tls_key",
        "imap_ca",
        "smtp_ca",
        "sms_provider",
    )
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return value.expanduser().absolute() if value else None

    @model_validator(mode="after")
    def _certificate_with_key(self) -> Self:
        if (self.tls_cert is None) != (self.tls_key is None):
            raise ValueError("HUIYIN_TLS_CERT and HUIYIN_TLS_KEY belong together: set both or neither")
        return self

    @cached_property
    def zone(self) -> ZoneInfo:
        """The centre's time zone."""
        return ZoneInfo(self.timezone)

    @cached_property
    def outbound(self) -> OutboundRules:
        """What agents may dial, when, how often and for how much."""
        return OutboundRules(
            quiet=parse_quiet(self.out_quiet),
            allow=self.dial_patterns,
            customer_daily=self.out_customer_daily,
            agent_daily=self.out_agent_daily,
            spend_daily=self.out_spend_daily,
            rates=parse_rates(self.out_rates),
            other_rate=self.out_rate,
        )

    @property
    def spool(self) -> Path:
        """Where the phone side writes calls down."""
        return self.home / "spool"

    @property
    def run(self) -> Path:
        """Sockets, pid files, generated configuration of processes."""
        return self.home / "run"

    @property
    def logs(self) -> Path:
        """Log files of the services."""
        return self.home / "logs"

    @property
    def secrets(self) -> Path:
        """Keys and generated passwords, mode 0600, kept apart by the backup."""
        return self.home / "secrets"

    @property
    def audit(self) -> Path:
        """Signed checkpoints of the audit chain, outside of the database."""
        return self.home / "audit"

    @property
    def recordings(self) -> Path:
        """The store of ingested recordings."""
        return self.home / "recordings"

    @property
    def outbox(self) -> Path:
        """Where a demo keeps the messages that it would send."""
        return self.home / "outbox"

    @property
    def models(self) -> Path:
        """Where speech models are looked for."""
        return self.models_dir or self.home / "models"

    @property
    def prompts(self) -> Path:
        """Where an operator puts recordings that replace shipped prompts."""
        return self.prompts_dir or self.home / "prompts"

    @property
    def prompts_ahead(self) -> Path:
        """Digits of ticket numbers that were rendered ahead of the calls."""
        return self.home / "prompts-ahead"

    @property
    def sql_url(self) -> str:
        """SQLAlchemy URL of the database."""
        return self.database_url or f"sqlite:///{self.home / 'huiyin.sqlite3'}"

    @property
    def broker_url(self) -> str:
        """Redis URL."""
        return self.redis_url or f"unix://{self.run / 'redis.sock'}"

    @property
    def system_name(self) -> str:
        """Asterisk's systemname: makes call ids unique across nodes."""
        return f"huiyin{self.node:02d}"


def load(environment: dict[str, str] | None = None) -> Settings:
    """The settings of this process, or of the given environment. Raises SettingsError."""
    given = dict(os.environ if environment is None else environment)
    values: dict[str, str] = {}
    for name in Settings.model_fields:
        variable = PREFIX + name.upper()
        path = given.get(variable + "_FILE")
        if path:
            try:
                values[name] = Path(path).read_text(encoding="utf-8").strip()
            except OSError as error:
                raise SettingsError(f"{variable}_FILE: cannot read {path}: {error.strerror}") from error
        elif given.get(variable, "") != "":
            values[name] = given[variable]
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        variable = PREFIX + str(first["loc"][0]).upper() if first["loc"] else "settings"
        raise SettingsError(f"{variable}: {first['msg']} (is {first['input']!r})") from error
