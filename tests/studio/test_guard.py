"""The studio's door: without its cookie nothing is answered, nor is anything from elsewhere, whatever it says it is."""

import asyncio
import json
import re

import pytest

pytest.importorskip("starlette", reason="the studio is not installed: pip install '.[studio]'")
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from vidream.studio.guard import HEADERS, MOST_JSON, Guard, Keys

PORT = 8123
HOST, OWN = f"127.0.0.1:{PORT}", f"http://127.0.0.1:{PORT}"
KEYS = Keys("token-0123456789", "cookie-0123456789", "once-0123456789")  # fixed: tests are named after them
STREAM = "what-is-live-0123456789"
COOKIE = f"vidream-studio-{PORT}={KEYS.cookie}"
JSON = {"content-type": "application/json"}


async def everything(request: Request) -> Response:
    body = await request.body()
    return PlainTextResponse(f"seen {request.method} {len(body)}", headers=dict(request.query_params))


async def socket(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.close()


def app() -> Guard:
    routes = [
        Route("/{path:path}", everything, methods=["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"]),
        WebSocketRoute("/socket", socket),
    ]
    return Guard(Starlette(routes=routes), PORT, KEYS, STREAM.__eq__)


def asked(
    path: str = "/",
    method: str = "GET",
    *,
    headers=(),
    body: bytes | list[bytes] = b"",
    kind: str = "http",
    guard=None,
    **known,
):
    """What an address answers: status, headers, body; `known` are headers: None takes away one that is usually sent."""
    usual = {"host": HOST, "cookie": COOKIE}
    if method not in ("GET", "HEAD") or kind == "websocket":
        usual["origin"] = OWN
    if method == "POST":
        usual |= JSON
    if method == "PUT":
        usual |= {"content-type": "application/octet-stream"}
    named = usual | {name.replace("_", "-"): value for name, value in known.items()}
    path, _, query = path.partition("?")
    scope = {
        "type": kind,
        "path": path,
        "raw_path": path.encode("latin-1"),
        "query_string": query.encode(),
        "root_path": "",
        "scheme": "http",
        "http_version": "1.1",
        "headers": [(k.encode(), v.encode("latin-1")) for k, v in named.items() if v is not None] + list(headers),
        "extensions": {"websocket.http.response": {}},
    }
    if kind == "http":
        scope["method"] = method
    parts = body if isinstance(body, list) else [body]
    upcoming = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
    upcoming[-1]["more_body"] = False
    if kind == "websocket":
        upcoming = [{"type": "websocket.connect"}]
    sent = []

    async def receive():
        return upcoming.pop(0) if upcoming else {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    asyncio.run((guard or app())(scope, receive, send))
    if sent[0]["type"] == "websocket.accept":
        return 101, {}, b""
    fields = {key.decode().lower(): value.decode() for key, value in sent[0]["headers"]}
    return sent[0]["status"], fields, b"".join(message.get("body", b"") for message in sent[1:])


def test_what_has_the_cookie_is_let_through():
    assert asked()[::2] == (200, b"seen GET 0")
    assert asked("/do/look/set", "POST", body=b"{}")[::2] == (200, b"seen POST 2")
    assert asked("/files/upload?name=a.mp4", "PUT", body=b"123")[::2] == (200, b"seen PUT 3")
    assert asked("/socket", kind="websocket")[0] == 101


def test_the_start_address_gives_a_strict_cookie_and_drops_the_token():
    status, headers, body = asked(f"/?token={KEYS.token}", cookie=None)
    assert (status, headers["location"], body) == (303, "/", b"")
    assert headers["set-cookie"] == f"{COOKIE}; Path=/; HttpOnly; SameSite=Strict"
    assert KEYS.cookie != KEYS.token
    assert asked(cookie=headers["set-cookie"].partition(";")[0])[0] == 200


def test_the_browser_that_we_open_has_a_token_that_is_taken_once():
    guard = app()
    assert asked(f"/?token={KEYS.once}", cookie=None, guard=guard)[0] == 303
    assert asked(f"/?token={KEYS.once}", cookie=None, guard=guard)[0] == 403
    assert asked(f"/?token={KEYS.token}", cookie=None, guard=guard)[0] == 303
    assert asked(f"/?token={KEYS.token}", cookie=None, guard=guard)[0] == 303


def test_from_a_link_in_another_page_a_page_of_ours_sends_on():
    status, headers, body = asked(f"/?token={KEYS.token}", cookie=None, sec_fetch_site="cross-site")
    assert (status, headers["set-cookie"][:15]) == (200, "vidream-studio-")
    assert b'content="0; url=/"' in body
    assert KEYS.token.encode() not in body


@pytest.mark.parametrize("query", ["", "token=", "token=x", f"token={KEYS.cookie}", f"token={KEYS.token}x"])
def test_without_the_token_no_cookie_is_given(query: str):
    status, headers, _ = asked(f"/?{query}", cookie=None)
    assert status == 403
    assert "set-cookie" not in headers


def test_the_token_is_taken_at_the_start_address_alone_and_by_our_name_alone():
    assert asked(f"/look/schema?token={KEYS.token}", cookie=None)[0] == 403
    assert asked(f"/?token={KEYS.token}", "POST", cookie=None)[0] == 403
    assert asked(f"/?token={KEYS.token}", cookie=None, host=f"evil.example:{PORT}")[0] == 403


@pytest.mark.parametrize(
    "cookie",
    [
        None,
        "",
        f"vidream-studio-{PORT}=",
        f"vidream-studio-{PORT}={KEYS.token}",
        f"vidream-studio-{PORT}={KEYS.cookie}x",
        f"vidream-studio-{PORT + 1}={KEYS.cookie}",
        f"x{COOKIE}",
        KEYS.cookie,
        f"vidream-studio-{PORT}=\xff",
    ],
)
def test_without_the_cookie_every_address_is_shut(cookie: str | None):
    for path in ("/", "/js/app.js", "/files/film/00", "/nowhere", "/stream/", f"/stream/{KEYS.cookie}"):
        assert asked(path, cookie=cookie)[0] == 403
    assert asked("/do/look/set", "POST", cookie=cookie)[0] == 403
    assert asked("/files/upload", "PUT", cookie=cookie)[0] == 403
    assert asked("/socket", kind="websocket", cookie=cookie)[0] == 403


def test_the_cookie_is_found_among_others():
    assert asked(cookie=f"vidream-studio-1=a; {COOKIE}; b=c")[0] == 200
    assert asked(cookie="a=b", headers=[(b"cookie", COOKIE.encode())])[0] == 200


HOSTS = [
    None,
    "",
    "127.0.0.1",
    f"127.0.0.1:{PORT}0",
    f"127.0.0.1:{PORT} ",
    f"127.0.0.1.attacker.com:{PORT}",
    f"localhost.attacker.com:{PORT}",
    f"attacker.com:{PORT}",
    f"LOCALHOST:{PORT}",
    f"localhost.:{PORT}",
    f"[::ffff:127.0.0.1]:{PORT}",
    f"::1:{PORT}",
    f"0.0.0.0:{PORT}",
    f"127.1:{PORT}",
    f"127.0.0.1:{PORT}@attacker.com",
    f"127.0.0.1:{PORT},attacker.com",
]


@pytest.mark.parametrize("host", HOSTS)
def test_a_name_that_is_none_of_ours_is_refused_for_whatever_is_asked(host: str | None):
    origin = f"http://{host}"
    assert asked(host=host)[0] == 403
    assert asked("/do/look/set", "POST", host=host, origin=origin)[0] == 403
    assert asked("/files/upload", "PUT", host=host, origin=origin)[0] == 403
    assert asked("/socket", kind="websocket", host=host, origin=origin)[0] == 403
    assert asked(f"/stream/{STREAM}", cookie=None, host=host)[0] == 403


def test_our_three_names_are_answered():
    for name in ("127.0.0.1", "localhost", "[::1]"):
        host = f"{name}:{PORT}"
        assert asked(host=host)[0] == 200
        assert asked("/do/look/set", "POST", host=host, origin=f"http://{host}")[0] == 200


def test_two_hosts_are_refused():
    for other in (HOST, "evil.example"):
        assert asked(headers=[(b"host", other.encode())])[0] == 403
        assert asked(headers=[(b"Host", other.encode())])[0] == 403


ORIGINS = [
    "null",
    "",
    "http://127.0.0.1",
    f"http://127.0.0.1:{PORT + 1}",
    f"http://localhost:{PORT}",  # another of our names, and yet another page for a browser
    f"https://127.0.0.1:{PORT}",
    f"http://127.0.0.1:{PORT}.attacker.com",
    f"http://127.0.0.1:{PORT}/",
    f"HTTP://127.0.0.1:{PORT}",
    f"{OWN}, {OWN}",
    "file://",
]


@pytest.mark.parametrize("origin", ORIGINS)
def test_another_origin_is_refused_for_whatever_is_asked(origin: str):
    assert asked(origin=origin)[0] == 403
    assert asked("/do/look/set", "POST", origin=origin)[0] == 403
    assert asked("/files/upload", "PUT", origin=origin)[0] == 403
    assert asked("/socket", kind="websocket", origin=origin)[0] == 403
    assert asked(f"/stream/{STREAM}", origin=origin)[0] == 403


def test_what_changes_anything_must_say_whence_it_comes():
    assert asked("/do/look/set", "POST", origin=None)[0] == 403
    assert asked("/files/upload", "PUT", origin=None)[0] == 403
    assert asked("/socket", kind="websocket", origin=None)[0] == 403
    assert asked("/do/look/set", "POST", headers=[(b"origin", OWN.encode())])[0] == 403  # and once


@pytest.mark.parametrize("site", ["cross-site", "same-site", "", "SAME-ORIGIN"])
def test_another_page_is_refused_where_the_browser_tells_of_it(site: str):
    for path in ("/", "/files/film/00", f"/stream/{STREAM}"):
        assert asked(path, sec_fetch_site=site)[0] == 403
    assert asked(sec_fetch_site="same-origin")[0] == asked(sec_fetch_site="none")[0] == 200


@pytest.mark.parametrize("method", ["OPTIONS", "DELETE", "PATCH", "TRACE", "CONNECT", "PROPFIND", "get", "X" * 1000])
def test_other_methods_are_refused(method: str):
    status, headers, _ = asked("/do/look/set", method)
    assert status == 405
    assert not [name for name in headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    "kind",
    [None, "", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json"],
)
def test_actions_are_asked_in_json_alone(kind: str | None):
    assert asked("/do/look/set", "POST", content_type=kind)[0] == 415
    assert asked("/files/upload", "PUT", content_type=kind)[0] == 415


def test_json_may_name_its_characters():
    assert asked("/do/look/set", "POST", content_type="Application/JSON; charset=utf-8")[0] == 200
    twice = [(b"content-type", b"application/json")]
    assert asked("/do/look/set", "POST", content_type="text/plain", headers=twice)[0] == 415


def test_an_action_is_bounded_whether_it_says_its_length_or_not():
    most = [b"x" * (MOST_JSON // 2)] * 2
    assert asked("/do/a/b", "POST", body=most)[::2] == (200, f"seen POST {MOST_JSON}".encode())
    assert asked("/do/a/b", "POST", body=[*most, b"x"])[0] == 413
    assert asked("/do/a/b", "POST", content_length="2", transfer_encoding="chunked")[0] == 400
    for length in (str(MOST_JSON + 1), "9" * 5000, "-1", "1e3", "０"[:1].encode().decode("latin-1")):
        assert asked("/do/a/b", "POST", body=b"{}", content_length=length)[0] == 413


@pytest.mark.parametrize(
    "path",
    [
        "http://evil.example/",
        f"http://{HOST}/",
        "*",
        "",
        "//evil.example/a",
        "/..",
        "/a/../b",
        "/./a",
        "/.vidream-studio/state.json",
        "/a/.hidden",
        "/a\\..\\b",
        "/a\x00",
        "/a b",
        "/ü",
        "/a//b",
        "/" + "a" * 600,
    ],
)
def test_paths_are_made_of_plain_names(path: str):
    assert asked(path)[0] == 404
    assert asked(path, kind="websocket")[0] == 404
    assert asked(path, cookie=None)[0] == 403


def test_an_escaped_path_is_refused_even_where_it_comes_to_a_plain_one():
    scope_path, raw = "/files", b"/%66iles"

    async def run():
        sent = []

        async def send(message):
            sent.append(message)

        headers = [(b"host", HOST.encode()), (b"cookie", COOKIE.encode())]
        scope = {"type": "http", "method": "GET", "path": scope_path, "raw_path": raw, "query_string": b""}
        await app()({**scope, "headers": headers}, None, send)
        return sent[0]["status"]

    assert asyncio.run(run()) == 404


def test_the_stream_has_a_key_of_its_own_that_opens_nothing_else():
    assert asked(f"/stream/{STREAM}", cookie=None)[0] == 200
    assert asked(f"/stream/{STREAM}/more", cookie=None)[0] == 403
    assert asked("/stream/x", cookie=None)[0] == 403
    assert asked(f"/stream/{KEYS.token}", cookie=None)[0] == 403
    assert asked(f"/stream/{STREAM}", "POST", cookie=None)[0] == 403
    assert asked(f"/stream/{STREAM}", kind="websocket", cookie=None)[0] == 403
    assert asked(cookie=f"vidream-studio-{PORT}={STREAM}")[0] == 403
    assert asked(f"/?token={STREAM}", cookie=None)[0] == 403


@pytest.mark.parametrize(
    ("path", "known"),
    [("/", {}), ("/", {"cookie": None}), (f"/?token={KEYS.token}", {}), ("/", {"host": "x"}), ("/..", {})],
)
def test_every_answer_has_the_headers_of_all(path: str, known: dict):
    headers = asked(path, **known)[1]
    for name, value in HEADERS.items():
        assert headers[name.lower()] == value
    assert headers["cache-control"] == "no-store"
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'self';")
    assert not re.search(r"unsafe|data:|blob:|https?:|\*", policy)


def test_a_refused_socket_has_them_too():
    assert asked("/socket", kind="websocket", cookie=None)[1].items() >= {"x-content-type-options": "nosniff"}.items()


def test_a_route_says_how_it_is_cached_and_cannot_weaken_the_rest():
    headers = asked("/a?Cache-Control=no-cache&X-Content-Type-Options=sniff&content-security-policy=none")[1]
    assert headers["cache-control"] == "no-cache"
    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src 'self'" in headers["content-security-policy"]


def test_keys_are_random_and_do_not_show():
    words = [word for keys in (Keys(), Keys()) for word in (keys.token, keys.cookie, keys.once)]
    assert len({*words}) == 6
    assert min(map(len, words)) >= 43
    assert not any(word in json.dumps(repr(KEYS)) for word in (KEYS.token, KEYS.cookie))
