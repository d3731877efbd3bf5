"""How a provider of text messages is spoken to: a TOML file that the operator writes (pure).

url = "https://sms.example/send"
method = "POST"
timeout = 10
form = "json"                          # json, form or query
[headers]
Authorization = "Bearer {secret}"
[fields]
phone = "{number}"
content = "{text}"
ref = "{reference}"
[answer]
ok = {code = ["0", "OK"]}              # a field of the JSON answer, and its values that mean taken
id = "data.msgid"                      # the provider's own number of it
never = {code = ["INVALID_NUMBER"]}    # values that mean: no other try
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

PLACES = frozenset({"number", "text", "reference", "secret", "ticket"})
FORMS = ("json", "form", "query")
_PLACE = re.compile(r"\{([a-z]+)\}")


class SpecError(ValueError):
    """The file does not describe a provider; the text says what is wrong with it."""


@dataclass(frozen=True)
class Spec:
    """A provider."""

    url: str
    method: str = "POST"
    form: str = "json"
    timeout: float = 10.0
    headers: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    ok: Mapping[str, frozenset[str]] = field(default_factory=dict)
    never: Mapping[str, frozenset[str]] = field(default_factory=dict)
    id: str = ""


@dataclass(frozen=True)
class Request:
    """What is asked of the provider."""

    url: str
    method: str
    headers: Mapping[str, str]
    body: bytes | None


def parse(text: str) -> Spec:
    """A provider from its file. Raises SpecError."""
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SpecError(f"not TOML: {error}") from error
    url, form = str(given.get("url", "")), str(given.get("form", "json"))
    if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname:
        raise SpecError("url must be an http or https address")
    if form not in FORMS:
        raise SpecError(f"form must be one of {', '.join(FORMS)}")
    fields = _texts(given.get("fields", {}), "fields")
    headers = _texts(given.get("headers", {}), "headers")
    unknown = {p for one in (*fields.values(), *headers.values()) for p in _PLACE.findall(one)} - PLACES
    if unknown:
        raise SpecError(f"{{{min(unknown)}}} is not known; there are {', '.join(sorted(PLACES))}")
    if not {"number", "text"} <= {p for one in fields.values() for p in _PLACE.findall(one)}:
        raise SpecError("fields must hold {number} and {text}")
    answer = given.get("answer", {})
    return Spec(
        url=url,
        method=str(given.get("method", "POST")).upper(),
        form=form,
        timeout=float(given.get("timeout", 10)),
        headers=headers,
        fields=fields,
        ok=_values(answer.get("ok", {})),
        never=_values(answer.get("never", {})),
        id=str(answer.get("id", "")),
    )


def _texts(given: Any, name: str) -> dict[str, str]:
    if not isinstance(given, dict) or not all(isinstance(one, str) for one in given.values()):
        raise SpecError(f"{name} must be texts by their names")
    return dict(given)


def _values(given: Any) -> dict[str, frozenset[str]]:
    if not isinstance(given, dict):
        raise SpecError("ok and never must be values by the names of fields")
    return {name: frozenset(str(one) for one in (v if isinstance(v, list) else [v])) for name, v in given.items()}


def request(spec: Spec, values: Mapping[str, str]) -> Request:
    """What to ask for these values; each is put in its field as data, never into the structure."""
    fields = {name: _fill(text, values) for name, text in spec.fields.items()}
    headers = {name: _line(_fill(text, values)) for name, text in spec.headers.items()}
    if spec.form == "query":
        joint = "&" if urlsplit(spec.url).query else "?"
        return Request(spec.url + joint + urlencode(fields), spec.method, headers, None)
    if spec.form == "form":
        kind, body = "application/x-www-form-urlencoded", urlencode(fields).encode()
    else:
        kind, body = "application/json; charset=utf-8", json.dumps(fields, ensure_ascii=False).encode()
    return Request(spec.url, spec.method, {"Content-Type": kind, **headers}, body)


def _fill(text: str, values: Mapping[str, str]) -> str:
    return _PLACE.sub(lambda match: values.get(match[1], ""), text)


def _line(text: str) -> str:
    return "".join(char for char in text if char.isprintable())


def at_path(document: Any, path: str) -> str | None:
    """A value of a JSON document by its names joined by dots; None where it is not there."""
    for name in path.split(".") if path else ():
        if isinstance(document, Sequence) and not isinstance(document, str) and name.isdigit():
            document = document[int(name)] if int(name) < len(document) else None
        else:
            document = document.get(name) if isinstance(document, Mapping) else None
    return None if document is None or isinstance(document, dict | list) else str(document)


def matches(wanted: Mapping[str, frozenset[str]], document: Any) -> bool:
    """Whether every named field has one of its values."""
    return bool(wanted) and all(at_path(document, path) in values for path, values in wanted.items())
