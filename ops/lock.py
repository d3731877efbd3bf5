"""`make lock`: compile requirements/*.in into lock files with hashes."""

from __future__ import annotations

import os
import subprocess
import sys

from ops import bootstrap

OPTIONS = (
    "--generate-hashes",
    "--no-header",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--python-version",
    "3.11",
)
ORDER = ("bootstrap", "runtime", "standin", "voices", "node", "dev")
"""runtime first: the others are compiled against it. voices names its dependencies one by one."""


def main() -> int:
    """Compile all; the first failure ends it."""
    uv = str(bootstrap.VENV / "bin" / "uv")
    for name in ORDER:
        print(name, flush=True)
        extra = ["--no-deps"] if name == "voices" else []
        subprocess.run(
            [uv, "pip", "compile", "-q", *OPTIONS, *extra, f"{name}.in", "-o", f"{name}.txt"],
            cwd=bootstrap.REQUIREMENTS,
            env={**os.environ, **bootstrap.mirror()},
            check=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
