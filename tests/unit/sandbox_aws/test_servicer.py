"""The provider server as the engine meets it: over gRPC, with moto behind HTTP."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc
import pytest
from moto.server import ThreadedMotoServer
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc, status_pb2

from dbstack.sandbox.aws.clients import client
from dbstack.sandbox.moto_ext import install
from dbstack.sandbox.servicer import servicer_for
from dbstack.sandbox.wire import UNKNOWN, plain, wire

VPC = "aws:ec2/vpc:Vpc"
INSTANCE = "aws:rds/instance:Instance"
SECRET_SIGNATURE = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    install()
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


class Provider:
    """The engine's side of one provider resource."""

    def __init__(self, stub: Any) -> None:
        self.stub = stub

    def check(self, token: str, news: dict[str, Any], olds: dict[str, Any] | None = None, **more: Any) -> Any:
        request = provider_pb2.CheckRequest(
            urn=f"urn:pulumi:stack::project::{token}::thing", news=wire(news), olds=wire(olds or {}), **more
        )
        return self.stub.Check(request)

    def inputs(self, token: str, news: dict[str, Any]) -> dict[str, Any]:
        checked = self.check(token, news, randomSeed=b"seed" * 8)
        assert list(checked.failures) == []
        return plain(checked.inputs)

    def create(self, token: str, news: dict[str, Any], preview: bool = False) -> tuple[str, dict[str, Any]]:
        request = provider_pb2.CreateRequest(
            urn=f"urn:pulumi:stack::project::parent$other${token}::thing",
            properties=wire(news),
            preview=preview,
        )
        answer = self.stub.Create(request)
        return answer.id, plain(answer.properties)

    def diff(
        self, token: str, state: dict[str, Any], olds: dict[str, Any], news: dict[str, Any], **more: Any
    ) -> Any:
        request = provider_pb2.DiffRequest(
            urn=f"urn:pulumi:stack::project::{token}::thing",
            id="id",
            olds=wire(state),
            old_inputs=wire(olds),
            news=wire(news),
            **more,
        )
        return self.stub.Diff(request)


@contextmanager
def provider(
    package: str, endpoint: str, environ: dict[str, str] | None = None, **args: Any
) -> Iterator[Provider]:
    server = grpc.server(ThreadPoolExecutor(4))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer_for(package, endpoint, environ), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub = provider_pb2_grpc.ResourceProviderStub(channel)
        checked = stub.CheckConfig(provider_pb2.CheckRequest(news=wire(args)))
        assert list(checked.failures) == []
        configured = stub.Configure(provider_pb2.ConfigureRequest(args=checked.inputs))
        assert configured.supportsPreview
        assert not configured.acceptSecrets
        yield Provider(stub)
    server.stop(0).wait()


@pytest.fixture(scope="module")
def aws(endpoint: str) -> Iterator[Provider]:
    with provider("aws", endpoint, region="us-east-1") as found:
        yield found


def prop(failure: Any) -> str:
    """The property that a failure names. Its own field is empty: the engine would print the value of that property."""
    assert failure.property == ""
    return failure.reason.partition(":")[0]


def test_an_unknown_package_is_named_with_those_served() -> None:
    with pytest.raises(LookupError, match="'kubernetes'; it serves aws, random, docker"):
        servicer_for("kubernetes", "http://127.0.0.1:1")


def test_plugin_info_and_schema(aws: Provider) -> None:
    from google.protobuf import empty_pb2

    assert aws.stub.GetPluginInfo(empty_pb2.Empty()).version
    assert '"name": "aws"' in aws.stub.GetSchema(provider_pb2.GetSchemaRequest()).schema


