"""The steps of the set-up inside the virtual environment: pages, Asterisk, models, database, demo accounts."""

from __future__ import annotations

from ops import asterisk_root, bootstrap, setup_node
from ops.model_sources import obtain_models
from ops.packages import install, missing
from ops.settings import Settings
from ops.steps import Reporter, Runner, Step, StepError, explain

ROOT = bootstrap.ROOT
MAX_SOCKET_PATH = 100
"""A unix socket's path may have 107 characters; ours have up to 20 after HOME."""


def run(settings: Settings, target: str = "run") -> bool:
    """Run what is due for ``run``, ``test`` or ``tools``; explains a failure and gives False."""
    log_path = settings.logs / "setup.log"
    checkout = [setup_node.step(), *([asterisk(settings)] if target != "tools" else [])]
    try:
        check_home(settings)
        with (bootstrap.CACHE / "setup.lock").open("w") as lock:
            bootstrap.wait_for(lock.fileno())
            Runner(bootstrap.CACHE / "stamps", log_path).run(checkout)
        if target == "run":
            Runner(settings.home / "stamps", log_path).run(home_steps(settings))
    except StepError as error:
        explain(error, log_path)
        return False
    return True


def check_home(settings: Settings) -> None:
    """Refuse a home in which the sockets or Asterisk cannot work. Raises StepError."""
    if len(str(settings.home)) > MAX_SOCKET_PATH - 20:
        raise StepError(
            "Home", f"the path of {settings.home} is too long for unix sockets",
            "Set HUIYIN_HOME to a folder with a shorter path (80 characters at most)",
        )  # fmt: skip
    try:
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        settings.home.chmod(0o700)  # the bootstrap made it for its log; nobody else reads calls or complaints
    except OSError as error:
        raise StepError("Home", f"{settings.home}: {error.strerror}", "Set HUIYIN_HOME to a folder of yours") from error


def asterisk(settings: Settings) -> Step:
    """The machine's Asterisk, or a private root."""
    root = asterisk_root.root_folder(settings)

    def act(reporter: Reporter) -> None:
        found, why_not = asterisk_root.find_system()
        found = found or asterisk_root.find_private(root) or asterisk_root.adopt(root)
        if found is None:
            if absent := missing(asterisk_root.APT_PACKAGES):
                install(absent, reporter)
            try:
                found = asterisk_root.build(root, reporter.say)
            except asterisk_root.RootError as error:
                raise StepError(
                    "Asterisk", str(error),
                    "Are Debian's packages reachable, is there 1 GB of room? An own Asterisk of version 20 or later "
                    "on this machine is taken, too",
                ) from error  # fmt: skip
        reporter.note = f"{found.version} {'of this machine' if found.root is None else 'in its own root'}"
        if why_not:
            reporter.note += f": {why_not}"

    return Step("Asterisk", act, always=True)


def home_steps(settings: Settings) -> list[Step]:
    """What each home needs for itself."""
    demo = [demo_accounts(settings)] if settings.demo else []
    return [models(settings), database(settings), *demo, phones(settings)]


def models(settings: Settings) -> Step:
    """A speech model for each language: the operator's, the vendor's, or the stand-in."""

    def act(reporter: Reporter) -> None:
        def bar(done: int, total: int) -> None:
            reporter.progress(done, total, f"{done / 1e6:.0f} of {total / 1e6:.0f} MB")

        got = obtain_models(settings, reporter.say, bar)
        for one in got:
            reporter.write(str(one))
        reporter.note = "; ".join(str(one) for one in got)

    chosen = (settings.models_url, settings.models_sha256, settings.asr_ranks, settings.asr_language_map)
    folder = sorted(path.name for path in settings.models.glob("*")) if settings.models.is_dir() else []
    return Step(
        "Speech models",
        act,
        inputs=(str(settings.models), *chosen, *(name for name in folder if not name.startswith("."))),
        made=lambda: all(models_standing(settings).values()),
    )


def models_standing(settings: Settings) -> dict[str, object]:
    """The model of each language, or None."""
    from asr.choice import recognisers  # noqa: PLC0415  (brings numpy, which a start without changes can spare)

    table = recognisers(settings.models, settings.asr_ranks, settings.asr_language_map)
    return dict(table.standing())


def database(settings: Settings) -> Step:
    """The database's schema, brought to this version."""

    def act(reporter: Reporter) -> None:
        from ops import schema  # noqa: PLC0415  (SQLAlchemy and Alembic: only here)

        try:
            revision = schema.bring_up(settings)
        except Exception as error:
            raise StepError(
                "Database", f"{type(error).__name__}: {error}",
                "Is HUIYIN_DATABASE_URL right, does its server run, is there room on the disk?",
            ) from error  # fmt: skip
        reporter.note = f"schema {revision}"

    return Step("Database", act, always=True)


def demo_accounts(settings: Settings) -> Step:
    """The demo accounts with random passwords; those that exist stay as they are."""

    def act(reporter: Reporter) -> None:
        from ops.accounts import ensure_demo  # noqa: PLC0415  (the CRM: only here)

        reporter.note = f"{len(ensure_demo(settings))} people"

    return Step("Demo accounts", act, always=True)


def phones(settings: Settings) -> Step:
    """Agents' phones and the queues as the database has them, for Asterisk to start with."""

    def act(reporter: Reporter) -> None:
        from crm.db.session import Database  # noqa: PLC0415  (the CRM: only here)
        from ops import phones, routing  # noqa: PLC0415

        book = Database(settings.sql_url)
        try:
            changed = [phones.refresh(settings, book), routing.refresh(settings, book)]
            reporter.note = "written anew" if any(changed) else "unchanged"
        finally:
            book.dispose()

    return Step("Phones and queues", act, always=True)
