"""Each rule on both sides of its boundary: what it lets through, and the words with which it refuses."""

import random
import re
from functools import partial
from pathlib import Path

import pytest

from dbstack.spec import (
    access,
    backup,
    compute,
    connecting,
    credentials,
    engines,
    names,
    proxy,
    rotation,
    storage,
    tags,
    types,
)

LONG = "a" * 300

# (rule, values that pass, values that are refused with a part of the message)
TABLE = {
    "identifier": (
        names.identifier_fault,
        ["a", "app-1", "a1-b2-c3", "a" * 63],
        [
            ("", "is empty"),
            ("a" * 64, "has 64 characters: a DB instance identifier has at most 63"),
            ("1app", "begins with a letter (a to z), not with '1'"),
            ("-app", "begins with a letter"),
            ("éa", "begins with a letter"),
            ("app--db", "no two hyphens in a row: write 'app-db'"),
            ("app-", "doesn't end with a hyphen: write 'app'"),
            ("app_db", "only letters, digits and hyphens: remove '_'"),
            ("app.db!", "remove '!' '.'"),
            ("app\n", "remove '\\n'"),
            ("appé", "remove 'é'"),
            ("app١", "remove '١'"),
            ("App", "is stored in lower case: write 'app'"),
        ],
    ),
    "identifier as the API takes it": (
        lambda value: names.identifier_fault(value, upper_case=True),
        ["App", "app"],
        [("App-", "hyphen")],
    ),
    "snapshot": (
        names.snapshot_fault,
        ["app-final-0a1b2c3d", "a" * 255],
        [("a" * 256, "at most 255"), ("a--b", "hyphens"), ("rds:app", "remove ':'"), ("App", "lower case")],
    ),
    "parameter group": (
        names.parameter_group_fault,
        ["app-postgres17"],
        [("a" * 256, "255"), ("A", "lower case")],
    ),
    "subnet group": (
        names.subnet_group_fault,
        ["app", "my group_1.a-b", "a" * 255],
        [
            ("a" * 256, "at most 255"),
            ("", "is empty"),
            ("1a", "begins with a letter"),
            ("default", "AWS's own"),
            ("Default", "AWS's own"),
            ("App", "write 'app'"),
            ("a/b", "remove '/'"),
        ],
    ),
    "security group name": (
        names.security_group_name_fault,
        ["app-access", "1 (a)", "a" * 255],
        [
            ("a" * 256, "255"),
            ("sg-app", "can't begin with 'sg-'"),
            ("SG-app", "can't begin"),
            ("a|b", "has only"),
            ("", "empty"),
        ],
    ),
    "secret name": (
        names.secret_name_fault,
        ["app-master-0a1b", "a/b_c+d=e.f@g", "a" * 512],
        [("a" * 513, "512"), ("a b", "has only"), ("", "empty")],
    ),
    "database name, postgres": (
        lambda value: names.database_name_fault("postgres", value),
        ["app", "App_1", "postgres", "a" * 63, "database"],
        [
            ("", "is empty"),
            ("a" * 64, "at most 63"),
            ("1a", "begins with a letter"),
            ("_a", "begins with a letter"),
            ("my-app", "write 'my_app'"),
            ("db", "is reserved by PostgreSQL: choose another, e.g. 'db_db'"),
            ("SELECT", "is reserved"),
            ("template1", "is reserved"),
        ],
    ),
    "database name, mysql": (
        lambda value: names.database_name_fault("mysql", value),
        ["db", "a" * 64, "admin"],
        [
            ("a" * 65, "at most 64"),
            ("mysql", "reserved by MySQL"),
            ("MySQL", "reserved"),
            ("select", "reserved"),
        ],
    ),
    "database name, mariadb": (
        lambda value: names.database_name_fault("mariadb", value),
        ["app", "a" * 64],
        [("sys", "reserved by MariaDB"), ("a" * 65, "at most 64")],
    ),
    "user name, postgres": (
        lambda value: names.username_fault("postgres", value),
        ["dbadmin", "postgres", "root", "app_1", "a" * 63],
        [
            ("", "is empty"),
            ("a" * 64, "at most 63"),
            ("admin", "'admin' is reserved by PostgreSQL on RDS: choose another, e.g. 'dbadmin'"),
            ("Admin", "is reserved"),
            ("user", "is reserved"),
            ("rdsadmin", "is reserved"),
            ("rds_superuser", "is reserved"),
            ("pg_monitor", "is reserved"),
            ("pg_anything", "is reserved"),
            ("select", "is reserved"),
            ("1a", "begins with a letter"),
            ("a-b", "write 'a_b'"),
        ],
    ),
    "user name, mysql": (
        lambda value: names.username_fault("mysql", value),
        ["admin", "dbadmin", "user", "a" * 32],
        [
            ("a" * 33, "at most 32"),
            ("rdsadmin", "reserved"),
            ("SELECT", "reserved"),
            ("mysql.sys", "only letters, digits"),
        ],
    ),
    "user name, mariadb": (
        lambda value: names.username_fault("mariadb", value),
        ["admin", "a" * 16],
        [("a" * 17, "at most 16"), ("rdsrepladmin", "reserved")],
    ),
    "key": (
        lambda value: names.key_fault(value, "a replica's name"),
        ["reporting", "a", "read-1", "read_1", "A1"],
        [
            ("", "begins"),
            ("1a", "begins"),
            ("a b", "only"),
            ("a--b", "single"),
            ("a-", "between"),
            ("a.b", "only"),
        ],
    ),
    "config key": (
        names.config_key_fault,
        ["dbstack:appPassword", "a-b:c.d"],
        [
            ("appPassword", "full name, e.g. 'dbstack:appPassword'"),
            (":a", "full name"),
            ("a:", "full name"),
            ("a b:c", "full"),
        ],
    ),
    "version, postgres": (
        lambda text: engines.version_fault("postgres", text),
        ["10", "17", "17.5", "17.0", "18", "99", "11.22-rds.20240418"],
        [
            ("", "is not a version of PostgreSQL"),
            ("9", "RDS has no PostgreSQL before 10"),
            ("9.6", "before 10"),
            ("0", "is not a version"),
            ("17.5.1", "is not a version"),
            ("v17", "write the major version, '17', or '17.5' for a fixed minor"),
            ("latest", "is not a version"),
            ("17.", "is not a version"),
            ("17 ", "is not a version"),
            ("017", "is not a version"),
            ("-17", "is not a version"),
        ],
    ),
    "version, mysql": (
        lambda text: engines.version_fault("mysql", text),
        ["8.0", "8.4", "8.4.5", "5.7.44-rds.20240408", "9.7"],
        [
            ("8", "write the major version, '8.4'"),
            ("8.4.5.1", "not a version"),
            ("5.1", "before 5.5"),
            ("eight", "MySQL"),
        ],
    ),
    "version, mariadb": (
        lambda text: engines.version_fault("mariadb", text),
        ["10.0", "10.11", "11.4", "11.8.3", "12.3"],
        [("11", "'11.4'"), ("9.9", "before 10.0"), ("", "MariaDB")],
    ),
    "engine": (
        engines.unknown_engine,
        ["postgres", "mysql", "mariadb"],
        [
            ("oracle", "choose postgres, mysql, mariadb, oracle-ee"),
            ("", "is not an engine"),
            ("Postgres", "is not an engine"),
            ("sqlserver", "sqlserver-ex, sqlserver-web"),
        ],
    ),
    "log export": (
        lambda log: engines.log_export_fault("postgres", log),
        ["postgresql", "upgrade", "iam-db-auth-error"],
        [("slowquery", "choose among postgresql, upgrade, iam-db-auth-error")],
    ),
    "instance class": (
        compute.instance_class_fault,
        [
            "db.t3.micro",
            "db.t4g.2xlarge",
            "db.r6g.large",
            "db.m6idn.32xlarge",
            "db.x2iedn.metal",
            "db.r8i.96xlarge",
            "db.z1d.3xlarge",
        ],
        [
            ("", "is not an instance class"),
            ("db", "it reads db.<family>.<size>"),
            ("db.t3", "it reads"),
            ("t3.micro", "is an EC2 instance type: write 'db.t3.micro'"),
            ("DB.T3.Micro", "write 'db.t3.micro'"),
            ("db.t3.mikro", "did you mean 'db.t3.micro'?"),
            ("db.t3.nano", "has no size 'nano'"),
            ("db.t3.24xlarge", "has no size '24xlarge'"),
            ("db.r6g.micro", "has no size 'micro'"),
            ("db.r6g.5xlarge", "has no size '5xlarge'"),
            ("db.nope.huge", "it reads"),
            ("db.q5.large", "RDS has no family 'q5'"),
            ("db.m0.large", "no family 'm0'"),
            ("db.m16.large", "no family 'm16'"),
            ("db.serverless", "for Aurora only"),
            ("db.t3.micro ", "it reads"),
            ("db.t3..micro", "it reads"),
        ],
    ),
    "storage type": (
        storage.storage_type_fault,
        ["gp2", "gp3", "io1", "io2"],
        [("standard", "being retired"), ("gp4", "choose gp2, gp3, io1, io2")],
    ),
    "port": (
        access.port_fault,
        [1150, 5432, 65535],
        [(1149, "use 1150 to 65535"), (80, "80 is not a port"), (0, "port"), (65536, "port"), (-1, "port")],
    ),
    "retention": (
        backup.retention_fault,
        [0, 1, 35],
        [(-1, "-1 days can't be kept"), (36, "use 0 (off) to 35"), (99, "99 days")],
    ),
    "retention in another region": (
        backup.copied_retention_fault,
        [1, 35],
        [(0, "0 days can't be kept in another region"), (36, "use 1 to 35")],
    ),
    "retention of a source": (backup.source_retention_fault, [1, 35], [(0, "no read replica")]),
    **{
        f"replicas, {engine}": (
            partial(backup.replica_count_fault, engine),
            [0, most],
            [(most + 1, f"{most + 1} replicas: RDS allows {most}")],
        )
        for engine, most in (
            ("postgres", 15),
            ("mysql", 15),
            ("mariadb", 15),
            ("oracle-ee", 5),
            ("oracle-ee-cdb", 5),
            ("sqlserver-ee", 5),
        )
    },
    **{
        f"replicas, {engine}": (partial(backup.replica_count_fault, engine), [0], [(1, words)])
        for engine, words in (
            (
                "oracle-se2",
                "Oracle SE2 on RDS has no read replicas: remove them, or use oracle-ee or oracle-ee-cdb",
            ),
            ("oracle-se2-cdb", "no read replicas"),
            (
                "sqlserver-ex",
                "SQL Server Express on RDS has no read replicas: remove them, or use sqlserver-ee",
            ),
            ("sqlserver-web", "no read replicas"),
            ("sqlserver-se", "no read replicas"),
        )
    },
    "database name, oracle": (
        lambda value: names.database_name_fault("oracle-se2", value),
        ["ORCL", "A1B2C3D4"],
        [
            ("orcl", "is stored in upper case: write 'ORCL'"),
            ("A" * 9, "at most 8"),
            ("A_B", "only letters and digits: remove '_'"),
            ("NULL", "is reserved"),
            ("1A", "begins with a letter"),
        ],
    ),
    "database name, sqlserver": (
        lambda value: names.database_name_fault("sqlserver-ex", value),
        [],
        [("app", "begins with no database of yours: leave it out, and create one by SQL")],
    ),
    "user name, oracle": (
        lambda value: names.username_fault("oracle-ee", value),
        ["dbadmin", "admin", "a" * 30],
        [("a" * 31, "at most 30"), ("SYS", "reserved"), ("system", "reserved"), ("select", "reserved")],
    ),
    "user name, sqlserver": (
        lambda value: names.username_fault("sqlserver-se", value),
        ["dbadmin", "admin"],
        [("sa", "reserved"), ("rdsa", "reserved"), ("dbo", "reserved"), ("##x", "reserved")],
    ),
    "version, oracle": (
        lambda text: engines.version_fault("oracle-ee", text),
        ["19", "19.0.0.0.ru-2025-01.rur-2025-01.r1", "19.0.0.0.ru-2025-01.spb-1.r1"],
        [
            ("12", "RDS has no Oracle EE before 19"),
            ("21", "RDS has it as oracle-ee-cdb only"),
            ("19c", "is not a version of Oracle EE"),
            ("19.0", "is not a version"),
        ],
    ),
    "version, oracle with containers": (
        lambda text: engines.version_fault("oracle-se2-cdb", text),
        ["19", "21", "23"],
        [("12", "before 19")],
    ),
    "version, sqlserver": (
        lambda text: engines.version_fault("sqlserver-ee", text),
        ["15.00", "16.00", "17.00.4055.5.v1"],
        [
            ("2022", "write the major version, '16.00'"),
            ("16.0", "'16.00'"),
            ("16", "'16.00'"),
            ("10.00", "before 11.0"),
        ],
    ),
    "password, oracle": (
        lambda text: credentials.password_fault("oracle-ee", text),
        ["long-enough", "a" * 30],
        [("a" * 31, "8 to 30"), ("with&and", "other than / @ \" & ' and space"), ("with'quote", "refuses")],
    ),
    "class, oracle": (
        lambda text: compute.engine_class_fault("oracle-ee", text),
        ["db.t3.small", "db.r6i.large", "db.r5.2xlarge.tpc2.mem4x"],
        [
            ("db.t3.micro", "is too small for Oracle EE: use db.t3.small"),
            ("db.r6g.large", "Graviton processor, which Oracle EE doesn't run on: use db.r6i.large"),
            ("db.t4g.medium", "use db.t3.medium"),
        ],
    ),
    "class, sqlserver": (
        lambda text: compute.engine_class_fault("sqlserver-se", text),
        ["db.t3.xlarge", "db.m6i.large"],
        [("db.t3.large", "use db.t3.xlarge"), ("db.r5.2xlarge.tpc2.mem4x", "is for Oracle only")],
    ),
    "class, postgres": (
        lambda text: compute.engine_class_fault("postgres", text),
        ["db.t4g.micro", "db.r6g.large"],
        [],
    ),
    "option group": (
        names.option_group_fault,
        ["app-oracle-ee-19"],
        [("a" * 256, "255"), ("A", "lower case"), ("a--b", "hyphens")],
    ),
    "cidr": (
        access.cidr_fault,
        ["10.0.0.0/16", "10.1.2.3/32", "2001:db8::/32", "0.0.0.0/0"],
        [
            ("", "is not an address block"),
            ("10.0.0.0/33", "is not an address block"),
            ("10.0.0/16", "is not an address block"),
            ("300.0.0.0/8", "is not an address block"),
            ("10.0.0.1/16", "did you mean '10.0.0.0/16'?"),
            ("2001:db8::1/32", "did you mean '2001:db8::/32'?"),
            ("10.0.0.1", "is a single address: write '10.0.0.1/32'"),
            ("office", "is not an address block"),
        ],
    ),
    "source cidr": (
        access.source_cidr_fault,
        ["10.0.0.0/8", "192.0.2.0/24", "fc00::/7", "2001:db8::/32"],
        [
            ("0.0.0.0/0", "opens the database to the internet"),
            ("::/0", "opens the database to the internet"),
            ("0.0.0.0/1", "opens the database"),
            ("128.0.0.0/1", "opens the database"),
            ("10.0.0.0/7", "opens the database"),
            ("2000::/3", "opens the database"),
            ("10.0.0.1/8", "did you mean"),
        ],
    ),
    "vpc cidr": (
        access.vpc_cidr_fault,
        ["10.0.0.0/16", "10.20.30.0/24", "192.168.0.0/16", "100.64.0.0/16"],
        [
            ("10.0.0.0/15", "is /16 to /24"),
            ("10.0.0.0/25", "is /16 to /24"),
            ("2001:db8::/24", "bits set"),
            ("2001:db8::/32", "is an IPv6 block"),
            ("127.0.0.0/16", "keeps for itself"),
            ("169.254.0.0/16", "keeps for itself"),
            ("224.0.0.0/16", "keeps for itself"),
            ("0.0.0.0/16", "keeps for itself"),
            ("10.0.1.0/16", "did you mean '10.0.0.0/16'?"),
        ],
    ),
    "region": (
        access.region_fault,
        ["us-east-1", "ap-southeast-5", "us-gov-west-1", "us-isob-east-1", "mx-central-1"],
        [
            ("us-east", "write e.g. us-east-1"),
            ("us-east-1a", "not an AWS region"),
            ("US-EAST-1", "not"),
            ("", "not"),
        ],
    ),
    "zone": (
        access.zone_fault,
        ["us-east-1a", "us-west-2-lax-1a", "us-gov-west-1b"],
        [
            ("us-east-1", "is a region: a zone has a letter after it, e.g. us-east-1a"),
            ("a", "is not an availability zone"),
        ],
    ),
    "zones": (
        access.distinct_zones_fault,
        [["us-east-1a", "us-east-1b"], [f"us-east-1{letter}" for letter in "abcdef"]],
        [
            (["us-east-1a"], "needs subnets in two zones"),
            ([], "none: RDS needs"),
            (["us-east-1a", "us-east-1a"], "stands there twice"),
            (["us-east-1a", "eu-west-1b"], "lies in one region"),
            ([f"us-east-1{letter}" for letter in "abcdefg"], "6 zones at most"),
        ],
    ),
    "zone count": (
        access.zone_count_fault,
        [2, 6],
        [(1, "two zones at least, use 2 to 6"), (0, "use 2"), (7, "no region has more")],
    ),
    "vpc id": (
        access.vpc_id_fault,
        ["vpc-12345678", "vpc-00000000", "vpc-0123456789abcdef0"],
        [
            ("vpc-1", "8 or 17 digits"),
            ("subnet-12345678", "a VPC's id"),
            ("vpc-1234567G", "digits"),
            ("", "VPC"),
        ],
    ),
    "subnet id": (access.subnet_id_fault, ["subnet-12345678"], [("vpc-12345678", "it reads subnet-")]),
    "security group id": (access.security_group_id_fault, ["sg-12345678"], [("app", "it reads sg-")]),
    "prefix list id": (access.prefix_list_id_fault, ["pl-12345678"], [("sg-12345678", "it reads pl-")]),
    "region of a key": (
        lambda region: access.key_region_fault("arn:aws:kms:us-east-1:123456789012:key/1234-ab", region),
        ["us-east-1", "nowhere"],
        [("eu-west-1", "is not in eu-west-1: a KMS key works in its own region only")],
    ),
    "encryption key": (
        access.key_arn_fault,
        [
            "arn:aws:kms:us-east-1:123456789012:key/1234-ab",
            "arn:aws-us-gov:kms:us-gov-west-1:123456789012:key/mrk-1",
        ],
        [
            ("alias/aws/rds", "is an alias: give the ARN of the key itself"),
            ("arn:aws:kms:us-east-1:123456789012:alias/app", "is an alias"),
            ("1234-ab", "is not a KMS key's ARN"),
            ("arn:aws:kms:us-east-1:12345:key/1", "is not a KMS key's ARN"),
        ],
    ),
    "role": (
        access.role_arn_fault,
        ["arn:aws:iam::123456789012:role/path/monitoring"],
        [("monitoring", "is not an IAM role's ARN"), ("arn:aws:iam::123456789012:user/a", "role")],
    ),
    "password, postgres": (
        lambda text: credentials.password_fault("postgres", text),
        ["a" * 8, "a" * 128, "Aa1!#$%&'()*+,-.:;<=>?[]^_`{|}~"],
        [
            ("a" * 7, "has 7 characters: PostgreSQL on RDS takes 8 to 128"),
            ("a" * 129, "has 129 characters"),
            ("", "has 0 characters"),
            ("hunter/22", "refuses"),
            ("hunter@22", "refuses"),
            ('hunter"22', "refuses"),
            ("hunter 22", "refuses"),
            ("hunterü22", "refuses"),
            ("hunter\t22", "refuses"),
            ("hunter\x7f22", "refuses"),
        ],
    ),
    "password, mysql": (
        lambda text: credentials.password_fault("mysql", text),
        ["a" * 41],
        [("a" * 42, "MySQL on RDS takes 8 to 41")],
    ),
    "password, mariadb": (
        lambda text: credentials.password_fault("mariadb", text),
        ["a" * 41],
        [("a" * 42, "takes 8 to 41")],
    ),
    "password, cluster": (
        credentials.cluster_password_fault,
        ["a" * 8, "a" * 41, "Aa1!#$%&'()*+,-.:;<=>?[]^_`{|}~"],
        [
            ("a" * 7, "has 7 characters: a cluster takes 8 to 41"),
            ("a" * 42, "has 42 characters"),
            ("hunter/22", "refuses"),
            ("hunter@22", "refuses"),
            ('hunter"22', "refuses"),
            ("hunter 22", "refuses"),
            ("hunterü22", "refuses"),
        ],
    ),
    "tag key": (
        tags.tag_key_fault,
        ["team", "a" * 128, "cost center", "a:b/c=d+e-f@g.h_i", "größe", "awsome"],
        [
            ("", "is empty"),
            ("a" * 129, "at most 128"),
            ("aws:x", "AWS's own"),
            ("AWS:x", "AWS's own"),
            ("rds:x", "AWS's own"),
            ("a*b", "has only"),
        ],
    ),
    "tag value": (
        tags.tag_value_fault,
        ["", "a" * 256, "x y"],
        [("a" * 257, "at most 256"), ("a,b", "has only"), ("(a)", "has only")],
    ),
    "tag count": (
        tags.tag_count_fault,
        [{}, {str(n): "" for n in range(50)}],
        [({str(n): "" for n in range(51)}, "51 tags: AWS takes 50")],
    ),
}


