"""The regulations that the house follows: what each asks for, and what of the product answers it (pure).

Only what was read in the rule's own text or in a source that is named for it stands here; what is nobody's rule but a
custom of the house is a number of ``crm.domain.rules``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Seen(StrEnum):
    """Where a duty was read."""

    TEXT = "text"
    """in the rule's own text"""
    SOURCE = "source"
    """in a press report, a disclosure or a law firm's summary"""


@dataclass(frozen=True)
class Duty:
    """Something that a regulation asks for. ``endpoint``: the page that answers it, where there is one."""

    zh: str
    en: str
    seen: Seen
    endpoint: str | None = None


@dataclass(frozen=True)
class Regulation:
    """A rule by its name, number and the day from which it is in force (empty: not verified)."""

    key: str
    name_zh: str
    name_en: str
    number: str
    in_force: str
    duties: tuple[Duty, ...]


_T, _S = Seen.TEXT, Seen.SOURCE

REGULATIONS: tuple[Regulation, ...] = (
    Regulation(
        "order_9", "银行保险机构消费者权益保护管理办法",
        "Measures for consumer protection of banks and insurers (Order 9)", "银保监会令2022年第9号", "2023-03-01",
        (
            Duty("建立投诉处理工作机制", "A mechanism for handling complaints", _S, "tickets.index"),
            Duty("个人信息分级授权审批,全流程管理", "Personal information: graded authorisation and approval", _S,
                 "people.rights"),
            Duty("不得因消费者不同意提供信息而拒绝无关服务", "Refused consent must not block what does not need it", _S,
                 "customers.index"),
            Duty("关键环节可回溯,责任可认定", "Key steps are traceable, responsibility can be confirmed", _S,
                 "audit.index"),
        ),
    ),
    Regulation(
        "order_3", "银行业保险业消费投诉处理管理办法",
        "Measures for handling consumer complaints of banks and insurers (Order 3)", "银保监会令2020年第3号",
        "2020-03-01",
        (
            Duty("建立投诉信息系统,接待过程留存记录(第七条)",
                 "A complaint information system; reception is recorded and kept (Art. 7)", _T, "tickets.index"),
            Duty("公布投诉电话、地址与处理流程(第八条)", "Telephone, address and flow are published (Art. 8)", _T,
                 "contact.form"),
            Duty("分级负责,溯源整改(第九条)", "Graded responsibility; causes are traced and mended (Art. 9)", _T),
            Duty("不得要求提供机构已掌握的材料(第十三条)",
                 "Nothing is asked for that the bank already holds (Art. 13)", _T),
            Duty("收到撤诉当日办理程序终止(第十五条)", "A withdrawal ends the matter on the same day (Art. 15)", _T),
            Duty("一般15日、复杂30日、特别复杂至多60日,并告知投诉人",
                 "15 days, 30 when complex, 60 at the very most; the complainant is told", _S, "rules.show"),
            Duty("经办人员与投诉事项有利益关系的应当回避", "Who has an interest in the matter does not handle it", _S,
                 "people.rights"),
            Duty("告知核查、调解、仲裁、诉讼等途径", "Review, mediation, arbitration and litigation are named", _S),
        ),
    ),
    Regulation(
        "pboc_5", "中国人民银行金融消费者权益保护实施办法",
        "PBoC measures for the protection of financial consumers (Order 5)", "人民银行令2020年第5号", "2020-11-01",
        (
            Duty("转办投诉15日答复,复杂的至多60日", "Forwarded complaints: 15 days, 60 at most when complex", _S,
                 "rules.show"),
            Duty("投诉资料自办结起至少保存3年", "Complaint files are kept at least 3 years from completion", _S,
                 "two_person.index"),
            Duty("信息泄露72小时内报告", "A leak is reported within 72 hours", _S),
        ),
    ),
    Regulation(
        "pipl", "中华人民共和国个人信息保护法", "Personal Information Protection Law", "2021-08-20", "",
        (
            Duty("最小必要,保存期限最短(第六、十九条)", "The least data, the shortest time (Arts. 6, 19)", _T),
            Duty("告知处理目的与保存期限(第十七条)", "Notice of purpose and retention (Art. 17)", _T),
            Duty("自动化决策不得单独作出决定(第二十四条)",
                 "Machines suggest, people decide (Art. 24)", _T, "people.rights"),
            Duty("不得公开个人信息(第二十五条)", "Nothing is disclosed (Art. 25)", _T, "people.rights"),
            Duty("分类管理、加密、去标识化、确定操作权限(第五十一条)",
                 "Classes, encryption, masking, rights of operation (Art. 51)", _T, "people.rights"),
            Duty("定期合规审计(第五十四条)", "Regular compliance audits (Art. 54)", _T, "audit.index"),
            Duty("期限届满删除(第四十七条)", "Deletion at the end of the term (Art. 47)", _T, "two_person.index"),
            Duty("泄露立即补救并通知(第五十七条)", "A leak: remedy and notice at once (Art. 57)", _T),
        ),
    ),
    Regulation(
        "jrt_0171", "个人金融信息保护技术规范", "Technical specification for personal financial information",
        "JR/T 0171-2020", "2020-02-13",
        (
            Duty("信息分为C3、C2、C1三级", "Three levels of information, C3, C2 and C1", _S, "people.rights"),
            Duty("展示时屏蔽(附录A)", "Masked where it is shown (Appendix A)", _S, "customers.index"),
        ),
    ),
    Regulation(
        "jrt_0169", "金融消费者投诉统计分类及编码", "Classes and codes of complaint statistics", "JR/T 0169-2018", "",
        (Duty("按渠道、业务、原因三维统计", "Statistics by channel, business and reason", _S),),
    ),
)  # fmt: skip
"""The one that the sources name as the rule to follow stands first."""
