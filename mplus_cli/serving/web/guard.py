"""Who may ask: looked at before anything else, whatever the path.

A page that somebody opened elsewhere can send requests to this machine, too. Its name for it is
another one (DNS rebinding: Host), it says where it is from (Origin, Sec-Fetch-Site), and it has no
token.
"""

from __future__ import annotations

import hmac
import re
from ipaddress import ip_address

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mplus_cli.serving.web.metrics import Metrics
from mplus_cli.serving.web.refusals import RefusedError
from mplus_cli.serving.web.replies import failure
from mplus_cli.serving.web.site import Rules

_HOST = re.compile(r"(?P<name>\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?")
_HEADER_NAMES = re.compile(r"[A-Za-z0-9, _-]{0,1000}")
# The page and its parts, which hold nothing of the memory, and whether the server lives.
_OPEN = re.compile(r"/|/documents/\d+|/page/[^/]*|/favicon\.ico|/health")
_FOR_ALL = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
_METHODS = "GET, POST, PUT, DELETE"
_ONE_DAY_S = "86400"


class Guard:
    """Refuses what is not asked by a program of this machine, a holder of the token or a page that
    was named; adds the headers that every response has.
    """

    def __init__(self, app: ASGIApp, rules: Rules, metrics: Metrics) -> None:
        self._app, self._rules, self._metrics = app, rules, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        allowed = self._named_origin(request)

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._metrics.responses[message["status"]] += 1
                self._add_headers(MutableHeaders(scope=message), allowed)
            await send(message)

        refusal = self._refusal(request, allowed)
        if refusal is not None:
            await failure(request, refusal)(scope, receive, send_on)
        elif allowed and request.method == "OPTIONS":
            await _preflight(request)(scope, receive, send_on)
        else:
            await self._app(scope, receive, send_on)

    def _refusal(self, request: Request, allowed: str | None) -> RefusedError | None:
        if not self._is_host(request):
            return _forbidden(
                "this is another server's name",
                "ask 127.0.0.1 or localhost; another name takes a token: --token-file",
            )
        if allowed is None and _is_foreign(request):
            return _forbidden(
                "a page of another origin asks", "name its origin: mplus serve --cors ORIGIN"
            )
        preflight = allowed and request.method == "OPTIONS"
        if preflight or _OPEN.fullmatch(request.url.path) or self._has_token(request):
            return None
        return RefusedError(
            401, "unauthorized", "the token is missing or wrong", "send Authorization: Bearer TOKEN"
        )

    def _is_host(self, request: Request) -> bool:
        """Whether it is asked by a name of its own. Who has a token is no page of a stranger, so
        then by any.
        """
        named = request.headers.getlist("host")
        found = _HOST.fullmatch(named[0]) if len(named) == 1 else None
        if found is None:
            return False
        return self._rules.token is not None or _is_loopback(found["name"])

    def _has_token(self, request: Request) -> bool:
        if self._rules.token is None:
            return True
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        same = hmac.compare_digest(given.strip().encode(), self._rules.token.encode())
        return scheme.lower() == "bearer" and same

    def _named_origin(self, request: Request) -> str | None:
        """The origin of a request, where it is one that was named when the server was started."""
        origin = request.headers.get("origin")
        return origin if origin in self._rules.origins else None

    def _add_headers(self, headers: MutableHeaders, allowed: str | None) -> None:
        for name, value in _FOR_ALL.items():
            headers.setdefault(name, value)
        headers["Cross-Origin-Resource-Policy"] = "cross-origin" if allowed else "same-origin"
        if self._rules.origins:
            headers.add_vary_header("Origin")
        if allowed:
            headers["Access-Control-Allow-Origin"] = allowed


def _is_loopback(name: str) -> bool:
    try:
        return ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return name.lower() == "localhost"


def _is_foreign(request: Request) -> bool:
    """Whether a page of another origin sends it; one may lead to the page, as links do."""
    origin, host = request.headers.get("origin"), request.headers.get("host")
    if origin is not None:
        return origin.lower() not in {f"http://{host}".lower(), f"https://{host}".lower()}
    site = request.headers.get("sec-fetch-site", "none")
    leads_here = request.method == "GET" and request.headers.get("sec-fetch-dest") == "document"
    if leads_here and _OPEN.fullmatch(request.url.path):
        return False
    return site not in ("none", "same-origin")


def _forbidden(message: str, hint: str) -> RefusedError:
    return RefusedError(403, "forbidden", message, hint)


def _preflight(request: Request) -> Response:
    wanted = request.headers.get("access-control-request-headers", "")
    headers = {
        "Access-Control-Allow-Methods": _METHODS,
        "Access-Control-Allow-Headers": wanted if _HEADER_NAMES.fullmatch(wanted) else "",
        "Access-Control-Max-Age": _ONE_DAY_S,
    }
    return Response(status_code=204, headers=headers)
