"""One table of bad inputs: what is given, the path of the fault in YAML's spelling, words of the way out.

`BASE` is sound; each row lays something over it. `NOTHING` takes a key away.
"""

from typing import Any

import yaml

NOTHING = "(nothing)"

BASE: dict[str, Any] = yaml.safe_load("""
environment: prod
network: {vpcCidr: 10.20.0.0/16, availabilityZones: 3}
databases:
  app:
    engine: postgres
    engineVersion: "17"
    instanceClass: db.r6g.large
    storage: {allocatedGib: 100}
clusters:
  orders:
    engine: aurora-postgresql
    engineVersion: "17"
    instanceClass: db.r6g.large
    instances: {one: {}, two: {}}
""")
AWAY = """
  region: eu-central-1
  kmsKeyId: arn:aws:kms:eu-central-1:123456789012:key/1
  network: {vpcId: vpc-12345678, subnetIds: [subnet-12345678, subnet-12345679]}
"""

# Laid over the whole object.
STACK = [
    ("enviroment: x", "enviroment", "did you mean 'environment'?"),
    ("environment: ''", "environment", "is empty"),
    ("databases: []", "databases", "give an object"),
    ("target: moon", "target", "use aws or docker"),
    ("tags: {'aws:x': y}", "tags['aws:x']", "AWS's own"),
    ("network: {vpcCidr: 10.0.0.0/8}", "network.vpcCidr", "/16 to /24"),
    ("network: {vpcCidr: ten}", "network.vpcCidr", "is not an address block"),
    ("network: {availabilityZones: 1}", "network.availabilityZones", "two zones"),
    (
        "network: {vpcCidr: (nothing), availabilityZones: (nothing),\n"
        " vpcId: vpc-12345678, subnetIds: [subnet-12345678]}",
        "network.subnetIds",
        "two zones",
    ),
    ("backupPlan: {rules: {a: {schedule: daily}}}", "backupPlan.rules.a.schedule", "is not a schedule"),
    (
        "backupPlan: {rules: {a: {coldStorageAfterDays: 30}}}",
        "backupPlan.rules.a.coldStorageAfterDays",
        "RDS has no cold storage",
    ),
    ("backupPlan: {onDelete: snapshot}", "backupPlan.onDelete", "a vault has none"),
    (
        "{clusters: (nothing), backupPlan: {rules: {a: {continuous: true, deleteAfterDays: 36}}}}",
        "backupPlan.rules.a.deleteAfterDays",
        "1 to 35",
    ),
    (
        "backupPlan: {vault: {lock: {changeableForDays: 2}}}",
        "backupPlan.vault.lock.changeableForDays",
        "3",
    ),
    ("controls: {acknowledged: {RDS.777: why}}", "controls.acknowledged['RDS.777']", "no control"),
]

