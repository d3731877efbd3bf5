"""The regions that complaints are counted in: provinces with their two digits of GB/T 2260 (pure).

A landline's area code says where it is; a mobile number says nothing of where a customer lives.
"""

from __future__ import annotations

from collections.abc import Mapping

from crm.domain.catalogue import Title

REGIONS: Mapping[str, Title] = {
    "11": Title("北京", "Beijing"), "12": Title("天津", "Tianjin"), "13": Title("河北", "Hebei"),
    "14": Title("山西", "Shanxi"), "15": Title("内蒙古", "Inner Mongolia"), "21": Title("辽宁", "Liaoning"),
    "22": Title("吉林", "Jilin"), "23": Title("黑龙江", "Heilongjiang"), "31": Title("上海", "Shanghai"),
    "32": Title("江苏", "Jiangsu"), "33": Title("浙江", "Zhejiang"), "34": Title("安徽", "Anhui"),
    "35": Title("福建", "Fujian"), "36": Title("江西", "Jiangxi"), "37": Title("山东", "Shandong"),
    "41": Title("河南", "Henan"), "42": Title("湖北", "Hubei"), "43": Title("湖南", "Hunan"),
    "44": Title("广东", "Guangdong"), "45": Title("广西", "Guangxi"), "46": Title("海南", "Hainan"),
    "50": Title("重庆", "Chongqing"), "51": Title("四川", "Sichuan"), "52": Title("贵州", "Guizhou"),
    "53": Title("云南", "Yunnan"), "54": Title("西藏", "Tibet"), "61": Title("陕西", "Shaanxi"),
    "62": Title("甘肃", "Gansu"), "63": Title("青海", "Qinghai"), "64": Title("宁夏", "Ningxia"),
    "65": Title("新疆", "Xinjiang"), "71": Title("台湾", "Taiwan"), "81": Title("香港", "Hong Kong"),
    "82": Title("澳门", "Macao"), "99": Title("境外", "Abroad"),
}  # fmt: skip

_AREAS: Mapping[str, str] = {
    "10": "11", "22": "12", "21": "31", "23": "50", "20": "44", "24": "21", "25": "32", "27": "42", "28": "51",
    "29": "61", "31": "13", "335": "13", "34": "14", "35": "14", "37": "41", "39": "41", "41": "21", "42": "21",
    "43": "22", "45": "23", "46": "23", "47": "15", "48": "15", "51": "32", "52": "32", "53": "37", "54": "37",
    "63": "37", "55": "34", "56": "34", "57": "33", "58": "33", "59": "35", "66": "44", "75": "44", "76": "44",
    "69": "53", "87": "53", "88": "53", "70": "36", "79": "36", "71": "42", "72": "42", "73": "43", "74": "43",
    "77": "45", "81": "51", "82": "51", "83": "51", "85": "52", "898": "46", "89": "54", "90": "65", "99": "65",
    "91": "61", "93": "62", "94": "62", "95": "64", "97": "63",
}  # fmt: skip
"""Beginnings of area codes (without the 0) → region; the longest that fits counts."""


def of_landline(number: str | None) -> str | None:
    """The region of a Chinese landline in digits (``0755…`` or ``86755…``); None for a mobile and for anything else."""
    digits = "".join(char for char in number or "" if char in "0123456789")
    if digits.startswith("0086"):
        digits = digits[4:]
    elif digits.startswith("86") and len(digits) > 11:
        digits = digits[2:]
    national = digits.removeprefix("0")
    if not 9 <= len(national) <= 11 or (len(national) == 11 and national.startswith("1") and digits[:2] != "01"):
        return None
    if national.startswith("1") and not national.startswith("10"):
        return None
    return next((_AREAS[national[:size]] for size in (3, 2) if national[:size] in _AREAS), None)
