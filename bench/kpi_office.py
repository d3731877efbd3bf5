"""The complaints of a made-up hotline, with what they count for (``bench.kpi_world``)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from bench.kpi_world import NOW, ZONE, Row, World


def complaints(world: World, count: int) -> Iterator[Row]:
    """Complaints in every way that they end, or do not."""
    rng = world.rng
    for number in range(1, count + 1):
        received = NOW - timedelta(days=rng.uniform(0, world.days - 1))
        received = received.replace(microsecond=0)
        due = datetime.combine((received.astimezone(ZONE) + timedelta(days=16)).date(), datetime.min.time(), ZONE)
        due = (due - timedelta(seconds=1)).astimezone(UTC)
        handler, accused = (world.agents[rng.choice(world.names)] for _ in range(2))
        end = rng.choices(("told", "told_late", "open", "withdrawn", "merged"), (70, 8, 12, 6, 4))[0]
        told = {"told": received + (due - received) * rng.random(), "told_late": due + timedelta(days=rng.random() * 9)}
        notified = told.get(end)
        if notified is not None and notified > NOW:
            end, notified = "open", None
        closed = received + timedelta(days=3) if end == "withdrawn" else None
        if notified is not None and rng.random() < 0.8:
            closed = notified + timedelta(hours=rng.randrange(1, 200))
        closed = None if closed is not None and closed > NOW else closed
        if end == "withdrawn" and closed is None:
            end = "open"
        status = "merged" if end == "merged" else ("closed" if closed else "investigating")
        blamed = accused if rng.random() < 0.3 else None
        yield "tickets", (number, f"{received:%y%m%d}01{number:05d}", "complaint", status, "P2", "phone", "zh", "",
                          "[]", received, due, handler, blamed, closed, notified, 1)  # fmt: skip
        verdict = rng.choice(("substantiated", "partly", "unsubstantiated", None))
        yield "investigations", (number, 1, verdict, received, "made", "{}")
        repeat = number > 1 and rng.random() < 0.1
        state = rng.choice(("linked", "merged", "apart", "suggested"))
        if repeat:
            yield "ticket_links", (number, number - 1, "repeat", 0.9, "[]", state, received, "")
        visit = rng.choice(("satisfied", "not_satisfied", "no_answer", "planned", "")) if closed else ""
        if visit:
            done = visit != "planned"
            yield "visits", (number, "complaint", number, f"made-{number}", closed, "done" if done else "planned",
                             visit if done else None, closed, "made", 0, "{}", "", 1)  # fmt: skip
            if done and closed is not None:
                world.visited.append((closed, number, handler))
        if end == "merged":
            continue
        _count_complaint(
            world, received, due, handler, closed, notified, visit,
            repeated=repeat and state in {"linked", "merged"},
            blamed=blamed if verdict in {"substantiated", "partly"} else None,
        )  # fmt: skip


def _count_complaint(
    world: World, received: datetime, due: datetime, handler: int, closed: datetime | None, notified: datetime | None,
    visit: str, *, repeated: bool, blamed: int | None,
) -> None:  # fmt: skip
    local = received.astimezone(ZONE)
    counts = {"complaints": 1, "complaints_closed": int(closed is not None), "complaints_repeated": int(repeated)}
    world.add_on(local.date(), local.hour, counts, "", handler)
    if blamed is not None:
        world.add_on(local.date(), local.hour, {"complaints_valid": 1}, "", blamed)
    if notified is not None or (due < NOW and (closed is None or closed > due)):
        in_time = notified is not None and notified <= due
        world.add_on(due.astimezone(ZONE).date(), -1, {"due": 1, "due_in_time": int(in_time)}, "", handler)
    if closed is not None:
        made = visit in {"satisfied", "not_satisfied", "no_answer"}
        counts = {
            "ended": 1,
            "visited": int(made),
            "visited_reached": int(visit in {"satisfied", "not_satisfied"}),
            "visited_satisfied": int(visit == "satisfied"),
        }
        world.add_on(closed.astimezone(ZONE).date(), -1, counts, "", handler)
