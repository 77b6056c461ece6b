"""Strangers at the studio's door as they come: raw bytes on its port, pages of other addresses in a real browser."""

import base64
import json
import os
import shutil
import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import httpx2 as httpx
import pytest
from pages import RunningStudio, serving, start_studio

SAMPLES = Path(__file__).parents[2] / "samples"


@pytest.fixture(scope="module")
def running(tmp_path_factory) -> Iterator[RunningStudio]:
    """A studio with a picture in it."""
    folder = tmp_path_factory.mktemp("studio")
    shutil.copy(SAMPLES / "cat.png", folder)
    running = start_studio(folder)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def owner(running) -> Iterator[httpx.Client]:
    """Who started it."""
    base = running.address.partition("?")[0].rstrip("/")
    with httpx.Client(base_url=base, headers={"origin": base}) as client:
        assert client.get(running.address).status_code == 303
        yield client


def port_of(running) -> int:
    return urlsplit(running.address).port


def cookie_of(owner) -> str:
    return "; ".join(f"{name}={value}" for name, value in owner.cookies.items())


def said(port: int, content: bytes) -> bytes:
    """What is answered to bytes on the studio's port, until it hangs up or has answered."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(content)
        answer = b""
        while b"\r\n\r\n" not in answer:
            part = connection.recv(65536)
            if not part:
                break
            answer += part
        return answer


def status(answer: bytes) -> int:
    """Of an answer; 0 where it was hung up without one."""
    return int(answer.split(b" ")[1]) if answer.startswith(b"HTTP/") else 0


def test_the_owner_is_let_in(owner):
    assert owner.get("/").status_code == 200
    assert owner.post("/do/files/offer", json={"name": "a.png", "size": 1}).status_code == 200


RAW = {
    "nothing of the kind": b"hello\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\n{cookie}\r\n",
    "HTTP/1.0 without a host": b"GET / HTTP/1.0\r\n{cookie}\r\n",
    "HTTP/0.9": b"GET /\r\n\r\n",
    "two hosts": b"GET / HTTP/1.1\r\n{host}{host}{cookie}\r\n",
    "two hosts, one foreign": b"GET / HTTP/1.1\r\n{host}Host: evil.test:{port}\r\n{cookie}\r\n",
    "two hosts, the first foreign": b"GET / HTTP/1.1\r\nHost: evil.test\r\n{host}{cookie}\r\n",
    "a foreign host": b"GET / HTTP/1.1\r\nHost: evil.test:{port}\r\n{cookie}\r\n",
    "a host in capitals": b"GET / HTTP/1.1\r\nHost: LOCALHOST:{port}\r\n{cookie}\r\n",
    "a host without its port": b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n{cookie}\r\n",
    "a host that begins like ours": b"GET / HTTP/1.1\r\nHost: localhost.attacker.com:{port}\r\n{cookie}\r\n",
    "a folded host": b"GET / HTTP/1.1\r\nHost: evil\r\n {here}\r\n{cookie}\r\n",
    "an address in full": b"GET http://evil.test/ HTTP/1.1\r\n{host}{cookie}\r\n",
    "our address in full": b"GET http://{here}/ HTTP/1.1\r\n{host}{cookie}\r\n",
    "an address in full, foreign host": b"GET http://{here}/ HTTP/1.1\r\nHost: evil.test\r\n{cookie}\r\n",
    "two slashes": b"GET //evil.test/x HTTP/1.1\r\n{host}{cookie}\r\n",
    "up": b"GET /page/../../../../etc/passwd HTTP/1.1\r\n{host}{cookie}\r\n",
    "up, escaped": b"GET /page/%2e%2e/%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\n{host}{cookie}\r\n",
    "up, escaped twice": b"GET /page/%252e%252e/%252e%252e/etc/passwd HTTP/1.1\r\n{host}{cookie}\r\n",
    "up, slashes escaped": b"GET /page/..%2f..%2f..%2fetc%2fpasswd HTTP/1.1\r\n{host}{cookie}\r\n",
    "up, backslashes": b"GET /page/..\\..\\..\\etc\\passwd HTTP/1.1\r\n{host}{cookie}\r\n",
    "a NUL": b"GET /page/index.html%00.png HTTP/1.1\r\n{host}{cookie}\r\n",
    "overlong UTF-8": b"GET /page/%c0%ae%c0%ae/x HTTP/1.1\r\n{host}{cookie}\r\n",
    "what is hidden": b"GET /page/.git HTTP/1.1\r\n{host}{cookie}\r\n",
    "no cookie": b"GET / HTTP/1.1\r\n{host}\r\n",
    "another's cookie": b"GET / HTTP/1.1\r\n{host}Cookie: vidream-studio-{port}=x\r\n\r\n",
    "a wrong token": b"GET /?token=x HTTP/1.1\r\n{host}\r\n",
    "a method": b"DELETE /files/film/0 HTTP/1.1\r\n{host}{cookie}{origin}\r\n",
    "a preflight": b"OPTIONS /do/look/noise HTTP/1.1\r\n{host}Origin: http://evil.test\r\n"
    b"Access-Control-Request-Method: POST\r\n\r\n",
    "our preflight": b"OPTIONS /do/look/noise HTTP/1.1\r\n{host}{cookie}{origin}\r\n",
    "CONNECT": b"CONNECT evil.test:80 HTTP/1.1\r\n{host}{cookie}{origin}\r\n",
    "TRACE": b"TRACE / HTTP/1.1\r\n{host}{cookie}{origin}\r\n",
    "a POST without an origin": b"{post}{host}{cookie}{json}{body}",
    "a POST of nowhere": b"{post}{host}{cookie}Origin: null\r\n{json}{body}",
    "a POST of another port": b"{post}{host}{cookie}Origin: http://127.0.0.1:1\r\n{json}{body}",
    "a POST of two": b"{post}{host}{cookie}{origin}{origin}{json}{body}",
    "a POST that is no JSON": b"{post}{host}{cookie}{origin}Content-Type: text/plain\r\n{body}",
    "a POST that says nothing": b"{post}{host}{cookie}{origin}{body}",
    "a POST that is too large": b"{post}{host}{cookie}{origin}{json}Content-Length: 9999999\r\n\r\n",
    "a POST of two lengths": b"{post}{host}{cookie}{origin}{json}Content-Length: 3\r\n{body}",
    "a POST smuggled": b"{post}{host}{cookie}{origin}{json}Transfer-Encoding: chunked\r\n{body}",
    "a GET that acts": b"GET /do/look/noise HTTP/1.1\r\n{host}{cookie}\r\n",
    "a PUT that is too large": b"PUT /files/upload?name=a.mp4&size=4000000000 HTTP/1.1\r\n{host}{cookie}{origin}"
    b"Content-Type: application/octet-stream\r\nContent-Length: 4000000000\r\n\r\n",
    "a PUT of another page": b"PUT /files/upload?name=a.mp4&size=3 HTTP/1.1\r\n{host}{cookie}Origin: http://evil.test\r\n"
    b"Content-Type: application/octet-stream\r\nContent-Length: 3\r\n\r\nabc",
    "a header without end": b"GET / HTTP/1.1\r\n{host}{cookie}X: " + b"x" * 200_000,
    "a socket without an origin": b"GET /socket HTTP/1.1\r\n{host}{cookie}{upgrade}",
    "a socket of nowhere": b"GET /socket HTTP/1.1\r\n{host}{cookie}Origin: null\r\n{upgrade}",
    "a socket of another page": b"GET /socket HTTP/1.1\r\n{host}{cookie}Origin: http://evil.test:{port}\r\n{upgrade}",
    "a socket without a cookie": b"GET /socket HTTP/1.1\r\n{host}{origin}{upgrade}",
    "a socket by another name": b"GET /socket HTTP/1.1\r\nHost: evil.test:{port}\r\n{cookie}Origin: http://evil.test:{port}\r\n"
    b"{upgrade}",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
}


@pytest.mark.parametrize("content", RAW.values(), ids=RAW)
def test_raw_bytes_are_refused_and_change_nothing(running, owner, content):
    port, key = port_of(running), base64.b64encode(os.urandom(16))
    parts = {
        b"port": str(port).encode(),
        b"here": f"127.0.0.1:{port}".encode(),
        b"host": f"Host: 127.0.0.1:{port}\r\n".encode(),
        b"cookie": f"Cookie: {cookie_of(owner)}\r\n".encode(),
        b"origin": f"Origin: http://127.0.0.1:{port}\r\n".encode(),
        b"post": b"POST /do/look/noise HTTP/1.1\r\n",
        b"json": b"Content-Type: application/json\r\n",
        b"body": b"Content-Length: 2\r\n\r\n{}",
        b"upgrade": b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
        + key
        + b"\r\n\r\n",
    }
    for name, part in parts.items():
        content = content.replace(b"{" + name + b"}", part)
    answer = said(port, content)
    assert status(answer) in {0, 400, 403, 404, 405, 413, 415, 426, 431}
    assert b"root:" not in answer
    assert b"access-control" not in answer.lower()
    assert look(owner)["noise"] is False
    assert [file["name"] for file in told(owner, "files")["files"]] == ["cat.png"]


def told(owner, room: str) -> dict:
    """What a page that comes is told of a room."""
    from websockets.sync.client import connect
    from websockets.typing import Origin

    base = str(owner.base_url).rstrip("/")
    address = base.replace("http", "ws") + "/socket?tab=test"
    with connect(address, origin=Origin(base), additional_headers={"Cookie": cookie_of(owner)}) as connection:
        while True:
            message = json.loads(connection.recv(20))
            if message["room"] == room:
                return message["data"]


def look(owner) -> dict:
    return told(owner, "look")


def test_what_is_refused_from_strangers_works_for_the_page(running, owner):
    port = port_of(running)
    good = f"GET / HTTP/1.1\r\nHost: localhost:{port}\r\nCookie: {cookie_of(owner)}\r\n\r\n"
    assert status(said(port, good.encode())) == 200
    assert owner.post("/do/look/noise", json={}).status_code == 200
    assert look(owner)["noise"] is True
    assert owner.post("/do/look/undo", json={}).status_code == 200
    assert look(owner)["noise"] is False


FOREIGN = Path(__file__).with_name("foreign.js").read_text()
"""What a foreign page tries, of the studio's address."""


