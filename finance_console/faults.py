"""Whose fault an error is: the house's (what it stands on failed), or that of the row being worked on.

A fault of the house is tried again soon, counts against no row and is told to no customer (R24).
"""

import errno
import socket
import ssl
from smtplib import SMTPConnectError, SMTPServerDisconnected
from typing import Final

import kombu.exceptions
import redis.exceptions
from django.db import InterfaceError, OperationalError

_UNREACHABLE: Final = (
    ConnectionError,
    TimeoutError,
    socket.gaierror,
    ssl.SSLError,
    SMTPConnectError,
    SMTPServerDisconnected,
    redis.exceptions.ConnectionError,
    redis.exceptions.TimeoutError,
    kombu.exceptions.OperationalError,
)
_DISK: Final = {
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EIO,
    errno.EROFS,
    errno.EMFILE,
    errno.ENFILE,
    errno.EHOSTUNREACH,
    errno.ENETUNREACH,
}
_SQLSTATES: Final = ("08", "40", "53", "55P03", "57P", "58")
"""Connection, rollback (deadlock, serialization), resources, lock timeout, shutdown, system. Not 57014:
a statement that takes too long may do so for what one row holds."""


def of_the_house(error: BaseException) -> bool:
    """True when the database, the broker, the disk or the network failed."""
    if isinstance(error, OperationalError | InterfaceError):
        sqlstate = getattr(error.__cause__, "sqlstate", None)
        return sqlstate is None or sqlstate.startswith(_SQLSTATES)
    if isinstance(error, _UNREACHABLE):
        return True
    return isinstance(error, OSError) and error.errno in _DISK
