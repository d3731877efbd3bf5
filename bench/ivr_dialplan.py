"""The same call three ways in one dialplan: our menu, the same flow natively, and a FastAGI server without logic.

All three share what the hotline does around the menu (limit, folder, recorder, variables, facts). They differ in
the one line that hands the call to ``AGI()``.
"""

from __future__ import annotations

import re
from pathlib import Path

OURS, NATIVE, FLOOR = "95000", "95001", "95002"
"""The numbers that lead to each."""
PROMPTS = ("welcome", "notice", "menu_main", "press_9_other", "menu_complaint")
"""What the flow says: the first four with one question, the last with another."""


def floor_commands(prompts: Path) -> str:
    """What the server without logic sends: the commands of our menu for this flow."""
    first = "&".join(str(_prompt(prompts, name)) for name in PROMPTS[:4])
    return (
        f'EXEC "Read" "HUIYIN_KEY,{first},1,,1,5"\n'
        'GET FULL VARIABLE "${READSTATUS}:${HUIYIN_KEY}"\n'
        f'GET DATA "{_prompt(prompts, PROMPTS[4])}" "5000" "1"\n'
    )


def with_variants(extensions: str, prompts: Path, floor_port: int) -> str:
    """The hotline's dialplan with two more numbers: the native flow and the floor."""
    agi = re.search(r"^ same => n,AGI\(.*$", extensions, re.MULTILINE)
    assert agi, "the dialplan hands the call to AGI() in one line"
    native = " same => n,Gosub(native,s,1)"
    floor = agi[0].replace(re.search(r"127\.0\.0\.1:\d+", agi[0])[0], f"127.0.0.1:{floor_port}")  # type: ignore[index]
    entry = _section(extensions, "from-trunk").split("\n", 1)[1]
    numbers, contexts = [], [_native_flow(prompts)]
    for name, number, line in (("native", NATIVE, native), ("floor", FLOOR, floor)):
        numbers.append(
            entry.replace(f"exten => {OURS}", f"exten => {number}").replace("Goto(hotline", f"Goto(hotline-{name}")
        )
        contexts.append(_renamed(_section(extensions, "hotline"), name))
        contexts.append(_renamed(_section(extensions, "ivr"), name).replace(agi[0], line))
    return extensions.replace(entry, "".join([entry, *numbers])) + "\n" + "\n".join(contexts)


def _section(text: str, name: str) -> str:
    found = re.search(rf"^\[{name}\]\n(?:(?!^\[).*\n)*", text, re.MULTILINE)
    assert found, f"the dialplan has a context {name}"
    return found[0]


def _renamed(section: str, name: str) -> str:
    section = re.sub(r"^\[(\S+)\]", rf"[\1-{name}]", section)
    return section.replace("Goto(ivr,", f"Goto(ivr-{name},")


def _native_flow(prompts: Path) -> str:
    first = "&".join(str(_prompt(prompts, name)) for name in PROMPTS[:4])
    return (
        "[native]\ninclude => safety\n"
        f"exten => s,1,Read(HUIYIN_KEY,{first},1,,1,5)\n"
        ' same => n,GotoIf($["${READSTATUS}:${HUIYIN_KEY}" = "OK:4"]?complaints)\n'
        " same => n,Return()\n"
        f" same => n(complaints),Read(HUIYIN_KEY,{_prompt(prompts, PROMPTS[4])},1,,1,5)\n"
        " same => n,MSet(HUIYIN_NEXT=hangup,IVR_DONE=1)\n"
        " same => n,Return()\n"
    )


def _prompt(prompts: Path, name: str) -> Path:
    return prompts / ("en" if name == "press_9_other" else "zh") / name