def test_two_regions_side_by_side(endpoint: str) -> None:
    tags = '{"tags": {"team": "east"}}'
    with (
        provider("aws", endpoint, region="us-east-2", defaultTags=tags) as east,
        provider("aws", endpoint, region="eu-west-1") as west,
    ):
        made = [each.create(VPC, each.inputs(VPC, {"cidrBlock": "10.50.0.0/16"})) for each in (east, west)]
    assert [state["region"] for _, state in made] == ["us-east-2", "eu-west-1"]
    for (vpc, state), region, expected in zip(
        made, ("us-east-2", "eu-west-1"), ({"team": "east"}, {}), strict=True
    ):
        found = client("ec2", region, endpoint).describe_vpcs(VpcIds=[vpc])["Vpcs"]
        assert {tag["Key"]: tag["Value"] for tag in found[0].get("Tags", [])} == expected
        assert state["tagsAll"] == expected
        assert state.get("tags", {}) == {}


def test_the_region_comes_from_the_environment_of_the_launcher(endpoint: str) -> None:
    with provider("aws", endpoint, {"AWS_REGION": "ap-south-1"}) as found:
        assert found.create(VPC, {"cidrBlock": "10.0.0.0/16"}, preview=True)[1]["region"] == "ap-south-1"


def test_provider_settings_are_honoured_ignored_or_refused(aws: Provider) -> None:
    news = {"region": "us-east-1", "profile": "mine", "assumeRoles": '[{"roleArn": "x"}]', "regoin": "x"}
    failures = aws.stub.CheckConfig(provider_pb2.CheckRequest(news=wire(news))).failures
    assert {prop(failure) for failure in failures} == {"assumeRoles", "regoin"}
    assert any("did you mean region?" in failure.reason for failure in failures)


def test_another_account_is_refused(endpoint: str) -> None:
    with (
        pytest.raises(grpc.RpcError) as caught,
        provider("aws", endpoint, region="us-east-1", allowedAccountIds='["111111111111"]'),
    ):
        pass
    assert "123456789012, which allowedAccountIds does not list" in caught.value.details()


def test_a_change_of_configuration_replaces_nothing(aws: Provider) -> None:
    request = provider_pb2.DiffRequest(
        old_inputs=wire({"region": "us-east-1"}), news=wire({"region": "us-east-2"})
    )
    answer = aws.stub.DiffConfig(request)
    assert answer.changes == provider_pb2.DiffResponse.DIFF_SOME
    assert list(answer.replaces) == []


def test_every_fault_at_once_with_its_property(aws: Provider) -> None:
    failures = aws.check(
        INSTANCE, {"allocatedStorage": "abc", "engin": "postgres", "warningEventCategories": ["x"]}
    ).failures
    found = {prop(failure): failure.reason for failure in failures}
    assert found == {
        "allocatedStorage": "allocatedStorage: must be a whole number",
        "engin": "engin: is not a property that the sandbox knows; did you mean engine?",
        "warningEventCategories": "warningEventCategories: is not served by the sandbox: the sandbox has no RDS events "
        "to warn of",
        "instanceClass": "instanceClass: is required",
    }


def test_rds_rules_hold_in_a_preview(aws: Provider) -> None:
    failures = aws.check(
        INSTANCE,
        {
            "identifier": "db",
            "engine": "postgres",
            "instanceClass": "db.nope.huge",
            "allocatedStorage": 5,
            "username": "admin",
            "password": UNKNOWN,
            "skipFinalSnapshot": True,
        },
    ).failures
    assert {prop(failure) for failure in failures} == {"instanceClass", "allocatedStorage", "username"}


def test_no_password_in_a_fault(aws: Provider) -> None:
    news = {"identifier": "db", "engine": "postgres", "instanceClass": "db.t3.micro", "password": "hunter/2"}
    failures = aws.check(INSTANCE, {**news, "allocatedStorage": 20, "username": "app"}).failures
    assert [prop(failure) for failure in failures] == ["password"]
    assert "hunter" not in failures[0].reason


def test_secrets_and_outputs_are_unwrapped(aws: Provider) -> None:
    output = {"4dabf18193072939515e22adb298388d": "d0e6a833031e9bbcd3f4e8bde6ca49a4", "secret": True}
    inputs = aws.inputs(
        VPC,
        {
            "cidrBlock": {**SECRET_SIGNATURE, "value": "10.0.0.0/16"},
            "enableDnsSupport": {**output, "value": True},
        },
    )
    assert (inputs["cidrBlock"], inputs["enableDnsSupport"]) == ("10.0.0.0/16", True)