# Laid over `databases.app`.
DATABASE = [
    # extensions
    ("extensions: [pg_trgm, 'a b']", "extensions[1]", "is not an extension's name"),
    ("extensions: [Citext]", "extensions[0]", "is not an extension's name"),
    ("extensions: [citext, citext]", "extensions[1]", "stands there twice"),
    (f"extensions: [{'a' * 64}]", "extensions[0]", "at most 63"),
    ("extensions: citext", "extensions", "list"),
    ("{engine: mysql, engineVersion: '8.4', extensions: [citext]}", "extensions", "only PostgreSQL"),
    # roles
    ("roles: {users: {a: {roles: [red]}}}", "roles.users.a.roles[0]", "did you mean 'read'?"),
    ("roles: {users: {a: {roles: []}}}", "roles.users.a.roles", "give read, write or admin"),
    ("roles: {users: {a: {}}}", "roles.users.a.roles", "is missing"),
    ("roles: {users: {a: {roles: [read], password: x}}}", "roles.users.a.password", "is unknown"),
    ("roles: {users: {Reporting: {roles: [read]}}}", "roles.users.Reporting", "write 'reporting'"),
    ("roles: {users: {app_read: {roles: [read]}}}", "roles.users.app_read", "another prefix"),
    ("roles: {users: {dbadmin: {roles: [read]}}}", "roles.users.dbadmin", "is the master user"),
    ("roles: {users: {rds_iam: {roles: [read]}}}", "roles.users.rds_iam", "is reserved"),
    ("roles: {users: {pg_app: {roles: [read]}}}", "roles.users.pg_app", "begin with pg_"),
    ("roles: {users: {dbstack_exporter: {roles: [read]}}}", "roles.users.dbstack_exporter", "is reserved"),
    (f"roles: {{users: {{{'a' * 64}: {{roles: [read]}}}}}}", f"roles.users.{'a' * 64}", "at most 63"),
    ("roles: {prefix: my-app}", "roles.prefix", "write 'my_app'"),
    ("roles: {prefix: pg}", "roles.prefix", "begin with pg_"),
    (f"roles: {{prefix: {'a' * 58}}}", "roles.prefix", "at most 57"),
    ("roles: {schemas: []}", "roles.schemas", "leave it out for public"),
    ("roles: {schemas: [pg_catalog]}", "roles.schemas[0]", "PostgreSQL's own"),
    ("roles: {schemas: [public, public]}", "roles.schemas[1]", "stands there twice"),
    ("roles: {excludedTables: [a.b.c]}", "roles.excludedTables[0]", "`schema.table`"),
    (
        "{iamAuthentication: false, roles: {users: {a: {roles: [read], iam: true}}}}",
        "roles.users.a.iam",
        "iamAuthentication is false",
    ),
    (
        "{engine: sqlserver-se, engineVersion: '16.00', instanceClass: db.r6i.large, roles: {}}",
        "roles",
        "is for PostgreSQL, MySQL and MariaDB",
    ),
    ("{engine: mysql, engineVersion: '5.7', roles: {}}", "roles", "MySQL 5.7 is too old for them"),
    ("{engine: mariadb, engineVersion: '10.5', roles: {}}", "roles", "they are from 10.6 on"),
    (
        "{engine: mysql, engineVersion: '8.4', roles: {excludedTables: [keys]}}",
        "roles.excludedTables",
        "into a database of their own",
    ),
    ("{engine: mysql, engineVersion: '8.4', roles: {schemas: [sys]}}", "roles.schemas[0]", "MySQL's own"),
    (
        "{engine: mysql, engineVersion: '8.4', roles: {schemas: []}}",
        "roles.schemas",
        "leave it out for the database itself",
    ),
    (
        f"{{engine: mysql, engineVersion: '8.4', roles: {{users: {{{'a' * 33}: {{roles: [read]}}}}}}}}",
        f"roles.users.{'a' * 33}",
        "at most 32",
    ),
    (
        "{engine: mariadb, engineVersion: '11.4', roles: {users: {root: {roles: [read]}}}}",
        "roles.users.root",
        "is reserved",
    ),
    # types and keys
    ("engineVersion: 17", "engineVersion", "put it in quotes"),
    ("multiAz: 'yes'", "multiAz", "give true or false"),
    ("port: five", "port", "give a whole number"),
    ("replicas: [a]", "replicas", "give an object"),
    ("instance_class: x", "instance_class", "did you mean 'instanceClass'?"),
    ("storage: {allocatedGb: 20}", "storage.allocatedGb", "did you mean 'allocatedGib'?"),
    # names
    (f"identifier: {'a' * 64}", "identifier", "at most 63"),
    ("identifier: 1app", "identifier", "begins with a letter"),
    ("identifier: app--db", "identifier", "no two hyphens"),
    ("identifier: app-", "identifier", "doesn't end with a hyphen"),
    ("identifier: app_db", "identifier", "remove '_'"),
    ("identifier: App", "identifier", "lower case"),
    ("databaseName: my-app", "databaseName", "write 'my_app'"),
    ("databaseName: select", "databaseName", "is reserved"),
    ("username: admin", "username", "is reserved by PostgreSQL"),
    ("username: rdsadmin", "username", "is reserved"),
    ("username: pg_app", "username", "is reserved"),
    # engine, version, class
    ("engine: postgresql", "engine", "did you mean 'postgres'?"),
    ("engineVersion: '9'", "engineVersion", "no PostgreSQL before 10"),
    ("engineVersion: latest", "engineVersion", "write the major version"),
    ("instanceClass: r6g.large", "instanceClass", "write 'db.r6g.large'"),
    ("instanceClass: db.t3.nano", "instanceClass", "no size 'nano'"),
    ("licenseModel: license-included", "licenseModel", "leave it out"),
    ("caCertificate: rsa2048", "caCertificate", "rds-ca-rsa2048-g1"),
    ("networkType: IPV6", "networkType", "use IPV4 or DUAL"),
    ("{multiAz: true, availabilityZone: us-east-1a}", "availabilityZone", "leave one out"),
    # storage
    ("storage: {allocatedGib: 5}", "storage.allocatedGib", "use 20 or more"),
    ("storage: {maxAllocatedGib: 99}", "storage.maxAllocatedGib", "use 110 or more"),
    ("storage: {type: standard}", "storage.type", "use gp2, gp3, io1 or io2"),
    ("storage: {iops: 3000}", "storage.iops", "allocate 400 GiB"),
    ("storage: {allocatedGib: 400, iops: 3000}", "storage.iops", "use 12000 to 64000"),
    ("storage: {throughputMibps: 500}", "storage.throughputMibps", "below 400 GiB"),
    ("storage: {type: io1}", "storage.iops", "io1 needs it"),
    ("storage: {type: gp2, iops: 3000}", "storage.iops", "remove it"),
    ("storage: {kmsKeyId: alias/app}", "storage.kmsKeyId", "is an alias"),
    ("storage: {dedicatedLogVolume: true}", "storage.dedicatedLogVolume", "use io1 or io2"),
    # windows and backups
    ("backup: {window: 3-4}", "backup.window", "write hh24:mi-hh24:mi"),
    ("backup: {window: '03:00-03:20'}", "backup.window", "lasts 20 minutes"),
    ("maintenanceWindow: sunday 4-5", "maintenanceWindow", "write ddd:hh24:mi-ddd:hh24:mi"),
    (
        "{backup: {window: '23:50-00:20'}, maintenanceWindow: 'sun:00:00-sun:01:00'}",
        "maintenanceWindow",
        "overlaps the backup window",
    ),
    ("backup: {retentionDays: 36}", "backup.retentionDays", "use 0 (off) to 35"),
    ("{backup: {retentionDays: 0}, replicas: {r: {}}}", "backup.retentionDays", "no read replica"),
    # passwords and rotation
    ("password: {value: sesame1234}", "password.value", "no password stands in a stack config"),
    ("password: {config: appPassword}", "password.config", "full name"),
    ("password: {source: mine}", "password.source", "use managed, generated or given"),
    ("password: {source: given}", "password.source", "no password is"),
    ("password: {source: generated, config: 'shop:given'}", "password.source", "leave one out"),
    ("{password: {source: managed}, replicas: {r: {}}}", "password.source", "with read replicas"),
    ("password: {kmsKeyId: alias/mine}", "password.kmsKeyId", "arn:"),
    ("password: {rotation: {days: 0}}", "password.rotation.days", "1 to 1000"),
    (
        "password: {source: generated, rotation: {functionArn: rotate}}",
        "password.rotation.functionArn",
        "not a function's ARN",
    ),
    (
        "password: {rotation: {functionArn: 'arn:aws:lambda:us-east-1:123456789012:function:f'}}",
        "password.rotation.functionArn",
        "RDS rotates a managed password itself",
    ),
    # access
    ("port: 80", "port", "use 1150 to 65535"),
    ("access: {fromCidrs: [0.0.0.0/0]}", "access.fromCidrs[0]", "to the internet"),
    ("access: {fromCidrs: ['::/0']}", "access.fromCidrs[0]", "to the internet"),
    ("access: {fromCidrs: [10.0.0.0/33]}", "access.fromCidrs[0]", "is not an address block"),
    ("access: {fromCidrs: [10.0.0.1/8]}", "access.fromCidrs[0]", "did you mean '10.0.0.0/8'?"),
    ("access: {fromSecurityGroups: [app]}", "access.fromSecurityGroups[0]", "it reads sg-"),
    ("access: {egress: some}", "access.egress", "use all or none"),
    # parameter and option groups
    (
        "parameterGroup: {parameters: {Work_Mem: '1'}}",
        "parameterGroup.parameters.Work_Mem",
        "write 'work_mem'",
    ),
    ("parameterGroup: {parameters: {work_mem: 1}}", "parameterGroup.parameters.work_mem", "put it in quotes"),
    (
        "parameterGroup: {parameters: {work_mem: ''}}",
        "parameterGroup.parameters.work_mem",
        "leave the parameter out",
    ),
    ("parameterGroup: {name: default.postgres16}", "parameterGroup.name", "'default.postgres17'"),
    ("parameterGroup: {name: mine, parameters: {work_mem: '1'}}", "parameterGroup.name", "leave one out"),
    ("optionGroup: {name: mine}", "optionGroup", "use extensions instead"),
    (
        "{engine: mysql, engineVersion: '8.4', optionGroup: {}}",
        "optionGroup",
        "give options, or the name of an existing group",
    ),
    (
        "{engine: mysql, engineVersion: '8.4', optionGroup: {options: [{name: MEMCACHED, port: 80}]}}",
        "optionGroup.options[0].port",
        "1150",
    ),
    # monitoring
    ("monitoring: {enhancedIntervalSeconds: 7}", "monitoring.enhancedIntervalSeconds", "0 is off"),
    (
        "monitoring: {performanceInsightsRetentionDays: 100}",
        "monitoring.performanceInsightsRetentionDays",
        "the nearest is 93",
    ),
    (
        "monitoring: {performanceInsightsRetentionDays: 7, databaseInsights: advanced}",
        "monitoring.databaseInsights",
        "465",
    ),
    ("monitoring: {logExports: [slowquery]}", "monitoring.logExports[0]", "PostgreSQL"),
    ("monitoring: {logRetentionDays: 42}", "monitoring.logRetentionDays", "60"),
    ("monitoring: {monitoringRoleArn: watches}", "monitoring.monitoringRoleArn", "arn:aws:iam"),
    # the proxy
    ("proxy: {proxyName: a--b}", "proxy.proxyName", "no two hyphens"),
    ("proxy: {idleClientTimeoutSeconds: 0}", "proxy.idleClientTimeoutSeconds", "1 to 28800"),
    ("proxy: {pool: {maxConnectionsPercent: 101}}", "proxy.pool.maxConnectionsPercent", "1 to 100"),
    (
        "proxy: {endpoints: {r: {targetRole: READ_ONLY}}}",
        "proxy.endpoints.r.targetRole",
        "readers of a cluster",
    ),
    ("proxy: {secrets: [{secretArn: shop}]}", "proxy.secrets[0].secretArn", "not a secret's ARN"),
    # replicas, here and elsewhere
    (f"replicas: {{{', '.join(f'r{n}: {{}}' for n in range(16))}}}", "replicas", "RDS allows 15"),
    (
        "{engine: sqlserver-se, engineVersion: '16.00', instanceClass: db.r6i.large, replicas: {r: {}}}",
        "replicas",
        "use sqlserver-ee",
    ),
    ("replicas: {1a: {}}", "replicas.1a", "begins with a letter"),
    ("replicas: {a-b: {}, a_b: {}}", "replicas.a_b", "choose another"),
    ("replicas: {r: {instanceClass: large}}", "replicas.r.instanceClass", "is not an instance class"),
    ("replicas: {a: {source: b}}", "replicas.a.source", "is no replica of this database"),
    ("replicas: {a: {source: a}}", "replicas.a.source", "can't replicate from itself"),
    (
        "replicas: {a: {}, b: {source: a}, c: {source: b}, d: {source: c}}",
        "replicas.d.source",
        "RDS allows 3",
    ),
    ("replicas: {a: {region: europe}}", "replicas.a.region", "is not an AWS region"),
    (
        "replicas: {a: {kmsKeyId: 'arn:aws:kms:us-east-1:123456789012:key/1'}}",
        "replicas.a.kmsKeyId",
        "leave it out, or name the region",
    ),
    (
        f"replicas:\n a: {AWAY}  availabilityZone: us-east-1a",
        "replicas.a.availabilityZone",
        "is not in eu-central-1",
    ),
    (
        "replicas: {a: {region: eu-central-1,\n"
        " network: {vpcId: vpc-12345678, subnetIds: [subnet-12345678, subnet-12345679]}}}",
        "replicas.a.kmsKeyId",
        "the source is encrypted",
    ),
    ("replicas: {a: {backup: {retentionDays: 36}}}", "replicas.a.backup.retentionDays", "can't be kept"),
    (
        "replicas: {a: {promoted: true, backup: {retentionDays: 0}}}",
        "replicas.a.backup.retentionDays",
        "a promoted replica is a database of its own",
    ),
    # the rest
    ("onDelete: keep", "onDelete", "use snapshot, retain or destroy"),
    ("tags: {team: 'a,b'}", "tags.team", "has only"),
    ("iamAuthentication: 'yes'", "iamAuthentication", "true or false"),
]

