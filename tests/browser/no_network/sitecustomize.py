"""Loaded by the server under test when it starts: notes every connection that would leave the machine.

Python imports a module of this name from PYTHONPATH before anything else.
"""

import ipaddress
import os
import sys
from pathlib import Path
from typing import Any

_LOG = Path(os.environ["CONNECTION_LOG"])


def _is_local(host: object) -> bool:
    if not isinstance(host, str) or host in ("", "localhost"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event in ("socket.connect", "socket.sendto") and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    if isinstance(host, bytes):
        host = host.decode()
    if not _is_local(host):
        with _LOG.open("a") as log:
            log.write(f"{event} {host}\n")


sys.addaudithook(_watch)
