"""The Active Directory domain that an instance joins: who can, and what each kind of domain needs.

Sources: [API] CreateDBInstance (botocore 1.44.5: Domain, DomainFqdn, DomainOu, DomainAuthSecretArn, DomainDnsIps); [UG]
kerberos-authentication, USER_SQLServer_SelfManagedActiveDirectory.
"""

import ipaddress
import re

from dbstack.spec import access
from dbstack.spec.engines import EngineFacts
from dbstack.spec.view import Faults, View

_DIRECTORY = re.compile(r"d-[0-9a-f]{10}", re.ASCII)
_FQDN = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,63}", re.ASCII)
_OU = re.compile(r"OU=[^,=]+(?:,OU=[^,=]+)*(?:,DC=[^,=]+)+", re.IGNORECASE)
_LONGEST = 64
_MANAGED = ("directory_id", "role_name")
_SELF_MANAGED = ("fqdn", "ou", "auth_secret_arn", "dns_ips")


def check_domain(view: View, facts: EngineFacts, faults: Faults) -> None:
    """Every rule of a given `domain`; `view` is the database's description."""
    wanted, spell = view.sub("domain"), view.path.naming.spell
    at = view.at("domain")
    managed = [name for name in _MANAGED if name in wanted.values or name in wanted.bad]
    own = [name for name in _SELF_MANAGED if name in wanted.values or name in wanted.bad]
    if not facts.kerberos:
        faults.add(at, f"{facts.label} on RDS joins no domain: leave it out")
        return
    if own and not facts.own_domain:
        message = (
            f"{facts.label} joins a directory of AWS Managed Microsoft AD alone: name it by {spell('directory_id')}; "
            "only SQL Server joins a domain of your own"
        )
        faults.add(at, message)
    elif managed and own:
        message = (
            f"{spell(managed[0])} is of a directory of AWS and {spell(own[0])} of a domain of your own: leave one of "
            "the two out"
        )
        faults.add(at, message)
    elif own:
        for name in _SELF_MANAGED:
            if name not in own:
                faults.add(wanted.at(name), "is missing: a domain of your own needs all four")
    elif "directory_id" not in managed:
        also = f", or {', '.join(map(spell, _SELF_MANAGED))} of your own domain" if facts.own_domain else ""
        faults.add(wanted.at("directory_id"), f"is missing: name the directory{also}")
    wanted.check(faults, "directory_id", directory_fault)
    wanted.check(faults, "fqdn", fqdn_fault)
    wanted.check(faults, "ou", ou_fault)
    wanted.check(faults, "auth_secret_arn", access.secret_arn_fault)
    if wanted.ok("dns_ips"):
        faults.add(wanted.at("dns_ips"), dns_ips_fault(wanted["dns_ips"]))


def directory_fault(text: str) -> str | None:
    """Id of a directory (`aws ds describe-directories`)."""
    if _DIRECTORY.fullmatch(text):
        return None
    return f"{text!r} is not a directory's id: it reads d- and 10 digits of 0-9 a-f"


def fqdn_fault(text: str) -> str | None:
    """Full name of a domain."""
    if len(text) > _LONGEST:
        return f"has {len(text)} characters: {_LONGEST} at most"
    if _FQDN.fullmatch(text):
        return None
    return f"{text!r} is not the full name of a domain: write one such as 'corp.example.com'"


def ou_fault(text: str) -> str | None:
    """Organizational unit, as a distinguished name."""
    if len(text) > _LONGEST:
        return f"has {len(text)} characters: {_LONGEST} at most"
    if _OU.fullmatch(text):
        return None
    return f"{text!r} is no distinguished name: write one such as 'OU=databases,DC=corp,DC=example,DC=com'"


def dns_ips_fault(addresses: list[object]) -> str | None:
    """Two domain controllers; one that is alone is written twice."""
    for address in addresses:
        try:
            ipaddress.IPv4Address(address)  # pyright: ignore[reportArgumentType]
        except ValueError:
            return f"{address!r} is no IPv4 address"
    if len(addresses) == 2:
        return None
    return (
        f"has {len(addresses)}: write two, and the same one twice where there is no second domain controller"
    )