class _Foreign(BaseHTTPRequestHandler):
    """A page of another address, which notes the cookies that come with what is asked of it."""

    def do_GET(self) -> None:
        self.server.cookies.append(self.headers.get("Cookie", ""))  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>foreign</title><body>")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def foreign() -> Iterator[ThreadingHTTPServer]:
    """Another server of this machine."""
    with serving(_Foreign) as server:
        server.cookies = []  # type: ignore[attr-defined]
        yield server


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "evil.test"])
def test_a_foreign_page_has_no_effect_and_sees_nothing(running, owner, foreign, browser, name):
    (file,) = told(owner, "files")["files"]
    before, here = look(owner), running.address.partition("?")[0]
    with browser.new_context() as context:
        own = context.new_page()
        own.goto(running.address)
        assert own.locator(".brand").is_visible()
        page = context.new_page()
        page.goto(f"http://{name}:{foreign.server_port}/")
        if name == "127.0.0.1":  # of the same site: it is not by cookies that this page is kept out
            assert any("vidream-studio-" in cookie for cookie in foreign.cookies)
        seen = page.evaluate(FOREIGN.replace("PICTURE", file["id"]), here)
        for way, what in seen.items():
            refused = what.startswith("nothing") or what == "opaque 0"
            assert refused, f"{way}: {what[:200]}"
        assert len(seen) == 19
        framed = page.frame("framed")
        assert "vidream</span>" not in (framed.content() if framed else "")
        with context.expect_page() as opening:
            page.evaluate("(studio) => void open(studio)", here)
        opened = opening.value
        opened.wait_for_load_state()
        assert "studio that" not in opened.title()
        assert not opened.locator(".brand").count()
        assert own.evaluate("fetch('/').then((answer) => answer.status)") == 200
    after = look(owner)
    assert (after["noise"], after["revision"]) == (False, before["revision"])
    assert [each["name"] for each in told(owner, "files")["files"]] == ["cat.png"]