def test_names_come_from_the_seed_and_stay(aws: Provider) -> None:
    token = "aws:rds/subnetGroup:SubnetGroup"
    news = {"subnetIds": ["subnet-1", "subnet-2"]}
    first = plain(aws.check(token, news, randomSeed=b"a" * 32).inputs)
    again = plain(aws.check(token, news, randomSeed=b"a" * 32).inputs)
    other = plain(aws.check(token, news, randomSeed=b"b" * 32).inputs)
    assert first["name"] == again["name"] != other["name"]
    assert first["name"].startswith("thing-")
    assert len(first["name"]) == len("thing-") + 7
    # A later check keeps the name that it has.
    assert plain(aws.check(token, news, first, randomSeed=b"c" * 32).inputs)["name"] == first["name"]


@pytest.mark.parametrize(
    ("mode", "expected"), [("ENFORCE", "chosen"), ("PROPOSE", "chosen"), ("DISABLE", None)]
)
def test_the_engine_may_choose_names(aws: Provider, mode: str, expected: str | None) -> None:
    options = provider_pb2.CheckRequest.AutonamingOptions
    naming = options(mode=options.Mode.Value(mode), proposed_name="Chosen")
    checked = aws.check("aws:rds/subnetGroup:SubnetGroup", {"subnetIds": ["a", "b"]}, autonaming=naming)
    assert plain(checked.inputs).get("name") == expected
    assert [prop(failure) for failure in checked.failures] == ([] if expected else ["name"])


def test_a_preview_knows_inputs_and_no_more(aws: Provider) -> None:
    inputs = aws.inputs(VPC, {"cidrBlock": "10.0.0.0/16"})
    resource_id, state = aws.create(VPC, inputs, preview=True)
    assert resource_id == ""
    assert (state["cidrBlock"], state["arn"], state["enableDnsHostnames"]) == (
        "10.0.0.0/16",
        UNKNOWN,
        UNKNOWN,
    )


def test_detailed_diffs(aws: Provider) -> None:
    inputs = aws.inputs(VPC, {"cidrBlock": "10.0.0.0/16", "tags": {"Name": "a", "gone": "x"}})
    _, state = aws.create(VPC, inputs)
    news = aws.inputs(VPC, {"cidrBlock": "10.1.0.0/16", "tags": {"Name": "b", "new.one": "y"}})
    kinds = provider_pb2.PropertyDiff.Kind
    answer = aws.diff(VPC, state, inputs, news)
    found = {path: change.kind for path, change in answer.detailedDiff.items()}
    assert answer.hasDetailedDiff
    assert found == {
        "cidrBlock": kinds.UPDATE_REPLACE,
        "tags.Name": kinds.UPDATE,
        "tags.gone": kinds.DELETE,
        'tags["new.one"]': kinds.ADD,
        "tagsAll.Name": kinds.UPDATE,
        "tagsAll.gone": kinds.DELETE,
        'tagsAll["new.one"]': kinds.ADD,
    }
    assert list(answer.replaces) == ["cidrBlock"]
    ignored = aws.diff(VPC, state, inputs, news, ignoreChanges=["cidrBlock", "tags.Name", "tagsAll"])
    assert set(ignored.detailedDiff) == {"tags.gone", 'tags["new.one"]'}
    assert list(ignored.replaces) == []


