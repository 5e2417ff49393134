"""Config `databases` many databases on one network, each with `replicas` replicas, with the library."""

import pulumi

from dbstack import Database, DatabaseMonitoringRole, DatabaseNetwork, Engine, OnDelete

network = DatabaseNetwork("network", {"vpc_cidr": "10.30.0.0/16", "availability_zones": 2})
role = DatabaseMonitoringRole("databases", {})
config = pulumi.Config()
replicas = config.get_int("replicas") or 0
for number in range(config.require_int("databases")):
    Database(
        f"db{number}",
        {
            "engine": Engine.POSTGRES,
            "engine_version": "17",
            "instance_class": "db.t3.micro",
            "monitoring": {"monitoring_role_arn": role.arn},
            "on_delete": OnDelete.DESTROY,
            "replicas": {f"replica{index}": {} for index in range(replicas)},
            "network": {
                "vpc_id": network.vpc_id,
                "subnet_ids": network.subnet_ids,
                "application_security_group_id": network.application_security_group_id,
            },
        },
    )