def label(name, value):
    return f"{name}: {str(value)[:30]!r}"


PASSING = [
    pytest.param(rule, value, id=label(name, value))
    for name, (rule, good, _) in TABLE.items()
    for value in good
]
REFUSED = [
    pytest.param(rule, value, part, id=label(name, value))
    for name, (rule, _, bad) in TABLE.items()
    for value, part in bad
]


@pytest.mark.parametrize(("rule", "value"), PASSING)
def test_passes(rule, value):
    assert rule(value) is None


@pytest.mark.parametrize(("rule", "value", "part"), REFUSED)
def test_is_refused(rule, value, part):
    message = rule(value)
    assert message is not None
    assert part in message
    # A message is one sentence on one line, and ends without a full stop since more may follow.
    assert "\n" not in message
    assert not message.endswith(".")


def test_identifiers_against_the_pattern_of_cloudformation():
    """`^[a-zA-Z](?:-?[a-zA-Z0-9]){0,62}$` with at most 63 characters, in lower case."""
    pattern = re.compile(r"[a-z](?:-?[a-z0-9]){0,62}")
    chance = random.Random(5)
    agreed = {True: 0, False: 0}
    for _ in range(5000):
        length = chance.choice((1, 2, 3, 5, 8, 62, 63, 64))
        value = "".join(chance.choice("ab1-" if chance.random() < 0.97 else "A_.é") for _ in range(length))
        sound = bool(pattern.fullmatch(value)) and len(value) <= 63
        assert (names.identifier_fault(value) is None) is sound, value
        agreed[sound] += 1
    assert min(agreed.values()) > 500


