"""Makes moto keep what AWS keeps and refuse what AWS refuses, for every client of it (boto3, the aws CLI, Pulumi)."""

import threading

_lock = threading.Lock()
_installed = False


def install() -> None:
    """Patches moto, once per process. Call it before moto serves or mocks anything."""
    global _installed
    with _lock:
        if _installed:
            return
        from dbstack.sandbox.moto_ext import (
            answers,
            appautoscaling,
            backup,
            ec2,
            ec2_interfaces,
            ec2_network,
            iam_managed,
            kms,
            logs,
            ram,
            rds,
            rds_answers,
            rds_cluster_features,
            rds_events,
            rds_global,
            rds_proxy,
            rds_roles,
            secretsmanager,
            sns,
        )

        answers.install()
        appautoscaling.install()
        backup.install()
        ec2.install()
        ec2_interfaces.install()
        ec2_network.install()
        iam_managed.install()
        kms.install()
        logs.install()
        ram.install()
        rds.install()
        rds_answers.install()
        rds_cluster_features.install()
        rds_events.install()
        rds_global.install()
        rds_proxy.install()
        rds_roles.install()
        secretsmanager.install()
        sns.install()
        _installed = True
