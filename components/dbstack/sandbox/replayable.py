"""Makes moto replayable: inside a request, time and every source of chance come from the request's record.

``install()`` has to run before moto's services are imported, since they take ``utcnow`` by name.
"""

import os
import random
import threading
import uuid
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

_request = threading.local()


def install() -> None:
    """Patches moto and ``os.urandom``; outside a request of ``replayable`` nothing changes."""
    import moto.core.base_backend
    import moto.core.utils
    from moto.core.base_backend import AccountSpecificBackend

    wall_clock = moto.core.utils.utcnow
    moto.core.utils.utcnow = lambda: _frozen_time() or wall_clock()

    real_urandom = os.urandom

    def urandom(size: int, /) -> bytes:
        # uuid.uuid4 and moto.kms end here. A source of its own: what a service draws while it is loaded, at its
        # first use, must not move the ids that moto draws.
        entropy: random.Random | None = getattr(_request, "entropy", None)
        return real_urandom(size) if entropy is None else entropy.randbytes(size)

    os.urandom = urandom
    # The tables of backends number themselves when they are made, which may be in any request.
    base_backend: Any = moto.core.base_backend
    base_backend.uuid4 = lambda: uuid.UUID(bytes=real_urandom(16), version=4)

    get_backend: Any = AccountSpecificBackend
    make_backend = get_backend.__getitem__

    def get_or_make_backend(self: Any, region: str) -> Any:
        if region in self.keys():
            return make_backend(self, region)
        # A service's first use in a region makes its default VPC and such. That may be a request that only reads and
        # so is not in the journal: what is made must not depend on which request it was.
        with aside(f"{self.service_name}/{self.account_id}/{region}"):
            return make_backend(self, region)

    get_backend.__getitem__ = get_or_make_backend


@contextmanager
def aside(name: str) -> Generator[None]:
    """Inside, chance depends on ``name`` alone, and what is drawn doesn't move what is drawn after.

    For what the first request makes that happens to need it: that may be one that only reads and so is not in the
    journal.
    """
    from moto.moto_api._internal import mock_random

    before, entropy = mock_random.getstate(), getattr(_request, "entropy", None)
    mock_random.seed(name)
    _request.entropy = random.Random(f"urandom/{name}")
    try:
        yield
    finally:
        mock_random.setstate(before)
        _request.entropy = entropy


@contextmanager
def replayable(time: float, seed: int) -> Generator[None]:
    """Everything that this thread lets moto do inside depends on ``time`` and ``seed`` alone."""
    from moto.moto_api._internal import mock_random

    mock_random.seed(seed)
    random.seed(seed)
    _request.time, _request.entropy = time, random.Random(f"urandom/{seed}")
    try:
        yield
    finally:
        _request.time = _request.entropy = None
        random.seed()


def _frozen_time() -> datetime | None:
    time = getattr(_request, "time", None)
    return None if time is None else datetime.fromtimestamp(time, UTC).replace(tzinfo=None)
