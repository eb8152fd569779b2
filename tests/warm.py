"""The program for those who start it often: each run is a process of its own, forked from one that
has imported what takes long. What is imported, and how a run reads the settings of an interpreter,
is tested elsewhere.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shlex import quote

_SERVER = """
import json, os, select, signal, socket, sys, threading
from contextlib import suppress
import jinja2, rich.progress, tokenizers, torch, typer, uvicorn, zstandard
import mplus_cli.api, mplus_cli.engine, mplus_cli.injecting.run, mplus_cli.serving.web.server

assert "mplus_cli.screen" not in sys.modules  # it looks at the streams when it is loaded


def asked_of(client):
    length, streams, _, _ = socket.recv_fds(client, 8, 3)
    words = client.recv(int(length), socket.MSG_WAITALL)
    return *json.loads(words), streams


def keep(client, pid):  # until it has ended, or whoever asked for it was killed
    client.send(f"{pid}\\n".encode())
    killing = lambda: client.recv(1) or os.kill(pid, signal.SIGKILL)
    threading.Thread(target=killing, daemon=True).start()
    client.send(str(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])).encode())
    os._exit(0)


server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1])
server.listen()
print("ready", flush=True)
while True:
    if 0 in select.select([0, server], [], [])[0]:  # whoever started it has gone
        sys.exit()
    client, _ = server.accept()
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:  # those that have kept enough
            pass
    if not os.fork():
        break
    client.close()
server.close()
folder, environment, sys.argv, streams = asked_of(client)
if pid := os.fork():
    for stream in (0, 1, 2, *streams):
        os.close(stream)
    keep(client, pid)
client.close()
os.setsid()
for number, stream in enumerate(streams):
    os.dup2(stream, number)
    os.close(stream)
sys.stdin, sys.stdout = open(0, closefd=False), open(1, "w", closefd=False)
sys.stderr = open(2, "w", buffering=1, errors="backslashreplace", closefd=False)
os.environ.clear()
os.environ.update(environment)
os.chdir(folder)
from mplus_cli.main import main
main()
"""
_CLIENT = """\
import json, os, signal, socket, sys
PASSED_ON = (signal.SIGINT, signal.SIGTERM)
signal.pthread_sigmask(signal.SIG_BLOCK, PASSED_ON)
with socket.socket(socket.AF_UNIX) as server:
    server.connect({place!r})
    words = json.dumps([os.getcwd(), dict(os.environ), ["mplus", *sys.argv[1:]]]).encode()
    socket.send_fds(server, [b"%8d" % len(words), words], [0, 1, 2])
    told = server.makefile()
    pid = int(told.readline())
    for each in PASSED_ON:
        signal.signal(each, lambda number, frame: os.kill(pid, number))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, PASSED_ON)
    code = int(told.readline())
if code < 0:
    signal.signal(-code, signal.SIG_DFL) if -code != signal.SIGKILL else None
    os.kill(os.getpid(), -code)
sys.exit(code)
"""


@contextmanager
def warm() -> Iterator[Path]:
    """The program, which passes on its streams, environment and folder, what interrupts or ends it,
    and the exit code.
    """
    with tempfile.TemporaryDirectory() as name:
        place, client, program = (Path(name) / each for each in ("s", "client.py", "mplus"))
        client.write_text(_CLIENT.format(place=str(place)))
        program.write_text(f'#!/bin/sh\nexec {quote(sys.executable)} -IS {client} "$@"\n')
        program.chmod(0o700)
        server = subprocess.Popen(
            [sys.executable, "-c", _SERVER, place],
            env=os.environ | {"PYTHONUTF8": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        try:
            assert server.stdout is not None
            assert server.stdout.readline() == b"ready\n"
            yield program
        finally:
            server.kill()
            server.communicate()
