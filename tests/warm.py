"""The program for a script that runs it often: each command is a process of its own, forked from
one that has imported what takes long.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from shlex import quote

_SERVER = """
import json, os, socket, sys, traceback
from contextlib import suppress
import torch
from mplus_cli.main import main

server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1])
server.listen()
print("ready", flush=True)
while True:
    client, _ = server.accept()
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:  # those that have ended
            pass
    asked, streams, _, _ = socket.recv_fds(client, 1 << 16, 3)
    if os.fork():
        client.close()
        for stream in streams:
            os.close(stream)
        continue
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    sys.stdin, sys.stdout = open(0, closefd=False), open(1, "w", closefd=False)
    sys.stderr = open(2, "w", buffering=1, errors="backslashreplace", closefd=False)
    folder, sys.argv = json.loads(asked)
    os.chdir(folder)
    try:
        main()
    except SystemExit as end:
        code = end.code or 0
    except BaseException:
        traceback.print_exc()
        code = 70
    sys.stdout.flush()
    sys.stderr.flush()
    client.send(str(code).encode())
    os._exit(0)
"""
_CLIENT = """\
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as server:
    server.connect({place!r})
    words = json.dumps([os.getcwd(), ["mplus", *sys.argv[1:]]]).encode()
    socket.send_fds(server, [words], [0, 1, 2])
    sys.exit(int(server.recv(9) or 70))
"""


@contextmanager
def warm(environment: Mapping[str, str]) -> Iterator[Path]:
    """A folder with `mplus` in it, whose commands all run in this environment."""
    with tempfile.TemporaryDirectory() as name:
        folder, place = Path(name), str(Path(name) / "s")
        client, program = folder / "client.py", folder / "mplus"
        client.write_text(_CLIENT.format(place=place))
        program.write_text(f'#!/bin/sh\nexec {quote(sys.executable)} -IS {client} "$@"\n')
        program.chmod(0o700)
        server = subprocess.Popen(
            [sys.executable, "-c", _SERVER, place],
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
        )
        try:
            assert server.stdout is not None
            assert server.stdout.readline() == b"ready\n"
            yield folder
        finally:
            server.kill()
            server.communicate()
