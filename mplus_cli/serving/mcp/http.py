"""The protocol over streamable HTTP, as a part of `mplus serve`."""

from __future__ import annotations

from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

from mplus_cli.serving.desk import Desk
from mplus_cli.serving.mcp.server import server_of
from mplus_cli.serving.mcp.tools import Change

MOST_SESSIONS = 1_000  # each ends after half an hour without a request


def endpoint(
    desk: Desk, *, shows_paths: bool, change: Change | None
) -> StreamableHTTPSessionManager:
    """The endpoint of a desk's memory: `handle_request` is its ASGI app, and `run()` has to be
    entered around the time in which that serves. Arguments: see `server_of`.

    It looks at neither Host, Origin nor token: that is the affair of what stands in front of it.
    """
    server = server_of(desk, shows_paths=shows_paths, change=change)
    return StreamableHTTPSessionManager(server, max_sessions=MOST_SESSIONS)
