"""moto's S3 server as a process of its own, on a free port, which it writes to stdout.

What S3 does and moto doesn't: a request whose body breaks off changes nothing, and of many who
create one name at the same time one does.
"""

import io
import os
import sys
import threading
from collections.abc import Callable, Iterable
from typing import Any

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


def whole_and_one_at_a_time(application: Application) -> Application:
    """The same application, asked for one whole request after the other."""
    lock = threading.Lock()

    def asked(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        size = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(size)
        if len(body) < size:
            start("400 Bad Request", [("Content-Length", "0")])
            return []
        with lock:
            return list(application(environ | {"wsgi.input": io.BytesIO(body)}, start))

    return asked


def main() -> None:
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    application = whole_and_one_at_a_time(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, application, threaded=True)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


def _end_with_parent() -> None:
    """End when stdin does, which the tests hold open."""
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
