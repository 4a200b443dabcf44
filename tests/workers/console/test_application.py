"""Who is answered what: in, out, and what no answer is without."""

import json
import re

import pytest
from prometheus_client import REGISTRY

from tests.workers.console.conftest import PASSWORD, Visitor, served_with, visitor_of
from workers.console import dead_letters, journal_page
from workers.console.failed_logins import MOST_OF_ADDRESS
from workers.console.response_headers import ALWAYS

PAGES = ("/", "/dead-letters", "/letter?queue=q&id=1", "/live?page=overview", "/live")


@pytest.mark.parametrize("path", PAGES)
async def test_nobody_sees_anything_before_a_login(visitor: Visitor, path: str) -> None:
    status, _ = await visitor.page(path)
    assert 302 == status
    status, text = await visitor.page(path, Accept="application/json")
    assert 401 == status
    assert "erp" not in text


async def test_a_login_leads_to_the_page_that_was_asked_for_and_a_logout_ends_it(
    visitor: Visitor,
) -> None:
    form = {"name": "jane", "password": PASSWORD, "to": "/dead-letters"}
    async with visitor.post("/login", data=form, headers=visitor.own, allow_redirects=False) as got:
        assert (303, "/dead-letters") == (got.status, got.headers["Location"])
        cookie = got.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie  # who opens a view that somebody sent is in still
    assert "Secure" not in cookie

    status, text = await visitor.page("/")
    assert 200 == status
    assert "erp orders/create: 2 dead letters in the last hour, 3 there now" in text
    assert '<a href="/dead-letters?q=consumer:erp+topic:orders/create">erp orders/create: 2' in text
    token = re.findall(r'name="token" value="([^"]+)"', text)[0]
    async with visitor.post("/logout", data={"token": token}, headers=visitor.own) as got:
        assert got.url.path == "/login"
    visitor.session.cookie_jar.update_cookies({"hookline_console": cookie.split("=")[1]})
    assert (await visitor.page("/"))[0] == 302


@pytest.mark.parametrize("to", ["//evil.example/", "https://evil.example/", "/\\evil", "", "\n"])
async def test_a_login_leads_nowhere_else(visitor: Visitor, to: str) -> None:
    form = {"name": "jane", "password": PASSWORD, "to": to}
    async with visitor.post("/login", data=form, headers=visitor.own, allow_redirects=False) as got:
        assert "/" == got.headers["Location"]


@pytest.mark.parametrize(
    ("name", "password"), [("jane", "wrong horse"), ("nobody", PASSWORD), ("", "")]
)
async def test_a_wrong_password_or_name_is_told_alike(
    visitor: Visitor, name: str, password: str
) -> None:
    form = {"name": name, "password": password}
    async with visitor.post("/login", data=form, headers=visitor.own) as got:
        assert 403 == got.status
        assert "Name or password is wrong." in await got.text()


async def test_who_guesses_has_to_wait_and_the_right_password_does_not_help_then(
    visitor: Visitor,
) -> None:
    wrong, too_many = refused("wrong"), refused("too_many")
    for _ in range(MOST_OF_ADDRESS):
        assert 403 == await visitor.log_in("jane", "wrong horse")
    assert 429 == await visitor.log_in("jane")
    assert (wrong + MOST_OF_ADDRESS, too_many + 1) == (refused("wrong"), refused("too_many"))


def refused(reason: str) -> float:
    """Return how many logins have been refused so far for a reason."""
    labels = {"app": "spiffy", "reason": reason}
    return REGISTRY.get_sample_value("hookline_logins_refused_total", labels) or 0.0


async def test_a_form_of_another_site_is_refused(visitor: Visitor) -> None:
    assert 403 == await visitor.log_in("jane", Origin="https://evil.example")
    assert 303 == await visitor.log_in("jane")
    async with visitor.post("/logout", data={"token": "x"}, headers=visitor.own) as got:
        assert 403 == got.status
    assert 200 == (await visitor.page("/"))[0]


@pytest.mark.parametrize(
    "path", ["/", "/login", "/nowhere", "/static/x/console.css", "/robots.txt"]
)
async def test_every_answer_has_the_headers_that_keep_others_out(
    visitor: Visitor, path: str
) -> None:
    await visitor.log_in("jane")
    async with visitor.get(path) as got:
        assert ALWAYS == {name: got.headers.get(name) for name in ALWAYS}


