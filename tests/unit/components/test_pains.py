"""Pains of other RDS libraries, as far as one deployment shows that they are not here: see docs/pains.md."""

from tests.unit.components.programs import INGRESS, INSTANCE, POSTGRES, database

GROUP = "aws:ec2/securityGroup:SecurityGroup"


def test_no_rule_stands_inside_a_security_group() -> None:
    """Not an empty list of them either, which the provider takes for "none may be there"."""
    for given in ({"proxy": {}}, {"access": {"from_cidrs": ["10.1.0.0/16"], "egress": "none"}}):
        with database({**POSTGRES, "replicas": {"r": {"port": 5433}}, **given}) as deployment:
            groups = deployment.of_type(GROUP)
            assert len(groups) >= 3
            assert not any({"ingress", "egress"} & group.inputs.keys() for group in groups)
            assert deployment.of_type(INGRESS)


def test_no_update_is_a_blue_green_deployment() -> None:
    """The provider would leave deletion protection off, and delete the old instance without a final snapshot."""
    with database({**POSTGRES, "allow_major_version_upgrade": True, "replicas": {"r": {}}}) as deployment:
        instances = deployment.of_type(INSTANCE)
        assert len(instances) == 2
        assert not any("blueGreenUpdate" in instance.inputs for instance in instances)
