"""The service catalogue and the axes that complaints are counted by."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path

import pytest

import crm.db
from crm.domain import catalogue
from crm.domain import statistics_codes as codes
from crm.domain.catalogue import IncidentClass, Service, Subject
from crm.domain.statistics_codes import Axis, Office
from crm.domain.tickets import Channel

_LEAVES = Path(crm.db.__file__).parent / "migrations" / "seeds" / "dispositions.toml"


def test_a_key_stands_once_on_its_axis_and_no_number_is_invented() -> None:
    for axis, places in codes.AXES.items():
        assert max(Counter(place.key for place in places).values()) == 1
        assert {place.axis for place in places} == {axis}
        assert {place.code for place in places} == {None}
        assert all(place.parent is None or codes.find(axis, place.parent) for place in places)


def test_headings_are_not_chosen() -> None:
    assert not codes.is_choice(Axis.CHANNEL, "front")
    assert not codes.is_choice(Axis.CHANNEL, "front_electronic")
    assert not codes.is_choice(Axis.CHANNEL, "pricing")
    assert codes.is_choice(Axis.CHANNEL, "back")
    assert len(codes.choices(Axis.BUSINESS)) == 15
    assert len(codes.choices(Axis.REASON)) == 13
    assert len(codes.choices(Axis.CHANNEL)) == 11


@pytest.mark.parametrize(
    ("key", "office"),
    [("telephone", Office.FRONT), ("front_machine", Office.FRONT), ("back", Office.BACK), ("sms", None), (None, None)],
)
def test_front_and_back_office_are_told_apart(key: str | None, office: Office | None) -> None:
    assert codes.office(key) is office


def test_a_place_is_read_with_its_headings() -> None:
    telephone = codes.find(Axis.CHANNEL, "telephone")
    assert telephone is not None
    assert [place.zh for place in codes.path(telephone)] == ["前台业务渠道", "电子渠道", "电话"]
    assert codes.title(Axis.REASON, "pricing", "zh") == "定价收费"
    assert codes.title(Axis.REASON, "of another time", "en") == "of another time"


def test_what_a_channel_suggests_can_be_chosen() -> None:
    assert all(codes.is_choice(Axis.CHANNEL, key) for key in codes.LIKELY_CHANNEL.values())
    assert Channel.LETTER not in codes.LIKELY_CHANNEL


def test_every_service_has_its_categories_and_every_code_stands_once() -> None:
    assert max(Counter(entry.code for entry in catalogue.ENTRIES).values()) == 1
    assert all(len(entry.code) <= 40 for entry in catalogue.ENTRIES)
    for service in Service:
        assert catalogue.of_service(service), service
        assert catalogue.SERVICES[service].zh


def test_what_a_category_suggests_can_be_chosen() -> None:
    for entry in catalogue.ENTRIES:
        assert entry.reason is None or codes.is_choice(Axis.REASON, entry.reason), entry.code
        assert entry.business is None or codes.is_choice(Axis.BUSINESS, entry.business), entry.code


def test_what_agents_choose_after_a_call_are_categories_of_the_same_name() -> None:
    tree = tomllib.loads(_LEAVES.read_text(encoding="utf-8"))
    for branch, leaves in tree.items():
        if branch == "no_ticket":
            continue
        for leaf, titles in leaves.items():
            if leaf != "title":
                entry = catalogue.find(f"{branch}.{leaf}")
                assert entry is not None, f"{branch}.{leaf}"
                assert [entry.zh, entry.en] == titles


def test_the_four_classes_of_incidents_and_the_four_subjects_of_complaints() -> None:
    assert [catalogue.INCIDENT_CLASSES[one].zh for one in IncidentClass] == ["账户类", "交易类", "技术类", "其他类"]
    assert [catalogue.SUBJECTS[one].zh for one in Subject] == ["服务质量", "收费标准", "账务处理", "营销行为"]
    assert set(catalogue.INCIDENT_EXAMPLES) == set(IncidentClass)
    assert {entry.subject for entry in catalogue.of_service(Service.SUBJECTS)} == set(Subject)
    assert {entry.incident for entry in catalogue.ENTRIES} - {None} == set(IncidentClass)


def test_a_category_of_another_time_is_shown_as_it_is() -> None:
    assert catalogue.title("accounts.bill", "zh") == "账单查询"
    assert catalogue.title("billing", "en") == "billing"
    assert catalogue.title(None, "en") is None
