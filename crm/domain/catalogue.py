"""The service catalogue: what customers come with, and the classes and subjects that matters are sorted by (pure).

A ticket's ``category`` is the code of an ``Entry`` (``accounts.bill``): the leaves that agents choose from after a
call are the same codes, so a matter counts the same whichever way it came in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Service(StrEnum):
    """The nine services of the catalogue; the top level of the knowledge base."""

    ENQUIRY = "SV-01"
    STATEMENTS = "SV-02"
    ACCOUNTS = "SV-03"
    VALUE_ADDED = "SV-04"
    SECURITY = "SV-05"
    COMPLAINTS = "SV-06"
    WEALTH = "SV-07"
    EVENTS = "SV-08"
    SUBJECTS = "SV-09"


@dataclass(frozen=True)
class Title:
    """A name in both languages."""

    zh: str
    en: str

    def title(self, language: str) -> str:
        """What people read."""
        return self.en if language == "en" else self.zh


SERVICES: Mapping[Service, Title] = {
    Service.ENQUIRY: Title("咨询服务", "Enquiries"),
    Service.STATEMENTS: Title("账务服务", "Statements and bills"),
    Service.ACCOUNTS: Title("账户管理", "Managing an account"),
    Service.VALUE_ADDED: Title("增值服务", "Added services"),
    Service.SECURITY: Title("安全服务", "Security"),
    Service.COMPLAINTS: Title("投诉受理", "Complaints"),
    Service.WEALTH: Title("财富类增值服务", "Wealth services"),
    Service.EVENTS: Title("增值服务推广", "Lectures and salons"),
    Service.SUBJECTS: Title("投诉对象事项", "Subjects of complaints"),
}


class IncidentClass(StrEnum):
    """The four classes of incidents."""

    ACCOUNT = "account"
    TRANSACTION = "transaction"
    TECHNICAL = "technical"
    OTHER = "other"


INCIDENT_CLASSES: Mapping[IncidentClass, Title] = {
    IncidentClass.ACCOUNT: Title("账户类", "Account"),
    IncidentClass.TRANSACTION: Title("交易类", "Transaction"),
    IncidentClass.TECHNICAL: Title("技术类", "Technical"),
    IncidentClass.OTHER: Title("其他类", "Other"),
}

INCIDENT_EXAMPLES: Mapping[IncidentClass, Title] = {
    IncidentClass.ACCOUNT: Title(
        "账户异常：余额不符、被冻结、无法登录", "An account out of order: balance, frozen, no sign-in"
    ),
    IncidentClass.TRANSACTION: Title(
        "交易纠纷：重复扣款、未到账、非本人交易", "A disputed transaction: paid twice, not arrived, not his"
    ),
    IncidentClass.TECHNICAL: Title(
        "系统故障：服务中断、页面报错、短信收不到", "A failure of a system: outage, errors, no messages"
    ),
    IncidentClass.OTHER: Title("其他：无法归入以上三类", "What fits none of the three"),
}


class Subject(StrEnum):
    """What a complaint is about."""

    SERVICE_QUALITY = "service_quality"
    FEES = "fees"
    ACCOUNT_HANDLING = "account_handling"
    MARKETING = "marketing"


SUBJECTS: Mapping[Subject, Title] = {
    Subject.SERVICE_QUALITY: Title("服务质量", "Quality of service"),
    Subject.FEES: Title("收费标准", "Fees"),
    Subject.ACCOUNT_HANDLING: Title("账务处理", "Handling of an account"),
    Subject.MARKETING: Title("营销行为", "Marketing"),
}


@dataclass(frozen=True)
class Entry:
    """A category that a ticket may have."""

    code: str
    zh: str
    en: str
    service: Service
    incident: IncidentClass | None = None
    subject: Subject | None = None
    reason: str | None = None
    """the reason of JR/T 0169 that it suggests"""
    business: str | None = None
    """the business of JR/T 0169 that it suggests"""

    def title(self, language: str) -> str:
        """What people read."""
        return self.en if language == "en" else self.zh


_S, _I, _B = Service, IncidentClass, Subject

ENTRIES: tuple[Entry, ...] = (
    Entry("enquiries.products", "产品功能", "Products", _S.ENQUIRY),
    Entry("enquiries.application", "申请条件与进度", "Applications", _S.ENQUIRY),
    Entry("enquiries.rates", "利率与费用", "Rates and fees", _S.ENQUIRY),
    Entry("enquiries.promotions", "优惠活动", "Promotions", _S.ENQUIRY),
    Entry("enquiries.points", "积分规则", "Points", _S.ENQUIRY),
    Entry("enquiries.branch", "网点与渠道", "Branches and channels", _S.ENQUIRY),
    Entry("enquiries.other", "其他咨询", "Other enquiry", _S.ENQUIRY),
    Entry("accounts.bill", "账单查询", "Bill", _S.STATEMENTS),
    Entry("accounts.transactions", "交易明细", "Transactions", _S.STATEMENTS),
    Entry("accounts.repayment", "还款指引", "Repayment", _S.STATEMENTS),
    Entry("accounts.instalment", "分期", "Instalments", _S.STATEMENTS),
    Entry("accounts.overpayment", "溢缴款", "Overpayment", _S.STATEMENTS),
    Entry("accounts.statement_dispute", "对账单争议", "Disputed statement", _S.STATEMENTS, _I.TRANSACTION),
    Entry("accounts.other", "其他账务", "Other matter of an account", _S.STATEMENTS),
    Entry("cards.activation", "卡片激活", "Activation", _S.ACCOUNTS),
    Entry("cards.password", "设置或重置密码", "Password or PIN", _S.ACCOUNTS),
    Entry("loss.card", "卡片挂失", "Lost or stolen card", _S.ACCOUNTS),
    Entry("loss.cancelled", "撤销挂失", "Loss report withdrawn", _S.ACCOUNTS),
    Entry("cards.replacement", "补换卡", "Replacement card", _S.ACCOUNTS),
    Entry("cards.limit", "额度调整", "Limit", _S.ACCOUNTS),
    Entry("cards.personal_data", "资料变更", "Change of personal data", _S.ACCOUNTS),
    Entry("cards.closure", "账户注销", "Closing an account", _S.ACCOUNTS),
    Entry("cards.other", "其他用卡服务", "Other card service", _S.ACCOUNTS),
    Entry("value_added.lounge", "机场贵宾室", "Airport lounge", _S.VALUE_ADDED),
    Entry("value_added.rescue", "道路救援", "Road rescue", _S.VALUE_ADDED),
    Entry("value_added.insurance", "旅行保险", "Travel insurance", _S.VALUE_ADDED),
    Entry("value_added.points_redemption", "积分兑换", "Redeeming points", _S.VALUE_ADDED),
    Entry("security.fraud", "盗刷", "Fraudulent use", _S.SECURITY, _I.TRANSACTION, reason="funds_safety"),
    Entry("security.suspicious", "可疑交易核实", "Suspicious transaction", _S.SECURITY, _I.TRANSACTION),
    Entry("security.scam", "疑似诈骗电话或短信", "Suspected scam call or message", _S.SECURITY),
    Entry("security.safe_use", "安全用卡提示", "Advice on safe use", _S.SECURITY),
    Entry(
        "complaints.service_quality",
        "服务态度与服务质量",
        "Attitude and quality of service",
        _S.COMPLAINTS,
        subject=_B.SERVICE_QUALITY,
        reason="service_attitude",
    ),
    Entry("complaints.fees", "定价收费", "Fees", _S.COMPLAINTS, subject=_B.FEES, reason="pricing"),
    Entry(
        "complaints.account_handling",
        "账务处理",
        "Handling of an account",
        _S.COMPLAINTS,
        subject=_B.ACCOUNT_HANDLING,
        reason="rules_process",
    ),
    Entry("complaints.marketing", "营销方式", "Marketing", _S.COMPLAINTS, subject=_B.MARKETING, reason="marketing"),
    Entry(
        "complaints.collection",
        "债务催收",
        "Debt collection",
        _S.COMPLAINTS,
        subject=_B.SERVICE_QUALITY,
        reason="collection_means",
        business="collection",
    ),
    Entry(
        "complaints.disclosure",
        "信息披露与合同条款",
        "Disclosure and terms",
        _S.COMPLAINTS,
        subject=_B.MARKETING,
        reason="disclosure",
    ),
    Entry(
        "complaints.data",
        "个人信息安全",
        "Personal data",
        _S.COMPLAINTS,
        reason="information_safety",
        business="personal_information",
    ),
    Entry(
        "complaints.funds",
        "资金安全",
        "Safety of funds",
        _S.COMPLAINTS,
        _I.TRANSACTION,
        _B.ACCOUNT_HANDLING,
        "funds_safety",
    ),
    Entry(
        "complaints.system",
        "设施设备与业务系统",
        "Equipment and systems",
        _S.COMPLAINTS,
        _I.TECHNICAL,
        _B.SERVICE_QUALITY,
        "facilities",
    ),
    Entry("complaints.loan", "贷款额度与利率", "Amount and interest of a loan", _S.COMPLAINTS, business="loan"),
    Entry("complaints.progress", "投诉进度查询", "Progress of a complaint", _S.COMPLAINTS),
    Entry("complaints.other", "其他投诉", "Other complaint", _S.COMPLAINTS, reason="other_reason"),
    Entry("incidents.account", "账户异常", "Account out of order", _S.SECURITY, _I.ACCOUNT),
    Entry("incidents.transaction", "交易纠纷", "Disputed transaction", _S.SECURITY, _I.TRANSACTION),
    Entry("incidents.technical", "系统故障", "System failure", _S.SECURITY, _I.TECHNICAL, reason="facilities"),
    Entry("incidents.other", "其他事故", "Other incident", _S.SECURITY, _I.OTHER),
    Entry("wealth.advice", "金融咨询", "Financial advice", _S.WEALTH),
    Entry("wealth.planning", "投资规划", "Investment planning", _S.WEALTH),
    Entry("wealth.allocation", "资产配置", "Asset allocation", _S.WEALTH),
    Entry("wealth.risk", "风险评估", "Assessment of risk tolerance", _S.WEALTH),
    Entry("value_added.wealth", "金融咨询与资产配置", "Financial advice", _S.WEALTH),
    Entry("events.lecture", "金融讲座", "Lecture", _S.EVENTS),
    Entry("events.salon", "投资沙龙", "Salon", _S.EVENTS),
    Entry("feedback.suggestion", "建议", "Suggestion", _S.COMPLAINTS),
    Entry("feedback.praise", "表扬", "Praise", _S.COMPLAINTS),
    Entry("feedback.misconduct", "举报", "Report of misconduct", _S.COMPLAINTS),
)
"""Every category, in the order of a page. A code never changes its meaning."""

_BY_CODE: Mapping[str, Entry] = {entry.code: entry for entry in ENTRIES}


def find(code: str | None) -> Entry | None:
    """The category with that code."""
    return None if code is None else _BY_CODE.get(code)


def title(code: str | None, language: str) -> str | None:
    """What people read for a ticket's category; a category that this table does not know is shown as it is."""
    if code is None:
        return None
    entry = find(code)
    return code if entry is None else entry.title(language)


def of_service(service: Service) -> tuple[Entry, ...]:
    """The categories of a service of the catalogue. Subjects of complaints are those of all complaints."""
    if service is Service.SUBJECTS:
        return tuple(entry for entry in ENTRIES if entry.subject is not None)
    return tuple(entry for entry in ENTRIES if entry.service is service)
