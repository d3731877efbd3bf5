"""Recordings over HTTP: facts, ranges of sealed audio, transcripts in every state."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from marshmallow import RAISE
from sqlalchemy import func, select
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.test import TestResponse

from crm.api import schemas
from crm.api.audio import wanted_range
from crm.db.models import AuditEntry
from recordings.store import StoredObject
from tests.factories import House, make_app
from tests.integration.crm_web.conftest import Api

pytestmark = pytest.mark.integration

GetApi = Callable[[str], Api]


def _audio(house: House, name: str = "english") -> str:
    return f"/recordings/{house.recording_ids[name]}/audio"


def test_facts_have_the_fields_of_the_contract(api: GetApi, house: House) -> None:
    body = api("sam").get(f"/recordings/{house.recording_ids['salvaged']}").json
    assert schemas.Recording(unknown=RAISE).validate(body) == {}
    assert body["flags"] == ["salvaged", "unfinished"]
    assert (body["channels"], body["duration"], body["transcript_state"]) == (1, 12.0, "queued")


def test_the_whole_file_is_the_one_that_was_hashed(api: GetApi, house: House) -> None:
    facts = api("sam").get(f"/recordings/{house.recording_ids['english']}").json
    answer = api("sam").get(_audio(house))
    assert (answer.status_code, answer.mimetype) == (200, "audio/wav")
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert sha256(answer.data).hexdigest() == facts["sha256"]
    assert answer.content_length == facts["size"] == len(answer.data)


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-1", 0, 2),
        ("bytes=0-", 0, None),
        ("bytes=44-", 44, None),
        ("bytes=100000-100999", 100_000, 101_000),
        ("bytes=-10", -10, None),
        ("bytes=65535-65536", 65_535, 65_537),
        ("bytes=5-99999999", 5, None),
    ],
)
def test_a_range_gives_its_bytes(api: GetApi, house: House, asked: str, start: int, end: int | None) -> None:
    whole = api("sam").get(_audio(house)).data
    answer = api("sam").get(_audio(house), headers={"Range": asked})
    assert answer.status_code == 206
    assert answer.data == whole[start:end]
    assert answer.headers["Content-Length"] == str(len(answer.data))
    first = len(whole) + start if start < 0 else start
    assert answer.headers["Content-Range"] == f"bytes {first}-{first + len(answer.data) - 1}/{len(whole)}"


@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=192044-192050"])
def test_a_range_that_is_not_there_is_416(api: GetApi, house: House, asked: str) -> None:
    answer = api("sam").get(_audio(house), headers={"Range": asked})
    assert (answer.status_code, answer.content_type) == (416, "application/problem+json")
    assert answer.headers["Content-Range"] == "bytes */192044"


@pytest.mark.parametrize("asked", ["bytes=0-1,4-5", "seconds=0-1", "bytes", "bytes=x-y", "bytes=5-1"])
def test_ranges_of_another_kind_get_everything(api: GetApi, house: House, asked: str) -> None:
    assert api("sam").get(_audio(house), headers={"Range": asked}).status_code == 200


def test_if_range_with_another_version_gets_everything(api: GetApi, house: House) -> None:
    tag = api("sam").head(_audio(house)).headers["ETag"]
    for value, status in ((tag, 206), ('"another"', 200)):
        headers = {"Range": "bytes=0-9", "If-Range": value}
        assert api("sam").get(_audio(house), headers=headers).status_code == status


def test_head_tells_the_size_and_sends_nothing(api: GetApi, house: House) -> None:
    answer = api("sam").head(_audio(house))
    assert (answer.status_code, answer.headers["Content-Length"], answer.data) == (200, "192044", b"")


def _listened(house: House) -> int:
    with house.database.read() as session:
        entries = select(func.count()).where(AuditEntry.action == "recording.listened")
        return session.scalar(entries) or 0


def test_listening_is_written_down_once_a_play(api: GetApi, house: House) -> None:
    for asked in ("bytes=0-", "bytes=1000-", "bytes=2000-3000"):
        api("handler").get(_audio(house), headers={"Range": asked})
    api("handler").head(_audio(house))
    assert _listened(house) == 1


class _Counting:
    """A sealed file that counts the bytes which it was asked to open."""

    def __init__(self, inner: StoredObject) -> None:
        self._inner, self.size, self.asked = inner, inner.size, 0

    def read(self, start: int, end: int) -> Iterator[bytes]:
        self.asked += end - start
        return self._inner.read(start, end)


def test_only_what_is_asked_is_opened(api: GetApi, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[_Counting] = []
    plain = house.store.open

    def counting(key: str) -> _Counting:
        opened.append(_Counting(plain(key)))
        return opened[-1]

    monkeypatch.setattr(house.store, "open", counting)
    api("sam").get(_audio(house, "english-call"), headers={"Range": "bytes=300000-300099"})
    assert [one.asked for one in opened] == [100]


def _get_audio(house: House) -> TestResponse:
    return Api(make_app(house).test_client(), house.tokens["sam"]).get(_audio(house))


def test_a_damaged_file_is_not_played(own_house: House, built_assets: None) -> None:
    for path in own_house.store.root.rglob("*.rec"):
        path.chmod(0o600)
        content = bytearray(path.read_bytes())
        content[10] ^= 1
        path.write_bytes(content)
    answer = _get_audio(own_house)
    assert (answer.status_code, answer.content_type) == (500, "application/problem+json")


def test_a_missing_file_is_said_to_be_missing(own_house: House, built_assets: None) -> None:
    for path in own_house.store.root.rglob("*.rec"):
        path.unlink()
    answer = _get_audio(own_house)
    assert answer.status_code == 404
    assert "missing" in answer.get_json(force=True)["detail"]


@pytest.mark.parametrize(
    ("name", "state", "segments"),
    [("english", "done", 3), ("waiting", "waiting_for_model", 0), ("salvaged", "queued", 0)],
)
def test_a_transcript_says_its_state(api: GetApi, house: House, name: str, state: str, segments: int) -> None:
    body = api("sam").get(f"/recordings/{house.recording_ids[name]}/transcript").json
    assert schemas.Transcript(unknown=RAISE).validate(body) == {}
    assert (body["state"], len(body["segments"])) == (state, segments)
    assert (body["engine"] is None) == (state != "done")


def test_a_dialogue_names_its_sides(api: GetApi, house: House) -> None:
    body = api("sam").get(f"/recordings/{house.recording_ids['english-call']}/transcript").json
    assert [segment["side"] for segment in body["segments"]] == ["caller", "agent", "caller"]
    assert body["text"].startswith("my card was charged twice")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=40))
def test_no_range_header_breaks_the_reader(app: Flask, asked: str) -> None:
    with app.test_request_context(headers={"Range": asked}):
        try:
            found = wanted_range(1000, "tag")
        except RequestedRangeNotSatisfiable:
            return
    assert found is None or 0 <= found[0] < found[1] <= 1000
