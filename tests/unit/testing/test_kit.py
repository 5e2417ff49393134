"""The test kit itself: what it records, what it refuses, and that nothing passes silently."""

import inspect
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_random as random
import pytest
from pulumi.runtime import mocks as pulumi_mocks
from pulumi.runtime.proto import resource_pb2

from dbstack.testing import MotoMocks, RecordingMonitor, RejectedInputs, deploy

VPC = "aws:ec2/vpc:Vpc"


class Pair(pulumi.ComponentResource):
    """Two VPCs."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("test:index:Pair", name, {}, opts)
        own = pulumi.ResourceOptions(
            parent=self,
            protect=True,
            retain_on_delete=True,
            ignore_changes=["tags"],
            replace_on_changes=["cidrBlock"],
            delete_before_replace=True,
            aliases=[pulumi.Alias(name="old"), "urn:pulumi:test::project::aws:ec2/vpc:Vpc::older"],
            custom_timeouts=pulumi.CustomTimeouts(create="5m"),
            additional_secret_outputs=["arn"],
        )
        self.first = aws.ec2.Vpc(f"{name}-first", cidr_block="10.0.0.0/16", tags={"Name": name}, opts=own)
        self.second = aws.ec2.Vpc(
            f"{name}-second",
            cidr_block="10.1.0.0/16",
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self.first], deleted_with=self.first),
        )
        self.register_outputs({"first": self.first.id, "hush": pulumi.Output.secret("x")})


def test_everything_that_a_registration_says_is_recorded() -> None:
    with deploy(lambda: Pair("p") and None) as done:
        pair = done.one("test:index:Pair")
        first, second = done.children(pair)
    assert (first.name, second.name) == ("p-first", "p-second")
    assert (first.protect, first.retain_on_delete, first.delete_before_replace) == (True, True, True)
    assert (second.protect, second.retain_on_delete, second.delete_before_replace) == (None, None, None)
    assert first.ignore_changes == ("tags",)
    assert first.replace_on_changes == ("cidrBlock",)
    assert first.aliases == ("name=old", "urn:pulumi:test::project::aws:ec2/vpc:Vpc::older")
    assert first.custom_timeouts == {"create": "5m"}
    assert first.inputs["tags"] == {"Name": "p"}
    assert first.outputs["arn"].endswith(first.id)
    assert first.secret_outputs == {"arn"}
    assert second.dependencies == (first.urn,)
    assert second.deleted_with == first.urn
    assert pair.registered_outputs == {"first": first.id, "hush": "x"}
    assert pair.secret_registered_outputs == {"hush"}
    assert pair.parent.endswith("::pulumi:pulumi:Stack::project-test")


def test_boto3_reads_what_was_declared_and_afterwards_nothing() -> None:
    def program() -> None:
        aws.ec2.Vpc("v", cidr_block="10.7.0.0/16", enable_dns_hostnames=True)

    for _ in range(2):
        with deploy(program) as done:
            vpc = done.one(VPC)
            found = done.client("ec2").describe_vpcs(Filters=[{"Name": "cidr", "Values": ["10.7.0.0/16"]}])[
                "Vpcs"
            ]
            assert [item["VpcId"] for item in found] == [vpc.id]


def test_config_secrets_and_outputs() -> None:
    def program() -> dict[str, Any]:
        config = pulumi.Config()
        password = random.RandomPassword("pw", length=12)
        pulumi.export("plain", config.require("size"))
        return {
            "object": config.require_object("shape"),
            "secret": config.require_secret("token"),
            "password": password.result,
            "names": f"{pulumi.get_project()}/{pulumi.get_stack()}/{pulumi.get_organization()}",
        }

    with deploy(
        program,
        project="shop",
        stack="prod",
        organization="acme",
        config={"size": "big", "shape": {"a": [1, 2]}},
        secret_config={"token": "hush"},
    ) as done:
        assert done.outputs["plain"] == "big"
        assert done.outputs["object"] == {"a": [1, 2]}
        assert done.outputs["secret"] == "hush"
        assert len(done.outputs["password"]) == 12
        assert done.outputs["names"] == "shop/prod/acme"
        assert done.secret_outputs == {"secret", "password"}


def test_a_secret_input_makes_a_secret_output() -> None:
    def program() -> None:
        secret = aws.secretsmanager.Secret("s", name="s")
        value = pulumi.Output.secret("hush")
        aws.secretsmanager.SecretVersion("v", secret_id=secret.id, secret_string=value)

    with deploy(program) as done:
        version = done.one("aws:secretsmanager/secretVersion:SecretVersion")
        stored = done.client("secretsmanager").get_secret_value(SecretId="s")["SecretString"]
    assert version.secret_inputs == {"secretString"}
    assert "secretString" in version.secret_outputs
    assert stored == "hush"


def test_a_failing_assertion_in_an_apply_is_raised() -> None:
    def program() -> None:
        def check(block: str) -> None:
            assert block == "never", "the block is wrong"

        aws.ec2.Vpc("v", cidr_block="10.0.0.0/16").cidr_block.apply(check)

    with pytest.raises(AssertionError, match="the block is wrong"):
        deploy(program)


def test_an_assertion_that_never_ran_is_an_error() -> None:
    def program() -> None:
        unknown: pulumi.Output[str] = pulumi.Output(set(), _later("x"), _later(False))
        unknown.apply(lambda value: value)

    with pytest.raises(AssertionError, match=r"never ran.*test_kit\.py:\d+"):
        deploy(program)


async def _value(value: Any) -> Any:
    return value


def _later(value: Any) -> Any:
    import asyncio

    return asyncio.ensure_future(_value(value))


def test_a_preview_makes_nothing_and_says_what_it_could_not_check() -> None:
    def program() -> dict[str, Any]:
        vpc = aws.ec2.Vpc("v", cidr_block="10.0.0.0/16")
        subnet = aws.ec2.Subnet("s", vpc_id=vpc.id, cidr_block="10.0.0.0/24")
        subnet.arn.apply(lambda arn: arn)
        return {"block": vpc.cidr_block}

    with deploy(program, preview=True) as done:
        assert done.outputs == {"block": "10.0.0.0/16"}
        assert len(done.skipped_applies) == 1
        assert done.skipped_applies[0].startswith("test_kit.py:")
        assert (
            len(
                done.client("ec2").describe_vpcs(Filters=[{"Name": "cidr", "Values": ["10.0.0.0/16"]}])[
                    "Vpcs"
                ]
            )
            == 0
        )


def test_explicit_providers_have_their_own_region_and_tags() -> None:
    def program() -> None:
        west = aws.Provider("west", region="eu-west-1", default_tags={"tags": {"team": "w"}})
        aws.ec2.Vpc("v", cidr_block="10.9.0.0/16", opts=pulumi.ResourceOptions(provider=west))
        region = aws.get_region(opts=pulumi.InvokeOptions(provider=west))
        pulumi.export("region", region.region)

    with deploy(program, region="us-west-2") as done:
        vpc = done.one(VPC)
        assert done.outputs["region"] == "eu-west-1"
        assert vpc.outputs["tagsAll"] == {"team": "w"}
        assert done.client("ec2", "eu-west-1").describe_vpcs(VpcIds=[vpc.id])["Vpcs"]
        assert done.client("ec2").meta.region_name == "us-west-2"


def test_existing_resources_are_read() -> None:
    def program() -> None:
        vpc = aws.ec2.Vpc("v", cidr_block="10.0.0.0/16")
        again = vpc.id.apply(lambda found: aws.ec2.Vpc.get("again", found))
        pulumi.export("block", again.cidr_block)

    with deploy(program) as done:
        assert done.outputs["block"] == "10.0.0.0/16"


def test_inputs_are_checked_as_the_provider_would() -> None:
    def program() -> None:
        aws.rds.Instance("db", instance_class="db.nope.huge", engine="postgres", allocated_storage=5)

    with pytest.raises(RejectedInputs) as caught:
        deploy(program)
    assert {path for path, _ in caught.value.faults} >= {"instanceClass", "allocatedStorage", "username"}
    assert "aws:rds/instance:Instance 'db' was refused" in str(caught.value)


@pytest.mark.parametrize("token", ["kubernetes:core/v1:Pod", "docker:index/container:Container"])
def test_other_packages_are_refused_unless_asked_for(token: str) -> None:
    def program() -> None:
        pulumi.CustomResource(token, "other", {"a": 1})

    with pytest.raises(AssertionError, match=f"no provider for the package '{token.split(':')[0]}'"):
        deploy(program)
    with deploy(program, mocks=MotoMocks(pass_through=(token.split(":")[0],))) as done:
        assert done.one(token).inputs == {"a": 1}


def test_two_of_one_name_are_an_error() -> None:
    def program() -> None:
        for _ in range(2):
            aws.ec2.Vpc("v", cidr_block="10.0.0.0/16")

    with pytest.raises(AssertionError, match="duplicate URN"):
        deploy(program)


def test_one_says_what_is_there() -> None:
    with (
        deploy(lambda: aws.ec2.Vpc("v", cidr_block="10.0.0.0/16") and None) as done,
        pytest.raises(AssertionError, match="there are 0; registered:\n  aws:ec2/vpc:Vpc v"),
    ):
        done.one("aws:ec2/subnet:Subnet")


def test_async_programs() -> None:
    async def program() -> dict[str, Any]:
        vpc = aws.ec2.Vpc("v", cidr_block="10.0.0.0/16")
        return {"id": vpc.id}

    with deploy(program) as done:
        assert done.outputs["id"] == done.one(VPC).id


def test_hooks_are_recorded() -> None:
    def program() -> None:
        hook = pulumi.ResourceHook("guard", lambda _args: None, pulumi.ResourceHookOptions(on_dry_run=True))
        bound = pulumi.ResourceHookBinding(before_update=[hook])
        aws.ec2.Vpc("v", cidr_block="10.0.0.0/16", opts=pulumi.ResourceOptions(hooks=bound))

    with deploy(program) as done:
        assert done.one(VPC).hooks == {"before_update": ("guard",)}
        assert done.monitor.registered_hooks == {"guard": True}


def test_mocks_alone_work_with_pulumi_s_own_runtime() -> None:
    with MotoMocks() as mocks:
        monitor = RecordingMonitor(mocks)
        pulumi.runtime.set_mocks(mocks, monitor=monitor)

        @pulumi.runtime.test
        def check() -> pulumi.Output[None]:
            vpc = aws.ec2.Vpc("alone", cidr_block="10.0.0.0/16")

            def same(arn: str) -> None:
                assert arn.startswith("arn:aws:ec2:us-east-1:123456789012:vpc/vpc-")

            return vpc.arn.apply(same)

        check()
        assert [item.name for item in monitor.recorded.values() if item.type == VPC] == ["alone"]


class TestContract:
    """What the kit relies on in Pulumi's SDK, none of which is promised."""

    def test_the_mock_monitor(self) -> None:
        methods = (
            "RegisterResource",
            "RegisterResourceOutputs",
            "RegisterResourceHook",
            "ReadResource",
            "Invoke",
        )
        for method in methods:
            found = inspect.signature(getattr(pulumi_mocks.MockMonitor, method)).parameters
            assert list(found) == ["self", "request"]
        urn = inspect.signature(pulumi_mocks.MockMonitor.make_urn).parameters
        assert list(urn) == ["self", "parent", "type_", "name"]
        asked = {"mocks", "project", "stack", "preview", "monitor", "organization"}
        assert set(inspect.signature(pulumi_mocks.set_mocks).parameters) >= asked

    def test_the_fields_of_a_registration(self) -> None:
        fields = {field.name for field in resource_pb2.RegisterResourceRequest.DESCRIPTOR.fields}
        assert fields >= {
            "type", "name", "parent", "custom", "object", "protect", "retainOnDelete", "deleteBeforeReplace",
            "deleteBeforeReplaceDefined", "ignoreChanges", "replaceOnChanges", "additionalSecretOutputs", "aliases",
            "aliasURNs", "dependencies", "deletedWith", "importId", "provider", "version", "customTimeouts", "hooks",
        }  # fmt: skip

    def test_arguments_of_mocks(self) -> None:
        assert set(inspect.signature(pulumi_mocks.MockResourceArgs).parameters) >= {
            "typ", "name", "inputs", "provider", "resource_id", "custom",
        }  # fmt: skip
        assert list(inspect.signature(pulumi_mocks.MockCallArgs).parameters) == ["token", "args", "provider"]