def test_drift_shows_in_refresh_and_diff(aws: Provider, endpoint: str) -> None:
    inputs = aws.inputs(VPC, {"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": True, "tags": {"Name": "a"}})
    vpc, state = aws.create(VPC, inputs)
    ec2 = client("ec2", "us-east-1", endpoint)
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": False})
    ec2.create_tags(Resources=[vpc], Tags=[{"Key": "Name", "Value": "changed"}])
    request = provider_pb2.ReadRequest(
        id=vpc, urn=f"urn:pulumi:s::p::{VPC}::thing", properties=wire(state), inputs=wire(inputs)
    )
    read = aws.stub.Read(request)
    assert plain(read.inputs)["enableDnsHostnames"] is False
    assert plain(read.properties)["tags"] == {"Name": "changed"}
    answer = aws.diff(VPC, plain(read.properties), plain(read.inputs), inputs)
    assert set(answer.detailedDiff) == {"enableDnsHostnames", "tags.Name", "tagsAll.Name"}


def test_an_import_fills_the_inputs(aws: Provider) -> None:
    vpc, _ = aws.create(VPC, aws.inputs(VPC, {"cidrBlock": "10.0.0.0/16", "tags": {"Name": "a"}}))
    read = aws.stub.Read(provider_pb2.ReadRequest(id=vpc, urn=f"urn:pulumi:s::p::{VPC}::thing"))
    inputs = plain(read.inputs)
    assert (inputs["cidrBlock"], inputs["tags"]) == ("10.0.0.0/16", {"Name": "a"})
    news = aws.inputs(VPC, {"cidrBlock": "10.0.0.0/16", "tags": {"Name": "a"}})
    assert not aws.diff(VPC, plain(read.properties), inputs, news).detailedDiff


def test_what_is_gone_reads_as_gone(aws: Provider) -> None:
    read = aws.stub.Read(
        provider_pb2.ReadRequest(id="vpc-0123456789abcdef0", urn=f"urn:pulumi:s::p::{VPC}::thing")
    )
    assert read.id == ""
    delete = provider_pb2.DeleteRequest(id="vpc-0123456789abcdef0", urn=f"urn:pulumi:s::p::{VPC}::thing")
    aws.stub.Delete(delete)


def failed(call: Any, *arguments: Any) -> grpc.RpcError:
    with pytest.raises(grpc.RpcError) as caught:
        call(*arguments)
    assert "Traceback" not in caught.value.details()
    return caught.value


def test_a_failed_create_says_it_in_aws_s_words(aws: Provider) -> None:
    inputs = aws.inputs(
        "aws:rds/subnetGroup:SubnetGroup", {"name": "g", "subnetIds": ["subnet-1", "subnet-2"]}
    )
    error = failed(aws.create, "aws:rds/subnetGroup:SubnetGroup", inputs)
    assert error.details() == (
        "RDS DB Subnet Group (g): CreateDBSubnetGroup: InvalidParameterValue:"
        " Some input subnets in :[subnet-1, subnet-2] are invalid."
    )


def test_a_half_failed_create_hands_over_the_id(aws: Provider, endpoint: str) -> None:
    token = "aws:ec2/routeTable:RouteTable"
    vpc, _ = aws.create(VPC, aws.inputs(VPC, {"cidrBlock": "10.0.0.0/16"}))
    route = {"cidrBlock": "0.0.0.0/0", "gatewayId": "igw-0123456789abcdef0"}
    error = failed(aws.create, token, aws.inputs(token, {"vpcId": vpc, "routes": [route]}))
    metadata = dict(error.trailing_metadata())
    status = status_pb2.Status.FromString(metadata["grpc-status-details-bin"])
    detail = provider_pb2.ErrorResourceInitFailed()
    assert status.details[0].Unpack(detail)
    assert status.message == error.details()
    tables = client("ec2", "us-east-1", endpoint).describe_route_tables(RouteTableIds=[detail.id])[
        "RouteTables"
    ]
    assert tables[0]["VpcId"] == vpc
    assert plain(detail.inputs)["vpcId"] == vpc
    assert "igw-0123456789abcdef0" in detail.reasons[0]


def test_an_unknown_type_is_named_with_the_nearest(aws: Provider) -> None:
    error = failed(aws.check, "aws:rds/instanse:Instanse", {})
    assert error.code() == grpc.StatusCode.UNIMPLEMENTED
    assert "does not serve the resource type aws:rds/instanse:Instanse; it serves" in error.details()
    assert INSTANCE in error.details()


