"""The states of a ticket drawn from the table of moves: a Mermaid diagram, and the moves as a table (pure)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from crm.domain.moves import MOVES, SIGNED_MOVES
from crm.domain.tickets import ENDED, Status

_EVERYWHERE = 8
"""A move that starts from more states than this is drawn once, as a note, so that the drawing can be read."""


def mermaid() -> str:
    """The states and the moves between them."""
    arrows: dict[tuple[Status, Status], list[str]] = defaultdict(list)
    for name, move in MOVES.items():
        if len(move.sources) <= _EVERYWHERE:
            for source in move.sources:
                arrows[source, move.target].append(name)
    lines = ["stateDiagram-v2", "    direction TB", f"    [*] --> {Status.REGISTERED}"]
    order = list(Status)
    for source, target in sorted(arrows, key=lambda pair: (order.index(pair[0]), order.index(pair[1]))):
        lines.append(f"    {source} --> {target}: {' / '.join(arrows[source, target])}")
    lines += [f"    {status} --> [*]" for status in (Status.ARCHIVED, Status.MERGED)]
    for name, move in MOVES.items():
        if len(move.sources) > _EVERYWHERE:
            lines.append(f"    note right of {move.target}: {name}, {_from(move.sources)}")
    return "\n".join(lines)


def _from(sources: frozenset[Status]) -> str:
    if sources == frozenset(Status) - ENDED:
        return "from any open state"
    return "from " + ", ".join(status for status in Status if status in sources)


def moves_table() -> Iterator[str]:
    """One row a move: from where to where, who makes it, and what must hold."""
    yield "| move | from | to | who | must hold |"
    yield "|---|---|---|---|---|"
    for name, move in MOVES.items():
        sources = "any open state" if move.sources == frozenset(Status) - ENDED else _listed(move.sources)
        guards = "; ".join(dict.fromkeys(guard.why for guard in move.guards)) or "–"
        signed = " (made by the last signature)" if name in SIGNED_MOVES else ""
        yield f"| `{name}`{signed} | {sources} | `{move.target}` | {', '.join(sorted(move.roles))} | {guards} |"


def _listed(sources: frozenset[Status]) -> str:
    return ", ".join(f"`{status}`" for status in Status if status in sources)


def page() -> str:
    """Both, as the page has them."""
    return "\n".join(["```mermaid", mermaid(), "```", "", *moves_table()])
