"""What complaints are counted by, with the names that people read in both languages (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from crm.domain import catalogue, regions
from crm.domain import statistics_codes as codes
from crm.domain.catalogue import Title
from crm.domain.causes import ROOT_CAUSES
from crm.domain.tickets import Channel, Kind


class Axis(StrEnum):
    """What is counted by."""

    BUSINESS = "business"
    REASON = "reason"
    CHANNEL = "channel"
    OFFICE = "office"
    CATEGORY = "category"
    CAUSE = "cause"
    LEVEL = "level"
    CAME_BY = "came_by"
    REGION = "region"
    KIND = "kind"


TITLES: Mapping[Axis, Title] = {
    Axis.BUSINESS: Title("业务类别", "Business"),
    Axis.REASON: Title("投诉原因", "Reason"),
    Axis.CHANNEL: Title("业务办理渠道", "Channel of the business"),
    Axis.OFFICE: Title("前台与中后台", "Front and back office"),
    Axis.CATEGORY: Title("服务目录", "Category"),
    Axis.CAUSE: Title("根本原因", "Root cause"),
    Axis.LEVEL: Title("投诉级别", "Level"),
    Axis.CAME_BY: Title("受理渠道", "How it came in"),
    Axis.REGION: Title("地区", "Region"),
    Axis.KIND: Title("工单类型", "Kind"),
}
STANDARD = frozenset({Axis.BUSINESS, Axis.REASON, Axis.CHANNEL, Axis.OFFICE})
"""Axes of JR/T 0169-2018."""
UNSAID = Title("尚未填写", "Not stated yet")
_OFFICES = {"front": Title("前台业务渠道", "Front office"), "back": Title("中、后台业务渠道", "Middle and back office")}
_LEVELS = {"1": Title("一级", "Level 1"), "2": Title("二级", "Level 2"), "3": Title("三级", "Level 3")}
_CAME_BY: Mapping[str, Title] = {
    Channel.PHONE: Title("电话", "Telephone"),
    Channel.WEB: Title("官方网站", "Web site"),
    Channel.APP: Title("移动应用", "App"),
    Channel.EMAIL: Title("电子邮件", "E-mail"),
    Channel.LETTER: Title("信函", "Letter"),
    Channel.BRANCH: Title("营业网点", "Branch"),
    Channel.ONLINE: Title("在线提问", "Online question"),
    Channel.CHAT: Title("在线客服", "Chat"),
    Channel.COMMUNITY: Title("社区", "Community"),
    Channel.SMS: Title("短信", "Text message"),
    Channel.SOCIAL: Title("社交媒体", "Social media"),
    Channel.QQ: Title("QQ", "QQ"),
}
_KINDS: Mapping[str, Title] = {
    Kind.INQUIRY: Title("咨询", "Inquiry"),
    Kind.SERVICE: Title("业务办理", "Service request"),
    Kind.INCIDENT: Title("事故", "Incident"),
    Kind.COMPLAINT: Title("投诉", "Complaint"),
    Kind.SUGGESTION: Title("建议", "Suggestion"),
    Kind.PRAISE: Title("表扬", "Praise"),
    Kind.REPORT: Title("举报", "Report of misconduct"),
    Kind.REVIEW: Title("核查", "Review"),
    Kind.LOSS_REPORT: Title("挂失", "Loss report"),
    Kind.CALLBACK: Title("回拨", "Callback"),
}
_TABLES: Mapping[Axis, Mapping[str, Title]] = {
    Axis.OFFICE: _OFFICES,
    Axis.LEVEL: _LEVELS,
    Axis.CAME_BY: _CAME_BY,
    Axis.KIND: _KINDS,
    Axis.REGION: regions.REGIONS,
    Axis.CAUSE: ROOT_CAUSES,
}
_STANDARD_AXES = {
    Axis.BUSINESS: codes.Axis.BUSINESS,
    Axis.REASON: codes.Axis.REASON,
    Axis.CHANNEL: codes.Axis.CHANNEL,
}


def title(axis: Axis, key: str, language: str) -> str:
    """What people read for a key of an axis; a key of another time is shown as it is."""
    if key in {"", "0"}:
        return UNSAID.title(language)
    if axis in _STANDARD_AXES:
        return codes.title(_STANDARD_AXES[axis], key, language) or key
    if axis is Axis.CATEGORY:
        return catalogue.title(key, language) or key
    found = _TABLES[axis].get(key)
    return key if found is None else found.title(language)
