"""The local certificate authority: one per user, so that `verify-full` works against every local database.

It lives in `dbstack/ca` of the user's data folder (XDG_DATA_HOME, else ~/.local/share), readable by its owner only. A
server's certificate is made once, and anew when it is about to end.
"""

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

_DAYS = {"ca": 3650, "server": 800}
_RENEWED_BEFORE = timedelta(days=30)


@dataclass(frozen=True)
class Certificate:
    """What a server needs, in PEM, and the file that its clients check it with."""

    certificate: str
    key: str
    authority: str
    authority_file: str


def folder() -> Path:
    """Where the authority and the certificates are kept."""
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base).absolute() / "dbstack" / "ca"


def authority_file() -> Path:
    """The authority's certificate, which clients check servers with."""
    return folder() / "ca.crt"


def certificate(name: str, hosts: tuple[str, ...]) -> Certificate:
    """The certificate of the server `name`, good for `hosts` (names and addresses); the same one at every call.

    Raises ImportError where `cryptography` is missing.
    """
    home = folder()
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    authority, authority_key = authority_file(), home / "ca.key"
    if not (authority.exists() and authority_key.exists()):
        _make(authority, authority_key, "dbstack local authority", (), None)
    issued, key = home / f"{name}.crt", home / f"{name}.key"
    if not (issued.exists() and key.exists()) or _outlived(issued, authority, hosts):
        _make(issued, key, hosts[0], hosts, (authority, authority_key))
    return Certificate(issued.read_text(), key.read_text(), authority.read_text(), str(authority))


def _outlived(issued: Path, authority: Path, hosts: tuple[str, ...]) -> bool:
    from cryptography import x509

    found, issuer = (x509.load_pem_x509_certificate(file.read_bytes()) for file in (issued, authority))
    names: Any = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    known = {str(name.value) for name in names}
    try:
        found.verify_directly_issued_by(issuer)
    except Exception:  # Of an authority that is gone.
        return True
    return found.not_valid_after_utc - datetime.now(UTC) < _RENEWED_BEFORE or not set(hosts) <= known


def _make(
    certificate_file: Path,
    key_file: Path,
    name: str,
    hosts: tuple[str, ...],
    issuer: tuple[Path, Path] | None,
) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signer: Any = key
    issued_by = subject
    if issuer is not None:
        issued_by = x509.load_pem_x509_certificate(issuer[0].read_bytes()).subject
        signer = serialization.load_pem_private_key(issuer[1].read_bytes(), None)
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issued_by)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=_DAYS["server" if issuer else "ca"]))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
    )
    if hosts:
        builder = builder.add_extension(x509.SubjectAlternativeName([_name(host) for host in hosts]), False)
    made = builder.sign(signer, hashes.SHA256())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _write(key_file, private)
    _write(certificate_file, made.public_bytes(serialization.Encoding.PEM))


def _name(host: str) -> Any:
    from cryptography import x509

    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _write(file: Path, content: bytes) -> None:
    """Whole or not at all, and for its owner only."""
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(content)
    os.replace(temporary, file)
