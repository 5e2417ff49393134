"""What happens to an encrypted stream when it is interrupted."""

import io
from pathlib import Path

import pytest

from dbstack.ops import OpsError
from dbstack.ops.backup.seal import Key, decrypt, encrypt, key_of, write_key


class Interrupted:
    """Takes some blocks, and then a signal comes."""

    def __init__(self, blocks: int) -> None:
        self.left, self.written = blocks, 0

    def write(self, data: bytes) -> int:
        self.written += 1
        if self.written > self.left:
            raise OpsError("it was stopped by SIGTERM")
        return len(data)

    def flush(self) -> None:
        self.write(b"")


@pytest.fixture
def key(tmp_path: Path) -> Key:
    write_key(tmp_path / "key")
    found = key_of(tmp_path / "key", {})
    assert found is not None
    return found


@pytest.mark.parametrize("blocks", [0, 2])
def test_nothing_is_written_after_an_interruption(key: Key, blocks: int):
    """The other end may have stopped reading: writing on would wait for ever."""
    plain = io.BytesIO(bytes(3 << 20))
    sealed, sink = io.BytesIO(), Interrupted(blocks)
    with pytest.raises(OpsError, match="stopped by SIGTERM"):
        encrypt(plain, sink, key)
    assert sink.written == blocks + 1
    plain.seek(0)
    encrypt(plain, sealed, key)
    sealed.seek(0)
    sink = Interrupted(blocks)
    with pytest.raises(OpsError, match="stopped by SIGTERM"):
        decrypt(sealed, sink, key)
    assert sink.written == blocks + 1
