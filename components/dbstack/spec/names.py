"""Rules of names. Each returns what is wrong with a name, in one sentence with the way out, or None.

Sources: the field texts of the RDS, EC2 and Secrets Manager API models (botocore 1.44.5). Where the Terraform provider
under pulumi-aws is stricter (lower case), its rule holds, since nothing else reaches AWS.
"""

import re

from dbstack.spec.engines import EngineFacts, engine_facts

PROXY_MAX = 64
IDENTIFIER_MAX = 63
SNAPSHOT_MAX = 255
GROUP_MAX = 255
SUBNET_GROUP_MAX = 255

_PLAIN = re.compile(r"[A-Za-z0-9-]*", re.ASCII)
_WORD = re.compile(r"[A-Za-z0-9_]*", re.ASCII)
_SUBNET_GROUP = re.compile(r"[A-Za-z0-9._ -]*", re.ASCII)
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[-_][A-Za-z0-9]+)*", re.ASCII)


def identifier_fault(value: str, *, upper_case: bool = False) -> str | None:
    """DB instance identifier. `upper_case` accepts what the RDS API itself would store in lower case."""
    return _hyphenated(value, IDENTIFIER_MAX, "a DB instance identifier", upper_case)


def snapshot_fault(value: str, *, upper_case: bool = False) -> str | None:
    """Id of a DB snapshot, final ones included."""
    return _hyphenated(value, SNAPSHOT_MAX, "a DB snapshot id", upper_case)


def parameter_group_fault(value: str) -> str | None:
    """Name of a DB parameter group."""
    return _hyphenated(value, GROUP_MAX, "a DB parameter group's name", False)


def proxy_name_fault(value: str) -> str | None:
    """Name of an RDS Proxy or of an endpoint of one [API CreateDBProxy; CFN AWS::RDS::DBProxy]."""
    return _hyphenated(value, PROXY_MAX, "the name of an RDS Proxy", True)


def option_group_fault(value: str) -> str | None:
    """Name of an option group."""
    return _hyphenated(value, GROUP_MAX, "an option group's name", False)


def subnet_group_fault(value: str) -> str | None:
    """Name of a DB subnet group."""
    what = "a DB subnet group's name"
    if fault := _length(value, SUBNET_GROUP_MAX, what) or _first_letter(value, what):
        return fault
    if not _SUBNET_GROUP.fullmatch(value):
        others = _others(value, "[A-Za-z0-9._ -]")
        return f"{value!r}: {what} has only letters, digits, spaces and . _ -: remove {others}"
    if value.lower() == "default":
        return f"{value!r} is AWS's own group: choose another name"
    if value != value.lower():
        return f"{value!r}: {what} is stored in lower case: write {value.lower()!r}"
    return None


def security_group_name_fault(value: str) -> str | None:
    """Name of a VPC security group [EC2 CreateSecurityGroup.GroupName]."""
    what = "a security group's name"
    if fault := _length(value, GROUP_MAX, what):
        return fault
    if value.lower().startswith("sg-"):
        return f"{value!r}: {what} can't begin with 'sg-': choose another"
    if not re.fullmatch(r"[A-Za-z0-9 ._\-:/()#,@\[\]+=&;{}!$*]*", value, re.ASCII):
        return (
            f"{value!r}: {what} has only letters, digits, spaces and ._-:/()#,@[]+=&;{{}}!$*: choose another"
        )
    return None


def secret_name_fault(value: str) -> str | None:
    """Name of a Secrets Manager secret [CreateSecret.Name]."""
    what = "a secret's name"
    if fault := _length(value, 512, what):
        return fault
    if not re.fullmatch(r"[A-Za-z0-9/_+=.@-]*", value, re.ASCII):
        return f"{value!r}: {what} has only letters, digits and /_+=.@-: choose another"
    return None


def database_name_fault(engine: str, value: str) -> str | None:
    """Name of the first database of a known engine."""
    facts = engine_facts(engine)
    if not facts.first_database:
        return f"{value!r}: {facts.label} on RDS begins with no database of yours: leave it out, and create one by SQL"
    what = f"a {facts.label} database's name"
    if engine.startswith("oracle"):
        return _oracle_name(facts, value, what)
    if (
        fault := _length(value, facts.database_name_max, what)
        or _first_letter(value, what)
        or _word(value, what)
    ):
        return fault
    if value.lower() in facts.reserved_databases:
        return f"{value!r} is reserved by {facts.label}: choose another, e.g. {value + '_db'!r}"
    return None