async def test_no_page_has_a_script_or_a_style_in_it_or_asks_another_site(visitor: Visitor) -> None:
    await visitor.log_in("jane")
    for path in ("/", "/dead-letters", "/login", "/nowhere"):
        _, text = await visitor.page(path)
        assert [] == re.findall(r"<style|style=|<script(?![^>]* src=)|\son\w+=", text)
        asked = re.findall(r'(?:src|href|action)="([^"]*)"', text)
        assert [] == [one for one in asked if not one.startswith(("/", "#"))]


async def test_a_form_of_another_site_is_refused_though_it_has_the_sessions_token(
    visitor: Visitor,
) -> None:
    await visitor.log_in("jane")
    _, text = await visitor.page("/")
    token = re.findall(r'name="token" value="([^"]+)"', text)[0]
    evil = {"Origin": "https://evil.example"}
    async with visitor.post("/logout", data={"token": token}, headers=evil) as got:
        assert 403 == got.status
    assert 200 == (await visitor.page("/"))[0]


def acting_addresses(visitor: Visitor) -> list[str]:
    """Return the addresses of all that takes more than a look."""
    resources = visitor.served.application.router.resources()
    routes = [route for resource in resources for route in resource]
    assert {"GET", "HEAD", "POST"} >= {route.method for route in routes}
    acting = [route.resource for route in routes if route.method == "POST"]
    paths = [resource.canonical for resource in acting if resource is not None]
    return [re.sub(r"\{\w+\}", "1", path) for path in paths]


async def test_whatever_changes_something_takes_a_form_of_this_session_from_this_site(
    visitor: Visitor,
) -> None:
    await visitor.log_in("jane")
    token = await visitor.token()
    addresses = acting_addresses(visitor)
    assert {"/login", "/logout", "/letter", "/act/1", "/order/1", "/refill"} <= {*addresses}
    for path in addresses:
        for form, headers in (
            ({"token": token}, {"Origin": "https://evil.example"}),
            ({"token": token}, {}),
            ({"token": f"{token}x"}, visitor.own),
            ({}, visitor.own),
        ):
            if path == "/login" and headers == visitor.own:
                continue  # there is no session yet that a token could be of
            async with visitor.post(path, data=form, headers=headers) as got:
                assert 403 == got.status, path


BROKEN_UTF8 = (
    b'--x\r\nContent-Disposition: form-data; name="name"\r\n'
    b"Content-Type: text/plain; charset=utf-8\r\n\r\n\xff\r\n--x--\r\n"
)


@pytest.mark.parametrize("path", ["/login", "/explain"])
@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data; boundary=x", BROKEN_UTF8),
        ("multipart/form-data; boundary=x", b"no boundary"),
        ("application/x-www-form-urlencoded", b"name=\xff"),
        ("application/x-www-form-urlencoded; charset=none", b"name=a"),
    ],
)
async def test_a_form_that_cannot_be_read_is_refused(
    visitor: Visitor, path: str, kind: str, body: bytes
) -> None:
    await visitor.log_in("jane")
    headers = visitor.own | {"Content-Type": kind}
    async with visitor.post(path, data=body, headers=headers) as got:
        assert (400, True) == (got.status, "The form cannot be read." in await got.text())


async def test_whom_the_proxy_names_that_nobody_can_be_is_told_so() -> None:
    async with visitor_of(served_with(user_header="X-User")) as visitor:
        _, text = await visitor.page("/login", **{"X-User": "DOMAIN\\jane"})
        assert "The proxy in front has named “DOMAIN\\jane”" in text
        _, text = await visitor.page("/login")
        assert "The proxy in front has named" not in text


async def test_robots_are_told_to_stay_away_and_probes_that_it_lives(visitor: Visitor) -> None:
    assert (200, "User-agent: *\nDisallow: /\n") == await visitor.page("/robots.txt")
    assert (200, '{"alive": true}') == await visitor.page("/healthz")


async def test_behind_a_prefix_everything_is_there_and_nothing_elsewhere() -> None:
    async with visitor_of(served_with(prefix="/ops/hookline")) as visitor:
        form = {"name": "jane", "password": PASSWORD}
        async with visitor.post("/ops/hookline/login", data=form, headers=visitor.own) as got:
            text = await got.text()
            assert (200, "/ops/hookline/") == (got.status, got.url.path)
        links = re.findall(r'(?:src|href|action|data-live)="(/[^"]*)"', text)
        assert [] == [link for link in links if not link.startswith("/ops/hookline/")]
        assert 404 == (await visitor.page("/"))[0]