# Laid over `clusters.orders`.
CLUSTER = [
    ("roles: {users: {a: {roles: [read], iam: 'yes'}}}", "roles.users.a.iam", "give true or false"),
    ("roles: {users: {dbadmin: {roles: [admin]}}}", "roles.users.dbadmin", "is the master user"),
    ("engine: neptune", "engine", "aurora-postgresql"),
    ("engineVersion: '8.0'", "engineVersion", "'17'"),
    ("instanceClass: db.t4g.micro", "instanceClass", "db.t4g.medium"),
    ("serverles: {}", "serverles", "serverless"),
    ("{instanceClass: (nothing), serverless: {maxAcu: 300}}", "serverless.maxAcu", "1 to 256"),
    (
        "{instanceClass: (nothing), serverless: {minAcu: 8, maxAcu: 4}}",
        "serverless.maxAcu",
        "use 8 or more",
    ),
    ("instances: {a: {promotionTier: 16}}", "instances.a.promotionTier", "0 (first) to 15"),
    ("readerAutoscaling: {maxReaders: 16}", "readerAutoscaling.maxReaders", "1 to 15"),
    ("endpoints: {a: {members: [nobody]}}", "endpoints.a.members[0]", "choose one"),
    ("storage: {allocatedGib: 100}", "storage.allocatedGib", "leave it out"),
    ("backup: {retentionDays: 0}", "backup.retentionDays", "1 to 35"),
    ("backtrackHours: 24", "backtrackHours", "only Aurora MySQL"),
    ("monitoring: {logExports: [upgrade]}", "monitoring.logExports[0]", "instance, postgresql"),
    (
        "password: {source: generated, rotation: {}}",
        "password.rotation",
        "no rotation function for a cluster",
    ),
]


def laid_over(base: Any, more: Any) -> Any:
    """`base` with the fields of `more` in it, deeply; lists and plain values are replaced."""
    if not (isinstance(base, dict) and isinstance(more, dict)):
        return more
    merged = {key: laid_over(base.get(key), value) for key, value in more.items() if value != NOTHING}
    return {key: value for key, value in base.items() if key not in more} | merged


def stack(room: tuple[str, ...], given: str) -> dict[str, Any]:
    """The whole object with a row's input in its room."""
    more = yaml.safe_load(given)
    for key in reversed(room):
        more = {key: more}
    return laid_over(BASE, more)


ROOMS: dict[tuple[str, ...], list[tuple[str, str, str]]] = {
    (): STACK,
    ("databases", "app"): DATABASE,
    ("clusters", "orders"): CLUSTER,
}
ROWS = [(room, *row) for room, rows in ROOMS.items() for row in rows]
