"""The same database description as containers on this machine, by `pulumi_docker`."""
