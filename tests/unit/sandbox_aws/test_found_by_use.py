"""Changes found by using the sandbox: inline rules, emptied and renamed things, imports."""

from typing import Any

from tests.unit.sandbox_aws.world import World

GROUP = "aws:ec2/securityGroup:SecurityGroup"
SELF = {"protocol": "tcp", "fromPort": 5432, "toPort": 5432, "self": True}
NETWORKS = {"protocol": "tcp", "fromPort": 5432, "toPort": 5432, "cidrBlocks": ["10.1.0.0/16", "10.2.0.0/16"]}


def changed(aws: World, state: dict[str, Any], inputs: dict[str, Any]) -> tuple[str, ...]:
    return aws.backend.diff(GROUP, state, inputs, inputs).changed


def test_rules_of_one_port_stay_apart(aws: World) -> None:
    rules = [NETWORKS, SELF]
    made, state, inputs = aws.make(
        GROUP, {"name": aws.unique("g"), "vpcId": aws.ids["vpc"], "ingress": rules}
    )
    assert changed(aws, state, inputs) == ()
    found = aws.backend.read(GROUP, made, state, inputs)
    assert found is not None
    assert (found[1]["ingress"], found[2]["ingress"]) == (rules, rules)


def test_a_grant_behind_the_back_and_a_lost_one_show(aws: World) -> None:
    rules = [NETWORKS, SELF]
    made, state, inputs = aws.make(
        GROUP, {"name": aws.unique("g"), "vpcId": aws.ids["vpc"], "ingress": rules}
    )
    ec2 = aws.client("ec2")
    lost = {
        "IpProtocol": "tcp",
        "FromPort": 5432,
        "ToPort": 5432,
        "IpRanges": [{"CidrIp": "10.2.0.0/16"}],
    }
    ec2.revoke_security_group_ingress(GroupId=made, IpPermissions=[lost])
    more = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    ec2.authorize_security_group_ingress(GroupId=made, IpPermissions=[more])
    found = aws.backend.read(GROUP, made, state, inputs)
    assert found is not None
    assert found[1]["ingress"] == [
        SELF,
        {"protocol": "tcp", "fromPort": 22, "toPort": 22, "cidrBlocks": ["0.0.0.0/0"]},
        {**NETWORKS, "cidrBlocks": ["10.1.0.0/16"]},
    ]
    assert changed(aws, found[1], inputs) == ("ingress",)
    aws.backend.update(GROUP, made, found[1], found[2], inputs)
    again = aws.backend.read(GROUP, made, found[1], inputs)
    assert again is not None
    assert changed(aws, again[1], inputs) == ()


def test_what_is_left_out_is_emptied(aws: World) -> None:
    secret = "aws:secretsmanager/secret:Secret"
    made, state, inputs = aws.make(secret, {"name": aws.unique("s"), "description": "old"})
    without = aws.checked(secret, {"name": state["name"]})
    after = aws.backend.update(secret, made, state, inputs, without)
    assert aws.backend.diff(secret, after, without, without).changed == ()


def test_a_key_made_without_a_usage_is_imported(aws: World) -> None:
    key = aws.client("kms").create_key()["KeyMetadata"]["KeyId"]
    found = aws.backend.read("aws:kms/key:Key", key, {}, {})
    assert found is not None
    assert found[1]["keyUsage"] == "ENCRYPT_DECRYPT"


def test_a_renamed_instance_gets_its_new_tags(aws: World) -> None:
    token, name = "aws:rds/instance:Instance", aws.unique("renamed")
    props = {
        "identifier": name,
        "engine": "postgres",
        "instanceClass": "db.t3.micro",
        "allocatedStorage": 20,
        "username": "app",
        "password": "hunter2222",
        "skipFinalSnapshot": True,
        "applyImmediately": True,
        "tags": {"Name": name},
    }
    made, state, inputs = aws.make(token, props)
    changes = {"identifier": f"{name}-b", "tags": {"Name": f"{name}-b"}}
    renamed = aws.checked(token, {**props, **changes})
    after = aws.backend.update(token, made, state, inputs, renamed)
    assert after["tags"] == {"Name": f"{name}-b"}
    assert aws.backend.diff(token, after, renamed, renamed).changed == ()
