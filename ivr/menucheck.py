"""Whether a menu is sound: reachable, without silent loops, with all its words, with a way to a person (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ivr.menu import (
    MACHINE_PROMPTS,
    Choice,
    LanguageNode,
    Menu,
    MessageNode,
    Node,
    Person,
    ProgressNode,
    PromptRef,
    TicketNode,
)


def problems(menu: Menu, catalogues: Mapping[str, Iterable[str]], *, whole: bool) -> list[str]:
    """Everything that is wrong with the menu; ``catalogues`` names the prompts that each language has.

    ``whole``: every node could be read, so that the ways between them can be followed.
    """
    wrong = _wrong_targets(menu)
    if wrong or not whole:
        return wrong
    return [*_unreachable(menu), *_silent_loops(menu), *_missing_prompts(menu, catalogues)]


def targets(node: Node) -> tuple[str, ...]:
    """The nodes that a node leads to."""
    if isinstance(node, Choice):
        return tuple(option.go for option in node.options)
    return () if isinstance(node, Person) else (node.go,)


def _wrong_targets(menu: Menu) -> list[str]:
    problems = [
        f"node {name}: {target} does not exist"
        for name, node in menu.nodes.items()
        for target in targets(node)
        if target not in menu.nodes
    ]
    if menu.start not in menu.nodes:
        problems.append(f"start: {menu.start} does not exist")
    if not isinstance(menu.nodes.get(menu.person), Person):
        problems.append(f"there is no way to a person: {menu.person} is not a node of kind person")
    problems += [
        f"node {name}: {node.go} must be of kind choice"
        for name, node in menu.nodes.items()
        if isinstance(node, ProgressNode) and not isinstance(menu.nodes.get(node.go), Choice)
    ]
    if menu.notice not in {ref.id for ref in menu.welcome}:
        problems.append(f"the welcome does not say the notice {menu.notice}")
    return problems


def _unreachable(menu: Menu) -> list[str]:
    seen: set[str] = set()
    open_ends = [menu.start, menu.person]
    while open_ends:
        name = open_ends.pop()
        if name not in seen:
            seen.add(name)
            open_ends += targets(menu.nodes[name])
    return [f"node {name} cannot be reached" for name in menu.nodes if name not in seen]


def _silent_loops(menu: Menu) -> list[str]:
    """Loops through nodes that go on without asking for a key."""
    problems = []
    for name in menu.nodes:
        at, seen = name, set[str]()
        while isinstance(node := menu.nodes[at], TicketNode | LanguageNode) and at not in seen:
            seen.add(at)
            at = node.go
        if at == name and seen:
            problems.append(f"node {name} leads to itself without a key press")
    return problems


def _missing_prompts(menu: Menu, catalogues: Mapping[str, Iterable[str]]) -> list[str]:
    refs = [*menu.welcome, PromptRef(menu.notice), PromptRef(menu.notice_short)]
    for node in menu.nodes.values():
        if isinstance(node, Choice | Person):
            refs += node.prompts
        elif isinstance(node, MessageNode):
            refs.append(PromptRef(node.intro))
    wanted = sorted({ref.id for ref in refs} | set(MACHINE_PROMPTS))
    return [
        f"prompt {prompt} is missing in {language}"
        for language in menu.languages
        for prompt in wanted
        if prompt not in set(catalogues.get(language, ()))
    ]
