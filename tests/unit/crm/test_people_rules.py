"""Posts and roles: what goes with what, what never does, and which way is up."""

from __future__ import annotations

import itertools

import pytest

from crm.domain.access import Action, Relation, Role, may
from crm.domain.people import POST_ROLES, Change, Post, change_of, conflict, missing, promotions


@pytest.mark.parametrize("post", list(Post))
def test_every_post_has_roles_that_may_be_together(post: Post) -> None:
    assert POST_ROLES[post]
    assert conflict(POST_ROLES[post]) is None
    assert missing(post, POST_ROLES[post]) == frozenset()
    assert missing(post, ()) == POST_ROLES[post]


@pytest.mark.parametrize("pair", list(itertools.combinations(Role, 2)))
def test_who_runs_checks_or_scores_has_no_work_that_is_run_checked_or_scored(pair: tuple[Role, Role]) -> None:
    alone = {Role.AD, Role.AU}
    handles = {Role.A1, Role.A2, Role.SM, Role.CM, Role.DG, Role.GM, Role.DH}
    apart = bool(alone & set(pair)) or (bool({Role.QA, Role.CO} & set(pair)) and bool(handles & set(pair)))
    assert (conflict(pair) is not None) is apart


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        (Post.FRONT_LINE, Post.TEAM_LEADER, Change.PROMOTED),
        (Post.FRONT_LINE, Post.TRAINER, Change.PROMOTED),
        (Post.FRONT_LINE, Post.SECOND_LINE, Change.PROMOTED),
        (Post.DEPUTY_SECTION_MANAGER, Post.SECTION_MANAGER, Change.PROMOTED),
        (Post.TEAM_LEADER, Post.TRAINER, Change.MOVED),
        (Post.SUPERVISOR, Post.FRONT_LINE, Change.MOVED),
        (Post.FRONT_LINE, Post.QUALITY, Change.MOVED),
        (None, Post.FRONT_LINE, Change.MOVED),
    ],
)
def test_up_the_ladder_is_a_promotion(before: Post | None, after: Post, change: Change) -> None:
    assert change_of(before, after) is change


def test_an_agent_is_promoted_to_team_leader_or_trainer() -> None:
    assert {Post.TEAM_LEADER, Post.TRAINER} <= set(promotions(Post.FRONT_LINE))
    assert {Post.TEAM_LEADER, Post.TRAINER} <= set(promotions(Post.SECOND_LINE))
    assert promotions(Post.GM) == ()


def test_a_front_line_agent_answers_calls() -> None:
    (role,) = POST_ROLES[Post.FRONT_LINE]
    assert may({role}, Action.AGENT_WORK)
    assert may({role}, Action.TICKET_CREATE)
    assert not may({role}, Action.SOLUTION_PROPOSE, [Relation.OWN]), "more than level 1 is for the second line"


def test_a_second_line_agent_works_on_what_is_complex() -> None:
    (role,) = POST_ROLES[Post.SECOND_LINE]
    assert may({role}, Action.SOLUTION_PROPOSE, [Relation.OWN])
    assert may({role}, Action.TICKET_READ, [Relation.QUEUE])
    assert not may({Role.A1}, Action.TICKET_READ, [Relation.QUEUE])


def test_a_supervisor_leads_and_decides() -> None:
    (role,) = POST_ROLES[Post.SUPERVISOR]
    assert all(may({role}, one) for one in (Action.SUPERVISE, Action.APPROVE, Action.TASK_WORK))
    assert may({role}, Action.SHIFT_PLAN, [Relation.SECTION])


def test_a_trainer_writes_knowledge_and_sees_no_customer() -> None:
    (role,) = POST_ROLES[Post.TRAINER]
    assert may({role}, Action.KNOWLEDGE_PUBLISH)
    assert not may({role}, Action.CUSTOMER_READ, list(Relation))
    assert not may({role}, Action.TICKET_READ, list(Relation))


def test_an_assessor_grades_what_is_his() -> None:
    (role,) = POST_ROLES[Post.ASSESSOR]
    assert may({role}, Action.TICKET_RECLASSIFY, [Relation.OWN])