def test_no_password_in_a_message():
    for secret in ("sesame/22", "short", "x" * 200, "pässwörter"):
        for message in (
            credentials.password_fault("postgres", secret),
            credentials.cluster_password_fault(secret),
        ):
            assert message is not None
            assert secret not in message


def test_every_rule_of_one_value_has_cases():
    source = Path(__file__).read_text()
    for module in (access, backup, compute, connecting, credentials, engines, names, proxy, rotation, tags):
        for name, rule in vars(module).items():
            if name.endswith("_fault") and not name.startswith("_") and rule.__module__ == module.__name__:
                assert f"{name}" in source, f"{module.__name__}.{name} has no case"


def test_each_reserved_word_is_lower_case():
    for facts in engines.ENGINES.values():
        for words in (facts.reserved_users, facts.reserved_databases):
            assert words
            assert all(word == word.lower() for word in words)


@pytest.mark.parametrize(
    ("engine", "version", "words"),
    [
        ("postgres", "10", None),
        ("mysql", "5.6", None),
        ("mysql", "5.5", "RDS has it from 5.6 on"),
        ("mariadb", "10.6.5", None),
        ("mariadb", "10.5", "RDS has it from 10.6 on"),
        ("mariadb", "11.4", None),
    ],
)
def test_iam_authentication(engine, version, words):
    fault = engines.iam_authentication_fault(engine, version)
    assert fault is None if words is None else words in fault


