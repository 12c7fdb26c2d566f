"""A limit on guessing: how often a password may be wrong from one address.

In: the app's settings AUTH_RATE_LIMIT and RATELIMIT_STORAGE_URI, the address of the request. Out: whether to go on.
Only failures count: a whole office may sign in at nine from one address. Counted with `limits`, the library under
Flask-Limiter; Flask-Limiter itself would look at every request of every page, for the sake of three.
"""

from __future__ import annotations

import logging
from ipaddress import IPv6Address, ip_address, ip_network

from flask import Flask, request
from limits import parse
from limits.errors import StorageError
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import FixedWindowRateLimiter

from ...metamodel.invalid import N_

log = logging.getLogger(__name__)

TOO_MANY = N_("Too many attempts to sign in. Wait a minute and try again.")


class Attempts:
    """Failed attempts from each address. Several workers count together where the storage is a shared one."""

    def __init__(self, app: Flask) -> None:
        options = app.config.get("RATELIMIT_STORAGE_OPTIONS", {})
        shared = storage_from_string(app.config["RATELIMIT_STORAGE_URI"], wrap_exceptions=True, **options)
        self._limit = parse(app.config["AUTH_RATE_LIMIT"])
        self._shared = FixedWindowRateLimiter(shared)
        self._own = FixedWindowRateLimiter(MemoryStorage())

    def exhausted(self, door: str) -> bool:
        """Whether this address has failed at this door too often to be heard now."""
        try:
            return not self._shared.test(self._limit, door, _address())
        except StorageError:
            log.exception("the storage of AUTH_RATE_LIMIT is out of reach; this worker counts alone")
            return not self._own.test(self._limit, door, _address())

    def failed(self, door: str) -> None:
        """Count a failure."""
        try:
            self._shared.hit(self._limit, door, _address())
        except StorageError:
            self._own.hit(self._limit, door, _address())


def _address() -> str:
    """Who asks. Of IPv6 the network: whoever has one address there has all of them."""
    text = request.remote_addr or ""
    try:
        address = ip_address(text)
    except ValueError:
        return text
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return str(ip_network((address, 64), strict=False))
    return str(address)