async def test_a_proxy_that_is_believed_speaks_for_its_user() -> None:
    async with visitor_of(served_with(user_header="X-User")) as visitor:
        assert 302 == (await visitor.page("/"))[0]
        status, text = await visitor.page("/", **{"X-User": "jane"})
        assert 200 == status
        assert "viewer</small>" not in text
        _, text = await visitor.page("/", **{"X-User": "somebody"})
        assert "somebody <small>viewer</small>" in text


async def test_a_proxy_that_is_not_named_speaks_for_nobody() -> None:
    async with visitor_of(served_with(user_header="X-User", proxies="10.0.0.0/8")) as visitor:
        assert 302 == (await visitor.page("/", **{"X-User": "jane"}))[0]


async def test_behind_https_the_cookie_travels_by_https_alone() -> None:
    async with visitor_of(served_with()) as visitor:
        form = {"name": "jane", "password": PASSWORD}
        headers = visitor.own | {"X-Forwarded-Proto": "https"}
        async with visitor.post("/login", data=form, headers=headers, allow_redirects=False) as got:
            assert "Secure" in got.headers["Set-Cookie"]
            assert "Strict-Transport-Security" in got.headers


async def test_a_broker_that_is_away_is_told_on_every_page(visitor: Visitor) -> None:
    await visitor.log_in("jane")
    status, text = await visitor.page("/dead-letters")
    assert 200 == status
    assert "no broker answers" in text


ACTING = ("/act/replay", "/act/drop", "/act/now", "/act/cancel", "/order/pause", "/order/set")


async def test_a_viewer_is_refused_whatever_acts_and_shown_nothing_that_an_operator_was_shown(
    visitor: Visitor,
) -> None:
    await visitor.log_in("jane")
    _, text = await visitor.page("/")
    assert "/order/pause" in text

    await visitor.log_in("carl")
    _, text = await visitor.page("/")
    assert "/order/pause" not in text
    token = re.findall(r'name="token" value="([^"]+)"', text)[0]
    form = {"token": token, "of": "dead", "all": "1", "consumer": "erp"}
    for path in (*ACTING, "/refill", "/stop/1"):
        async with visitor.post(path, data=form, headers=visitor.own) as got:
            assert 403 == got.status, path
    for path in (*ACTING, "/refill"):
        assert 403 == (await visitor.page(path))[0], path


async def test_an_operator_who_gives_no_filter_must_say_that_all_are_meant(
    visitor: Visitor,
) -> None:
    await visitor.log_in("jane")
    _, text = await visitor.page("/")
    token = re.findall(r'name="token" value="([^"]+)"', text)[0]
    async with visitor.post("/act/replay", data={"token": token}, headers=visitor.own) as got:
        assert "tick that really all of them are meant" in await got.text()
    _, text = await visitor.page("/operations")
    assert "Nothing was moved here." in text


async def test_what_changes_is_sent_until_the_session_ends(visitor: Visitor) -> None:
    await visitor.log_in("jane")
    _, text = await visitor.page("/")
    token = re.findall(r'name="token" value="([^"]+)"', text)[0]
    async with visitor.get("/live?page=overview") as line:
        assert "text/event-stream" == line.content_type
        assert b"event: parts\n" == await line.content.readline()
        parts = json.loads((await line.content.readline()).removeprefix(b"data: "))
        assert {"problems", "queues", "doors", "waiting_rungs", "state", "work"} == set(parts)
        assert "erp" in parts["queues"]

        async with visitor.post("/logout", data={"token": token}, headers=visitor.own):
            pass
        visitor.tell()
        left = await line.content.read()
        assert b"event" not in left


@pytest.mark.parametrize("page", ["letter&queue=spiffy.unrouted&id=1", "journal&q=id:1"])
async def test_a_page_that_stays_as_it_is_looks_for_nothing_while_it_is_open(
    visitor: Visitor, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def looked(*_: object) -> None:
        raise AssertionError("it has looked")

    monkeypatch.setattr(dead_letters, "_first", looked)
    monkeypatch.setattr(journal_page, "_searched", looked)
    await visitor.log_in("jane")
    async with visitor.get(f"/live?page={page}") as line:
        await line.content.readline()
        parts = json.loads((await line.content.readline()).removeprefix(b"data: "))
    assert {"state", "work"} == set(parts)


@pytest.mark.parametrize("path", ["/live?page=nowhere", "/live"])
async def test_a_page_that_is_not_there_cannot_be_followed(visitor: Visitor, path: str) -> None:
    await visitor.log_in("jane")
    async with visitor.get(path) as line:
        assert 404 == line.status