@pytest.mark.parametrize(
    ("user", "words"),
    [
        ("app", None),
        ("App_1.x@y", None),
        ("", "is empty"),
        ("a*", "let others in"),
        ("${aws:x}", "let others in"),
    ],
)
def test_user_of_a_connect_policy(user, words):
    fault = connecting.user_fault(user)
    assert fault is None if words is None else words in fault


def test_arn_of_a_secret():
    assert (
        access.secret_arn_fault("arn:aws:secretsmanager:us-east-1:123456789012:secret:rds!db-1a-AbCdEf")
        is None
    )
    assert "is not a secret's ARN" in access.secret_arn_fault("shop")
    assert access.secret_arn_fault("arn:aws:secretsmanager:us-east-1:1:secret:shop") is not None


PROXIES = [
    (proxy.engine_fault, ("postgres",), None),
    (proxy.idle_timeout_fault, (1,), None),
    (proxy.idle_timeout_fault, (28_800,), None),
    (proxy.idle_timeout_fault, (0,), "1 to 28800"),
    (proxy.idle_timeout_fault, (28_801,), "1 to 28800"),
    (proxy.borrow_timeout_fault, (0,), None),
    (proxy.borrow_timeout_fault, (300,), None),
    (proxy.borrow_timeout_fault, (301,), "0 to 300"),
    (proxy.connections_fault, (1,), None),
    (proxy.connections_fault, (0,), "1 to 100"),
    (proxy.connections_fault, (101,), "1 to 100"),
    (proxy.idle_connections_fault, (0, 10), None),
    (proxy.idle_connections_fault, (10, 10), None),
    (proxy.idle_connections_fault, (11, 10), "0 to 10"),
    (proxy.target_role_fault, (types.ProxyTargetRole.READ_ONLY, True), None),
    (proxy.target_role_fault, (types.ProxyTargetRole.READ_WRITE, False), None),
    (proxy.target_role_fault, (types.ProxyTargetRole.READ_ONLY, False), "an instance has none"),
    (names.proxy_name_fault, ("A-b1",), None),
    (names.proxy_name_fault, ("a" * 64,), None),
    (names.proxy_name_fault, ("a" * 65,), "at most 64"),
    (names.proxy_name_fault, ("a-",), "hyphen"),
]


@pytest.mark.parametrize(("rule", "values", "words"), PROXIES)
def test_rules_of_a_proxy(rule, values, words):
    fault = rule(*values)
    assert fault is None if words is None else words in fault


FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:rotate"


@pytest.mark.parametrize(
    ("rule", "value", "words"),
    [
        (rotation.days_fault, 1, None),
        (rotation.days_fault, 1000, None),
        (rotation.days_fault, 0, "1 to 1000 days"),
        (rotation.days_fault, 1001, "1 to 1000 days"),
        (rotation.function_arn_fault, FUNCTION, None),
        (rotation.function_arn_fault, f"{FUNCTION}:live", None),
        (rotation.function_arn_fault, "rotate", "not a function's ARN"),
    ],
)
def test_rules_of_a_rotation(rule, value, words):
    fault = rule(value)
    assert fault is None if words is None else words in fault