def _oracle_name(facts: EngineFacts, value: str, what: str) -> str | None:
    """An Oracle system id: 8 letters and digits, which RDS keeps in upper case."""
    if fault := _length(value, facts.database_name_max, what) or _first_letter(value, what):
        return fault
    if not re.fullmatch(r"[A-Za-z0-9]*", value, re.ASCII):
        return f"{value!r}: {what} has only letters and digits: remove {_others(value, '[A-Za-z0-9]')}"
    if value.lower() in facts.reserved_databases:
        return f"{value!r} is reserved by {facts.label}: choose another, e.g. 'ORCL'"
    if value != value.upper():
        return f"{value!r}: {what} is stored in upper case: write {value.upper()!r}"
    return None


def username_fault(engine: str, value: str) -> str | None:
    """Name of the master user of a known engine."""
    facts = engine_facts(engine)
    what = f"the master user's name of {facts.label}"
    if fault := _length(value, facts.username_max, what):
        return fault
    lower = value.lower()
    if lower in facts.reserved_users or lower.startswith(facts.reserved_user_prefixes):
        return f"{value!r} is reserved by {facts.label} on RDS: choose another, e.g. 'dbadmin'"
    return _first_letter(value, what) or _word(value, what)


def key_fault(value: str, what: str) -> str | None:
    """A key that names things (a database, a replica): it becomes part of resource names and identifiers."""
    if _KEY.fullmatch(value):
        return None
    return (
        f"{value!r}: {what} begins with a letter and has only letters, digits and single - or _ between them"
    )


def base_name(physical: str, identifier: str) -> str:
    """The name of what stands beside an instance: the derived name, so that a renamed instance keeps both its subnet
    group, which RDS can't change within a VPC, and its secret's ARN. The identifier where that is no such name."""
    return physical if subnet_group_fault(physical) is None and " " not in physical else identifier


ROLE_NAME_PART = 24
"""So much of a database's name is always in the name of its roles, before what they are for."""
_ROLE_PREFIX_MAX = 38


def role_prefix(physical: str, purpose: str) -> str:
    """What the name of an IAM role begins with; the provider completes it with random digits, and takes 38 at most."""
    most = _ROLE_PREFIX_MAX - len(purpose) - 2
    assert most >= ROLE_NAME_PART
    return f"{physical[:most].rstrip('-')}-{purpose}-"


def config_key_fault(value: str) -> str | None:
    """A Pulumi config key with its namespace."""
    if re.fullmatch(r"[A-Za-z0-9_][\w-]*:[\w.-]+", value, re.ASCII):
        return None
    # The value isn't shown: it may be the password itself, in the wrong place.
    return "is not a config key: write its full name, e.g. 'dbstack:appPassword'"


def _hyphenated(value: str, longest: int, what: str, upper_case: bool) -> str | None:
    if fault := _length(value, longest, what) or _first_letter(value, what):
        return fault
    if not _PLAIN.fullmatch(value):
        return (
            f"{value!r}: {what} has only letters, digits and hyphens: remove {_others(value, '[A-Za-z0-9-]')}"
        )
    if "--" in value:
        return f"{value!r}: {what} has no two hyphens in a row: write {re.sub('-+', '-', value)!r}"
    if value.endswith("-"):
        return f"{value!r}: {what} doesn't end with a hyphen: write {value.rstrip('-')!r}"
    if not upper_case and value != value.lower():
        return f"{value!r}: {what} is stored in lower case: write {value.lower()!r}"
    return None


def _length(value: str, longest: int, what: str) -> str | None:
    if not value:
        return f"'' is empty: {what} has 1 to {longest} characters"
    if len(value) > longest:
        return f"{value!r} has {len(value)} characters: {what} has at most {longest}, shorten it"
    return None


def _first_letter(value: str, what: str) -> str | None:
    if re.match(r"[A-Za-z]", value):
        return None
    return f"{value!r}: {what} begins with a letter (a to z), not with {value[0]!r}"


def _word(value: str, what: str) -> str | None:
    if _WORD.fullmatch(value):
        return None
    suggestion = re.sub(r"\W", "_", value, flags=re.ASCII)
    return f"{value!r}: {what} has only letters, digits and underscores: write {suggestion!r}"


def _others(value: str, allowed: str) -> str:
    """The characters of `value` that aren't allowed, for a message."""
    found = sorted(set(re.sub(allowed, "", value, flags=re.ASCII)))
    return " ".join(repr(character) for character in found)
