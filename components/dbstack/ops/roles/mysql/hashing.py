"""What a server checks a password by, made here: a password that is sent in a statement stands in MariaDB's logs.

The general log and the binary log of MariaDB hold `create user ... identified by 'password'` as it was sent; MySQL
writes the hash instead, but shows the statement to whoever looks at the list of processes at that moment.
"""

import secrets
import string
from hashlib import sha1, sha256

_SALT = string.ascii_letters + string.digits
_SALT_LENGTH = 20
_THOUSANDS = 5
_SIXTY_FOUR = "./" + string.digits + string.ascii_uppercase + string.ascii_lowercase
_SIZE = 32


def native(password: str) -> str:
    """Of `mysql_native_password`, which every MariaDB has: enough for 30 random characters that travel over TLS."""
    return "*" + sha1(sha1(password.encode()).digest()).hexdigest().upper()


def caching_sha2(password: str, salt: str = "") -> str:
    """Of `caching_sha2_password`, the default of MySQL since 8.0: SHA-crypt with a salt of 20 bytes.

    https://dev.mysql.com/doc/dev/mysql-server/latest/page_caching_sha2_authentication_exchanges.html
    """
    salt = salt or "".join(secrets.choice(_SALT) for _ in range(_SALT_LENGTH))
    digest = sha_crypt(password.encode(), salt.encode("latin1"), _THOUSANDS * 1000)
    return f"$A${_THOUSANDS:03}${salt}{digest}"


def sha_crypt(key: bytes, salt: bytes, rounds: int) -> str:
    """The digest of SHA-crypt (https://www.akkadia.org/drepper/SHA-crypt.txt) with SHA-256, in its base 64."""
    inner = sha256(key + salt + key).digest()
    start = key + salt + _repeated(inner, len(key))
    length = len(key)
    while length:
        start += inner if length & 1 else key
        length >>= 1
    digest = sha256(start).digest()
    keys = _repeated(sha256(key * len(key)).digest(), len(key))
    salts = _repeated(sha256(salt * (16 + digest[0])).digest(), len(salt))
    for turn in range(rounds):
        text = keys if turn & 1 else digest
        text += salts if turn % 3 else b""
        text += keys if turn % 7 else b""
        text += digest if turn & 1 else keys
        digest = sha256(text).digest()
    # Bytes a third apart stand together, and each of the three in turn first.
    firsts = [step * 21 % 30 for step in range(10)]
    groups = [digest[at] << 16 | digest[(at + 10) % 30] << 8 | digest[(at + 20) % 30] for at in firsts]
    return "".join(_letters(group, 4) for group in groups) + _letters(digest[31] << 8 | digest[30], 3)


def _repeated(text: bytes, length: int) -> bytes:
    return (text * (length // _SIZE + 1))[:length]


def _letters(number: int, count: int) -> str:
    return "".join(_SIXTY_FOUR[number >> 6 * place & 63] for place in range(count))