def invoke(aws: Provider, token: str, args: dict[str, Any]) -> dict[str, Any]:
    answer = aws.stub.Invoke(provider_pb2.InvokeRequest(tok=token, args=wire(args)))
    return plain(getattr(answer, "return"))


def test_functions(aws: Provider) -> None:
    assert invoke(aws, "aws:index/getCallerIdentity:getCallerIdentity", {})["accountId"] == "123456789012"
    error = failed(invoke, aws, "aws:s3/getBucket:getBucket", {})
    assert "does not serve the function aws:s3/getBucket:getBucket" in error.details()
    error = failed(invoke, aws, "aws:ec2/getVpc:getVpc", {"nonsense": 1})
    assert "does not serve the argument nonsense" in error.details()
    error = failed(invoke, aws, "aws:ec2/getVpc:getVpc", {"cidrBlock": "9.9.9.0/24"})
    assert error.details() == "aws:ec2/getVpc:getVpc: no matching VPC found"
    assert invoke(aws, "aws:ec2/getVpc:getVpc", {"id": UNKNOWN}) == {}


def test_an_update_that_fails_keeps_the_state_as_it_is(aws: Provider) -> None:
    news = {
        "identifier": "steady",
        "engine": "postgres",
        "engineVersion": "17",
        "instanceClass": "db.t3.micro",
        "allocatedStorage": 30,
        "username": "app",
        "password": "long-enough",
        "skipFinalSnapshot": True,
    }
    inputs = aws.inputs(INSTANCE, news)
    resource_id, state = aws.create(INSTANCE, inputs)
    smaller = aws.inputs(INSTANCE, {**news, "allocatedStorage": 20})
    request = provider_pb2.UpdateRequest(
        id=resource_id,
        urn=f"urn:pulumi:s::p::{INSTANCE}::thing",
        olds=wire(state),
        old_inputs=wire(inputs),
        news=wire(smaller),
    )
    error = failed(aws.stub.Update, request)
    assert "storage can't be reduced" in error.details()
    status = status_pb2.Status.FromString(dict(error.trailing_metadata())["grpc-status-details-bin"])
    detail = provider_pb2.ErrorResourceInitFailed()
    status.details[0].Unpack(detail)
    assert (detail.id, plain(detail.properties)["allocatedStorage"]) == (resource_id, 30)
    request.preview = True
    assert plain(aws.stub.Update(request).properties)["allocatedStorage"] == 20


def test_a_destroy_without_a_snapshot_name(aws: Provider) -> None:
    news = {
        "identifier": "unsnapped",
        "engine": "postgres",
        "instanceClass": "db.t3.micro",
        "allocatedStorage": 20,
        "username": "app",
        "password": "long-enough",
    }
    resource_id, state = aws.create(INSTANCE, aws.inputs(INSTANCE, news))
    request = provider_pb2.DeleteRequest(
        id=resource_id, urn=f"urn:pulumi:s::p::{INSTANCE}::thing", properties=wire(state)
    )
    error = failed(aws.stub.Delete, request)
    assert "finalSnapshotIdentifier is required when skipFinalSnapshot is false" in error.details()
    request.properties.CopyFrom(wire({**state, "finalSnapshotIdentifier": "unsnapped-last"}))
    aws.stub.Delete(request)
    aws.stub.Delete(request)  # gone already


def test_the_random_provider_over_the_wire(endpoint: str) -> None:
    token = "random:index/randomPassword:RandomPassword"
    with provider("random", endpoint) as random:
        inputs = random.inputs(token, {"length": 20})
        assert random.create(token, inputs, preview=True)[1]["result"] is UNKNOWN
        resource_id, state = random.create(token, inputs)
        assert (resource_id, len(state["result"])) == ("none", 20)
        assert not random.diff(token, state, inputs, inputs).detailedDiff
