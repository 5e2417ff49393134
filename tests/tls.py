"""Certificate authorities of a test's own, and what they sign: servers' certificates, as RDS's private ones do."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Key = ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class Certificates:
    """Files: the authority to trust, and the server's certificate for `localhost` with its key."""

    authority: Path
    certificate: Path
    key: Path


def _signed(name: str, key: Key, by: str, signer: Key, days: int, extension: x509.ExtensionType) -> bytes:
    now = datetime.now(UTC)

    def named(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    made = (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named(by))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=10))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
        .sign(signer, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)


def authority(file: Path, name: str = "an authority", days: int = 2) -> Key:
    """A new authority, its certificate written to `file`; `days` it is valid from now on."""
    key = ec.generate_private_key(ec.SECP256R1())
    file.write_bytes(_signed(name, key, name, key, days, x509.BasicConstraints(ca=True, path_length=None)))
    return key


def certificates(folder: Path, name: str = "an authority") -> Certificates:
    """A new authority, and a server's certificate that it signs."""
    made = Certificates(folder / "authority.pem", folder / "server.crt", folder / "server.key")
    signer, key = authority(made.authority, name), ec.generate_private_key(ec.SECP256R1())
    host = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    made.certificate.write_bytes(_signed("localhost", key, name, signer, 2, host))
    encoded = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    made.key.write_bytes(encoded)
    made.key.chmod(0o600)
    return made
