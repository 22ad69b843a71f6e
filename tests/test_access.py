"""Who may change what: every door that changes something × who comes to it.

``doors.toml`` lists the doors.  Run with ``-s`` for the table of what each answered.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
import tomllib
import urllib.parse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from conftest import BEARER, FORM, TOKEN, UPDATE, Reply, Run, Server, running
from mieco.access.grants import ROLES
from mieco.access.sessions import SESSION_SECONDS, EndedSessions, new_session
from mieco.engine.current import CurrentEngine
from mieco.engine.embedded import EmbeddedEngine
from mieco.publish.change import publish_nothing
from mieco.releases import Releases
from mieco.settings import Settings
from mieco.web import create_app

OWNER, OTHER = "shenzhen", "changzhou-new-energy"
DOORS: list[dict[str, str]] = tomllib.loads(
    (Path(__file__).parent / "doors.toml").read_text(encoding="utf-8")
)["door"]
# POST there changes nothing, or only what the browser of the sender keeps.
CHANGING_NOTHING = {
    *("/sparql", "/reconcile", "/reconcile/names", "/reconcile/1.0-draft/match"),
    *("/reconcile/1.0-draft/extend", "/session", "/session/end"),
}
# Who comes without a token that counts.
NOBODY = ("none", "wrong", "expired", "revoked", "cut", "basic")


@dataclass(frozen=True)
class Doors:
    """A service, and the Authorization header of everybody who comes to it."""

    server: Server
    folder: Path
    headers: Mapping[str, Mapping[str, str]]

    def knock(self, door: Mapping[str, str], who: str) -> Reply:
        method, target = door["request"].replace("{owner}", OWNER).split(" ", 1)
        headers = dict(self.headers[who])
        if "type" in door:
            headers["Content-Type"] = door["type"]
        body = door.get("body", "").replace("{owner}", OWNER)
        return self.server.send(method, target, headers, body.encode() or None)


@pytest.fixture(scope="module")
def doors(
    called: Run, few_directory: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Doors]:
    folder = shutil.copytree(few_directory, tmp_path_factory.mktemp("doors") / "data")

    def given(name: str, role: str, *more: str) -> str:
        made = called("token", "create", name, "--role", role, *more, "--data", str(folder))
        assert made.returncode == 0, made.stderr
        return made.stdout.strip()

    texts = {
        "contributor": given("a", "contributor", "--owner", OWNER),
        "publisher": given("b", "publisher"),
        "administrator": given("c", "administrator", "--days", "0"),
        "settings": TOKEN,
        "wrong": "mieco_000000000000_" + "A" * 43,
    }
    expired, revoked = given("d", "administrator"), given("e", "administrator")
    for command, text in (("expire", expired), ("revoke", revoked)):
        done = called("token", command, text.split("_")[1], "--data", str(folder))
        assert done.returncode == 0, done.stderr
    texts |= {"expired": expired, "revoked": revoked, "cut": texts["administrator"][:-1]}
    headers: dict[str, Mapping[str, str]] = {
        who: {"Authorization": f"Bearer {text}"} for who, text in texts.items()
    }
    headers["none"] = {}
    headers["basic"] = {"Authorization": f"Basic {texts['administrator']}"}
    with running("--data", str(folder), MIECO_TOKEN=TOKEN) as server:
        yield Doors(server, folder, headers)


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door["what"])
def test_doors_and_roles(doors: Doors, door: dict[str, str]) -> None:
    release = Releases(doors.folder).current_number()
    for who in NOBODY:
        reply = doors.knock(door, who)
        assert (reply.status, reply.json()["code"]) == (401, "unauthorised"), who
        assert reply.headers["WWW-Authenticate"].startswith("Bearer")
    least = ROLES.index(door["role"])  # type: ignore[arg-type]
    lesser = {role: doors.knock(door, role) for role in ROLES[:least]}
    assert {(r.status, r.json()["code"]) for r in lesser.values()} <= {(403, "forbidden")}
    assert Releases(doors.folder).current_number() == release
    met = {role: doors.knock(door, role).status for role in (*ROLES[least:], "settings")}
    assert not set(met.values()) & {401, 403, 500}, met
    told = {**dict.fromkeys(NOBODY, 401), **dict.fromkeys(lesser, 403), **met}
    answers = ", ".join(f"{who} {status}" for who, status in told.items())
    sys.stdout.write(f"\n{door['what']}: {answers}")


def test_every_door_that_changes_something_is_in_the_table(doors: Doors) -> None:
    settings = Settings(data=doors.folder, workers=1)
    releases = Releases(doors.folder)
    engine = CurrentEngine(releases, lambda r: EmbeddedEngine(r.folder, settings))
    try:
        app = create_app(settings, engine)
        known = app.url_map.bind("mieco.example")
        tested = {
            known.match(urllib.parse.urlsplit(target).path.replace("{owner}", "x"), method)[0]
            for method, target in (door["request"].split(" ", 1) for door in DOORS)
        }
        for rule in app.url_map.iter_rules():
            changing = (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}
            if changing and rule.rule not in CHANGING_NOTHING:
                assert rule.endpoint in tested, rule
    finally:
        engine.close()


def test_by_default_nobody_can_write(server: Server) -> None:
    for door in DOORS:
        method, target = door["request"].replace("{owner}", OWNER).split(" ", 1)
        headers = {"Content-Type": door["type"]} if "type" in door else {}
        for more in ({}, BEARER):
            reply = server.send(method, target, headers | more, door.get("body", "").encode())
            assert (reply.status, reply.json()["code"]) == (403, "writing-disabled"), door["what"]


def test_a_contributor_s_own_delivery_and_no_other(doors: Doors) -> None:
    """From the file to the release, and out of sight of another contributor."""
    turtle = {"Content-Type": "text/turtle"}
    mine, other = doors.headers["contributor"], _given(doors, "contributor", [OTHER])
    for owner, state in ((OTHER, "failed"), (OWNER, "ready")):
        target = f"/import?filename=mine.ttl&consortium={owner}&batch=own"
        text = (
            f"<https://w3id.org/mieco/id/consortium/{owner}>"
            ' <http://www.w3.org/2000/01/rdf-schema#comment> "note" .'
        )
        taken = doors.server.send("POST", target, {**mine, **turtle}, text.encode())
        assert taken.status == 202, taken.text
        where = taken.headers["Location"]
        made = _awaited(doors, where, mine)
        assert made["state"] == state, made
        assert not {"token", "token_name", "grant", "holder"} & made.keys()
        assert made["by"] == ""
        if state == "failed":
            assert made["error"]["code"] == "forbidden"
            continue
        hidden = doors.server.send("GET", where, dict(other))
        assert (hidden.status, hidden.json()["code"]) == (404, "not-found")
        listed = doors.server.send("GET", "/import", dict(other)).json()["deliveries"]
        assert listed == []
        assert doors.server.send("POST", f"{where}/publish", dict(other)).status == 404
        assert doors.server.send("POST", f"{where}/publish", dict(mine)).status == 202
        assert _awaited(doors, where, mine)["state"] == "published"
    gone = doors.server.send("DELETE", f"/import/batches/{OWNER}/own", dict(mine))
    assert gone.status == 204
    told = _audit(doors)
    assert [e["action"] for e in told[-2:]] == ["delete-batch", "delete-batch"]
    (published,) = [e for e in told if e["action"] == "publish-delivery" and e["of"]]
    assert (published["state"], published["actor"]["name"]) == ("done", "a")


def test_a_token_counts_until_it_is_revoked_or_expires(doors: Doors, called: Run) -> None:
    made = doors.server.post(
        "/admin/tokens",
        json.dumps({"name": "甲", "role": "publisher", "days": 1}),
        "application/json",
        **doors.headers["administrator"],
    )
    assert made.status == 201
    token = made.json()
    bearer = {"Authorization": f"Bearer {token['token']}"}
    insert = "INSERT DATA { <http://e/a> <http://e/b> <http://e/c> }"
    assert doors.server.post("/update", insert, UPDATE, **bearer).status == 204
    cookie = _signed_in(doors.server, token["token"])
    assert doors.server.send("GET", "/import?format=json", {"Cookie": cookie}).status == 200
    revoked = doors.server.send(
        "DELETE", f"/admin/tokens/{token['id']}", dict(doors.headers["administrator"])
    )
    assert revoked.status == 204
    assert doors.server.post("/update", insert, UPDATE, **bearer).status == 401
    # Whoever signed in with it is signed out.
    assert doors.server.send("GET", "/import?format=json", {"Cookie": cookie}).status == 401
    listed = called("token", "list", "--json", "--data", str(doors.folder)).stdout
    assert {"revoked", "expired", "active"} == {t["state"] for t in json.loads(listed)["tokens"]}


def test_a_copy_of_the_cookie_counts_no_more_after_signing_out(
    few_directory: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(few_directory, tmp_path / "data")

    def status(server: Server, cookie: str) -> int:
        return server.send("GET", "/import?format=json", {"Cookie": cookie}).status

    with running("--data", str(folder), MIECO_TOKEN=TOKEN) as server:
        copy, elsewhere = _signed_in(server, TOKEN), _signed_in(server, TOKEN)
        assert copy != elsewhere
        assert status(server, copy) == 200
        left = server.post("/session/end", "", FORM, Cookie=copy, Origin=server.url)
        assert left.status == 303
        assert (status(server, copy), status(server, elsewhere)) == (401, 200)
        again = server.post("/session/end", "", FORM, Cookie=copy, Origin=server.url)
        assert again.status == 401
    with running("--data", str(folder), MIECO_TOKEN=TOKEN) as server:
        assert (status(server, copy), status(server, elsewhere)) == (401, 200)


def test_ended_sessions_are_forgotten_when_they_would_have_ended(tmp_path: Path) -> None:
    ended = EndedSessions(tmp_path)
    old, young = new_session(), new_session()
    assert old not in ended
    ended.add(old)
    assert old in ended
    before = time.time() - SESSION_SECONDS - 1
    os.utime(tmp_path / "ended-sessions" / old, (before, before))
    ended.add(young)
    assert [path.name for path in (tmp_path / "ended-sessions").iterdir()] == [young]
    # Of no session that could go on, and of no file elsewhere.
    assert all(key in ended for key in ("", ".", "..", "../x", young.upper()))


def test_others_see_no_more_than_the_umask_lets_them(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        publish_nothing(Releases(tmp_path / "data"))
    finally:
        os.umask(before)
    assert (tmp_path / "data" / "current").stat().st_mode & 0o077 == 0


def test_no_file_holds_a_token(doors: Doors) -> None:
    secrets = [h["Authorization"].split(" ")[1] for h in doors.headers.values() if h]
    for path in doors.folder.rglob("*"):
        if path.is_file() and path.stat().st_size < 10_000_000:
            found = path.read_bytes()
            assert not any(secret.encode() in found for secret in secrets if len(secret) > 20), path
    for name in ("tokens.json", "session.key", "audit.jsonl"):
        if (doors.folder / name).exists():
            assert (doors.folder / name).stat().st_mode & 0o077 == 0, name


@pytest.mark.parametrize(
    "spoilt", ["", "{", '{"tokens": {}}', '{"tokens": [{"id": 1}]}', "[]", '{"tokens": null}']
)
def test_tokens_that_cannot_be_read_let_nobody_in(
    called: Run, tmp_path: Path, few_directory: Path, spoilt: str
) -> None:
    folder = shutil.copytree(few_directory, tmp_path / "data")
    text = called(
        "token", "create", "x", "--role", "administrator", "--data", str(folder)
    ).stdout.strip()
    (folder / "tokens.json").write_text(spoilt, encoding="utf-8")
    with running("--data", str(folder)) as server:
        for headers in ({}, {"Authorization": f"Bearer {text}"}):
            reply = server.post("/update", "DROP ALL", UPDATE, **headers)
            assert (reply.status, reply.json()["code"]) == (503, "tokens-unreadable")
        assert server.get("/sparql", query="ASK {}").json()["boolean"] is True
        assert server.get("/import", "text/html").status in (200, 503)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("[]", "bad-request"),
        ("{", "bad-request"),
        ('{"name": 1, "role": "publisher"}', "bad-request"),
        ('{"name": "x", "role": "contributor", "owners": "shenzhen"}', "bad-request"),
        ('{"name": "x", "role": "contributor"}', "bad-parameter"),
        ('{"name": "x", "role": "publisher", "days": "soon"}', "bad-parameter"),
        ('{"name": "x", "role": "publisher", "days": true}', "bad-parameter"),
        ('{"name": "x", "role": "publisher", "days": ' + "9" * 500 + "}", "bad-parameter"),
        ('{"name": "", "role": "publisher"}', "bad-parameter"),
        ('{"name": "x", "role": "king"}', "bad-parameter"),
    ],
)
def test_what_is_no_token(doors: Doors, body: str, code: str) -> None:
    headers = doors.headers["administrator"]
    reply = doors.server.post("/admin/tokens", body, "application/json", **headers)
    assert (reply.status, reply.json()["code"]) == (400, code)


def test_forms_from_elsewhere_do_nothing(doors: Doors) -> None:
    admin = doors.headers["administrator"]["Authorization"].split(" ")[1]
    cookie = _signed_in(doors.server, admin)
    form = urllib.parse.urlencode({"name": "x", "role": "publisher", "days": "1"})
    for origin in ("https://evil.example", "null", ""):
        more = {"Cookie": cookie, **({"Origin": origin} if origin else {})}
        for path in ("/admin/tokens", "/admin/tokens/aaaaaaaaaaaa", "/session/end"):
            reply = doors.server.post(path, form, FORM, **more)
            assert (reply.status, reply.json()["code"]) == (403, "cross-origin")
    body = urllib.parse.urlencode({"token": admin})
    reply = doors.server.post("/session", body, FORM, Origin="https://evil.example")
    assert (reply.status, reply.json()["code"]) == (403, "cross-origin")


def test_the_page_of_administrators(doors: Doors) -> None:
    admin = doors.headers["administrator"]["Authorization"].split(" ")[1]
    cookie = {"Cookie": _signed_in(doors.server, admin), "Accept": "text/html"}
    page = doors.server.send("GET", "/zh/admin", cookie)
    assert page.status == 200
    assert "发放令牌" in page.text
    form = urllib.parse.urlencode(
        {"name": "<b>乙</b>", "role": "contributor", "owners": "shenzhen wuhan", "days": "7"}
    )
    made = doors.server.post("/admin/tokens", form, FORM, Origin=doors.server.url, **cookie)
    assert made.status == 201
    assert "mieco_" in made.text
    assert "<b>" not in made.text
    assert "wuhan" in made.text
    assert made.headers["Cache-Control"] == "no-store"
    token = doors.server.send("GET", "/admin?format=json", cookie).json()["tokens"][-1]
    assert (token["owners"], token["state"]) == (["shenzhen", "wuhan"], "active")
    target = f"/admin/tokens/{token['id']}"
    assert doors.server.post(target, "", FORM, Origin=doors.server.url, **cookie).status == 303
    sent = doors.server.get("/admin", "text/html")
    assert (sent.status, sent.headers["Location"]) == (303, "/session?next=/admin")


def _given(doors: Doors, role: str, owners: list[str]) -> Mapping[str, str]:
    made = doors.server.post(
        "/admin/tokens",
        json.dumps({"name": "other", "role": role, "owners": owners}),
        "application/json",
        **doors.headers["administrator"],
    )
    assert made.json()["unknown_owners"] == {}
    return {"Authorization": f"Bearer {made.json()['token']}"}


def _awaited(doors: Doors, where: str, headers: Mapping[str, str]) -> dict[str, Any]:
    while True:
        told: dict[str, Any] = doors.server.send("GET", where, dict(headers)).json()
        if told["state"] not in ("waiting", "working"):
            return told


def _signed_in(server: Server, token: str) -> str:
    body = urllib.parse.urlencode({"token": token})
    reply = server.post("/session", body, FORM)
    assert reply.status == 303, reply.text
    return reply.headers["Set-Cookie"].partition(";")[0]


def _audit(doors: Doors) -> list[dict[str, Any]]:
    lines = (doors.folder / "audit.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]
