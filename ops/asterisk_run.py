"""Start Asterisk so that nothing outlives it: one process, from this one by exec, in mounts of its own.

A private root is put together on a tmpfs in a private mount namespace: programs from the root folder, and of
this machine only the call folders, the prompts and Asterisk's own state, at the paths that they have outside.
The supervisor's child stays the same process all the way to Asterisk, and the mounts end with it.
"""

from __future__ import annotations

import os
import resource
import shlex
import shutil
import socket
import time
from pathlib import Path
from typing import NoReturn

from ops import asterisk_config, asterisk_root, keys
from ops.asterisk_config import Layout, Limits
from ops.asterisk_root import Asterisk
from ops.plan_file import plan_on_disk
from ops.settings import Settings

_INSIDE_ETC = Path("/etc/asterisk")
_INSIDE_RUN = Path("/run/asterisk")
"""A short path: the control socket's name may have 108 characters only."""
_PARTS = ("etc", "run", "logs", "state", "state/keys")
_CLEAN = ("env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8")
"""Asterisk gets no environment of ours: the manager interface can read it, and it may hold a database's password."""


class StartError(Exception):
    """Asterisk must not start like this; the text says why and what to do."""


def main(settings: Settings, limits: Limits | None = None) -> NoReturn:
    """Configure Asterisk and become it."""
    asterisk = asterisk_root.find(settings)
    if asterisk is None:
        raise StartError("there is no Asterisk yet: run the set-up (make run)")
    command = prepare(settings, asterisk, limits or Limits(), int(time.time()))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    os.umask(0o077)
    os.execvp(command[0], command)  # noqa: S606 -- a list of arguments, no shell


def prepare(settings: Settings, asterisk: Asterisk, limits: Limits, epoch: int) -> list[str]:
    """Write the configuration and note the start; give the command that becomes Asterisk."""
    check_modules(asterisk)
    home = home_folder(settings)
    for folder in (*(home / part for part in _PARTS), settings.spool, settings.prompts, settings.prompts_ahead):
        folder.mkdir(parents=True, exist_ok=True)
    inside = asterisk.root is not None
    layout = Layout(
        etc=_INSIDE_ETC if inside else home / "etc",
        state=home / "state",
        run=_INSIDE_RUN if inside else home / "run",
        logs=home / "logs",
        modules=asterisk.modules,
        data=asterisk.data,
    )
    passwords = (
        keys.token(settings.secrets, asterisk_config.READER),
        keys.token(settings.secrets, asterisk_config.OPERATOR),
        keys.token(settings.secrets, asterisk_config.SWITCHBOARD),
    )
    files = asterisk_config.render(settings, layout, passwords, epoch, limits, plan_on_disk(settings))
    asterisk_config.write(home / "etc", files)
    copy_certificate(settings, home / "etc")
    (home / "run" / "asterisk.ctl").unlink(missing_ok=True)
    note_boot(settings.spool, epoch)
    run = [str(asterisk.binary), "-f", "-q", "-C", str(layout.etc / "asterisk.conf")]
    if asterisk.root is None:
        return [*_CLEAN, *run]
    script = mount_script(asterisk.root, home, binds(settings), run)
    as_user = [] if os.geteuid() == 0 else ["--map-root-user"]
    unshare = shutil.which("unshare") or "unshare"
    return [unshare, *as_user, "--mount", "--propagation", "private", "--", "/bin/sh", "-ec", script]


def home_folder(settings: Settings) -> Path:
    """Asterisk's own part of the home."""
    return settings.home / "asterisk"


def check_modules(asterisk: Asterisk) -> None:
    """Refuse an Asterisk that lacks what must not lack: without the authenticator any password would do."""
    missing = asterisk_root.missing_modules(asterisk)
    if missing:
        folder = f"{asterisk.root or ''}{asterisk.modules}"
        raise StartError(f"Asterisk in {folder} lacks {', '.join(missing)}; install its modules package")


def copy_certificate(settings: Settings, folder: Path) -> None:
    """Put the certificate of the web socket where Asterisk sees it. Raises StartError."""
    for name, source in (("tls-certificate.pem", settings.tls_cert), ("tls-key.pem", settings.tls_key)):
        if source is None:
            (folder / name).unlink(missing_ok=True)
            continue
        try:
            asterisk_config.put(folder / name, source.read_text(encoding="ascii"))
        except (OSError, ValueError) as error:
            raise StartError(f"{source}: {error}; HUIYIN_TLS_CERT and HUIYIN_TLS_KEY must be readable PEM") from error


def note_boot(spool: Path, epoch: int) -> None:
    """A line with the time of this start: calls that began before it and have no end were cut by a crash."""
    handle = os.open(spool / "boots", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(handle, f"{epoch}\n".encode())
        os.fsync(handle)
    finally:
        os.close(handle)


def binds(settings: Settings) -> list[tuple[Path, bool]]:
    """What of this machine Asterisk sees, and whether it may write there."""
    home = home_folder(settings)
    return [
        (asterisk_config.PROMPT_AUDIO, False),
        (asterisk_config.TEMPLATES / "moh", False),
        (settings.prompts, False),
        (settings.prompts_ahead, False),
        (settings.spool, True),
        (home / "state", True),
        (home / "logs", True),
    ]


def mount_script(root: Path, home: Path, shown: list[tuple[Path, bool]], run: list[str]) -> str:
    """The shell script that puts the root together and becomes Asterisk; every step must succeed."""
    new = home / "root"
    new.mkdir(parents=True, exist_ok=True)
    target = shlex.quote(str(new))
    lines = [f"mount -t tmpfs -o mode=0755,size=16m tmpfs {target}", f"cd {target}"]
    lines += [f"mkdir -p usr etc tmp var/lib dev proc sys run/asterisk .{_INSIDE_ETC}", "chmod 1777 tmp"]
    for link in ("bin", "sbin", "lib", "lib32", "lib64", "libx32"):
        source = root / link
        if source.is_symlink():
            lines.append(f"ln -s {shlex.quote(str(source.readlink()))} {link}")
        elif source.is_dir():
            lines += [f"mkdir {link}", f"mount --bind {shlex.quote(str(source))} {link}"]
    lines += [f"mount --bind {shlex.quote(str(root / 'usr'))} usr", "mount --rbind /dev dev"]
    lines += ["mount --rbind /proc proc"]
    lines += [f"mount --bind {shlex.quote(str(home / 'etc'))} .{_INSIDE_ETC}"]
    lines += [f"mount --bind {shlex.quote(str(home / 'run'))} run/asterisk"]
    lines += [f"printf %s {shlex.quote(text)} > etc/{name}" for name, text in _etc_files().items()]
    for path, writable in shown:
        quoted = shlex.quote(str(path))
        inside = shlex.quote(f".{path}")
        lines += [f"mkdir -p {inside}", f"mount --bind {quoted} {inside}"]
        if not writable:
            lines.append(f"mount -o remount,bind,ro {inside}")
    lines.append(f"exec {shlex.join(_CLEAN)} chroot . {shlex.join(run)}")
    return "\n".join(lines)


def _etc_files() -> dict[str, str]:
    """What Asterisk needs of an /etc. The machine's name must resolve, or every INVITE waits for DNS."""
    name = socket.gethostname()
    return {
        "hosts": f"127.0.0.1 localhost\n127.0.0.1 {name}\n::1 localhost\n",
        "passwd": "root:x:0:0:root:/:/bin/false\n",
        "group": "root:x:0:\n",
        "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
        "host.conf": "multi on\n",
    }
