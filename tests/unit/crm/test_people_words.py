"""Every right and relation has its words: the table of rights is read by people."""

from __future__ import annotations

from crm.domain.access import Action, Relation
from crm.domain.people import APART, Change, Post
from crm.services.two_person import Kind
from crm.web import people_words


def test_the_table_of_rights_has_words_for_all_of_it() -> None:
    assert set(Action) - set(people_words.ACTIONS) == set()
    assert set(Relation) - set(people_words.RELATIONS) == set()
    assert set(people_words.ACTIONS) - set(Action) == set()


def test_people_read_words_for_posts_changes_and_refusals() -> None:
    assert set(people_words.POSTS) == set(Post)
    assert set(people_words.CHANGES) == set(Change)
    assert set(people_words.TWO_PERSON_KINDS) == set(Kind)
    assert {why for _one, _other, why in APART} <= set(people_words.PROBLEMS)