def test_a_name_that_is_made_to_lead_here_is_refused(running, browser):
    """DNS rebinding: for the browser the page and what it asks are of one origin; the Host tells."""
    port, token = port_of(running), running.address.partition("?")[2]
    with browser.new_context() as context:
        page = context.new_page()
        for address in (f"http://evil.test:{port}/", f"http://evil.test:{port}/?{token}"):
            answer = page.goto(address)
            assert answer.status == 403
        asked = """() => {
          const headers = { "Content-Type": "application/json" };
          return fetch("/do/look/noise", { method: "POST", body: "{}", headers }).then((answer) => answer.status);
        }"""
        assert page.evaluate(asked) == 403
        assert not context.cookies()


def test_a_link_in_another_page_opens_the_studio_for_who_has_its_token(running, foreign, browser):
    for name in ("127.0.0.1", "evil.test"):
        with browser.new_context() as context:
            page = context.new_page()
            page.goto(f"http://{name}:{foreign.server_port}/")
            page.evaluate("(address) => { location.href = address; }", running.address)
            page.wait_for_url(running.address.partition("?")[0] + "**")
            page.locator(".brand").wait_for()
            assert "token" not in page.url


def test_the_token_is_in_no_address_and_no_script_sees_the_cookie(running, browser):
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(running.address)
        page.locator(".brand").wait_for()
        assert "token" not in page.url
        assert page.evaluate("document.cookie") == ""
        assert page.evaluate("document.referrer") == ""
        (cookie,) = context.cookies()
        assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Strict", "/")
        assert cookie["name"] == f"vidream-studio-{port_of(running)}"


@pytest.mark.slow
def test_two_studios_keep_each_their_cookie(running, tmp_path, browser):
    other = start_studio(tmp_path)
    try:
        with browser.new_context() as context:
            first, second = context.new_page(), context.new_page()
            first.goto(running.address)
            second.goto(other.address)
            assert len(context.cookies()) == 2
            for page in (first, second):
                page.reload()
                assert page.locator(".brand").is_visible()
    finally:
        other.stop()
