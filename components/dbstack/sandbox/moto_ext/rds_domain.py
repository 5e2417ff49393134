"""The domain membership of an instance: moto keeps what it is made with, never changes it, and invents a role."""

from collections.abc import Mapping
from typing import Any

from moto.rds.models import DomainMembership

_MANAGED = {"domain": "domain", "domain_iam_role_name": "iam_role_name"}
_OWN = {
    "domain_fqdn": "fqdn",
    "domain_ou": "ou",
    "domain_auth_secret_arn": "auth_secret_arn",
    "domain_dns_ips": "dns_ips",
}


def join(database: Any, asked: Mapping[str, Any]) -> None:
    """Makes or changes the membership as a request asks; the sandbox has no directory that could refuse it."""
    given = {key: asked[key] for key in (*_MANAGED, *_OWN) if asked.get(key)}
    if asked.get("disable_domain") or given.get("domain") == "none":
        database.domain_memberships = []
        return
    if not given:
        return
    kept = database.domain_memberships[0] if database.domain_memberships else None
    membership = DomainMembership()
    # A managed one that only gets another role stays in its directory.
    if kept is not None and "domain" not in given and set(given) <= set(_MANAGED):
        membership.domain, membership.fqdn = kept.domain, kept.fqdn
    membership.status = "joined"
    setattr(membership, "iam_role_name", None)  # noqa: B010 the stub knows only text
    for key, attribute in (_MANAGED | _OWN).items():
        if key in given:
            setattr(membership, attribute, given[key])
    if "domain" in given:
        # The directory's own name, which only a directory could tell.
        membership.fqdn = f"{given['domain']}.example.internal"
    database.domain_memberships = [membership]
