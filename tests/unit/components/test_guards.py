"""Which updates the guards refuse, from the inputs that the engine hands to them."""

import asyncio
from typing import Any

import pulumi
import pytest
from pulumi.runtime import settings

from dbstack.aws.group_guards import (
    refuse_unasked_cluster_group_move,
    refuse_unasked_group_move,
    refuse_unasked_option_group_move,
)
from dbstack.aws.guards import (
    refuse_minor_before_replicas,
    refuse_unasked_password_move,
    refuse_unsafe_update,
)
from dbstack.aws.hooks import monitor_address
from dbstack.aws.renames import Renames
from dbstack.aws.replica_guards import refuse_lost_replica, refuse_new_promoted
from dbstack.aws.vanished import refuse_empty_successor


def hook(
    old: dict[str, Any], new: dict[str, Any], outputs: dict[str, Any] | None = None
) -> pulumi.ResourceHookArgs:
    return pulumi.ResourceHookArgs(
        urn="urn",
        id="db-1",
        name="app",
        type="aws:rds/instance:Instance",
        new_inputs=new,
        old_inputs=old,
        old_outputs=outputs,
    )


MANAGED = {"manageMasterUserPassword": True}


def version(engine: str, number: str, **more: Any) -> dict[str, Any]:
    return {"engine": engine, "engineVersion": number, **more}


OURS = version("postgres", "16", parameterGroupName="shop-dev-app-postgres16-" + "0" * 26)
OPTIONS = "shop-dev-app-mysql-8-0-" + "0" * 26
UPGRADE = {"allowMajorVersionUpgrade": True, "applyImmediately": True}
THEIRS = {"parameterGroupName": "theirs", "optionGroupName": "others"}


def mysql(number: str, options: str | None, **more: Any) -> dict[str, Any]:
    return version("mysql", number, **({} if options is None else {"optionGroupName": options}), **more)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ({"allocatedStorage": 100.0}, {"allocatedStorage": 99.0}, "99 GiB is less than the 100 GiB"),
        (version("postgres", "17"), version("postgres", "16"), "RDS can't downgrade"),
        (version("postgres", "17.5"), version("postgres", "17.4"), "RDS can't downgrade"),
        (version("postgres", "16"), version("postgres", "17"), "allowMajorVersionUpgrade: true"),
        (version("mysql", "8.0"), version("mysql", "8.4"), "allowMajorVersionUpgrade: true"),
        (OURS, version("postgres", "17", allowMajorVersionUpgrade=True), "Set applyImmediately: true"),
        ({"replicateSourceDb": "a"}, {"replicateSourceDb": "b"}, "a replica of a can't be moved to b"),
        ({"replicateSourceDb": "a"}, {"replicateSourceDb": "b"}, "give that component an alias"),
        ({"replicateSourceDb": "a"}, {"replicateSourceDb": "b"}, "run `pulumi refresh`"),
        (
            {"identifier": "shop-dev-a", "dbSubnetGroupName": "shop-dev-a"},
            {"identifier": "shop-dev-b", "dbSubnetGroupName": "shop-dev-b"},
            "identifier: shop-dev-a would be renamed.*`named_after` its old name",
        ),
        (
            version("mysql", "8.0", **THEIRS),
            version("mysql", "8.4", **THEIRS, **UPGRADE),
            "parameterGroup: theirs and optionGroup: others: made for mysql 8.0",
        ),
        (mysql("8.0", "others"), mysql("8.4", "others", **UPGRADE), "^app: optionGroup: others: made for"),
        # In use until the window, and deleted now.
        (
            mysql("8.4", OPTIONS),
            mysql("8.4", "default:mysql-8-4", deleteAutomatedBackups=True),
            "applyImmediately",
        ),
        (mysql("8.4", OPTIONS), mysql("8.4", None, deleteAutomatedBackups=True), "stays in use until"),
        ({}, {"replicateSourceDb": "b"}, "can't become a replica of b"),
        (
            MANAGED,
            {**MANAGED, "masterUserSecretKmsKeyId": "arn:k/2"},
            "it is the default.*{source: generated}",
        ),
        (
            {**MANAGED, "masterUserSecretKmsKeyId": "arn:k/1"},
            {**MANAGED, "masterUserSecretKmsKeyId": "arn:k/2"},
            "kmsKeyId: RDS can't change the key",
        ),
    ],
)
def test_refused(old: dict[str, Any], new: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        refuse_unsafe_update(hook(old, new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"allocatedStorage": 100.0}, {"allocatedStorage": 100.0}),
        ({"allocatedStorage": 100.0}, {"allocatedStorage": 101.0}),
        (version("postgres", "17"), version("postgres", "17.6")),
        (version("postgres", "17.5"), version("postgres", "17")),
        (version("postgres", "16"), version("postgres", "17", allowMajorVersionUpgrade=True)),
        (
            version("mysql", "8.0", **THEIRS),
            version("mysql", "8.4", parameterGroupName="new", optionGroupName="newer", **UPGRADE),
        ),
        (mysql("8.0", "default:mysql-8-0"), mysql("8.4", "default:mysql-8-4", **UPGRADE)),
        (version("mysql", "8.4", **THEIRS), version("mysql", "8.4.5", **THEIRS)),
        ({"identifier": "a", "dbSubnetGroupName": "a"}, {"identifier": "b", "dbSubnetGroupName": "a"}),
        ({"identifier": "a", "dbSubnetGroupName": "a"}, {"identifier": "a", "dbSubnetGroupName": "b"}),
        # Another VPC, whose group is yet to be made.
        ({"identifier": "a", "dbSubnetGroupName": "a"}, {"identifier": "b"}),
        # Left in AWS, or moved at once.
        (mysql("8.4", OPTIONS), mysql("8.4", "default:mysql-8-4", deleteAutomatedBackups=False)),
        (
            mysql("8.4", OPTIONS),
            mysql("8.4", "default:mysql-8-4", deleteAutomatedBackups=True, applyImmediately=True),
        ),
        (mysql("8.4", "others"), mysql("8.4", "default:mysql-8-4", deleteAutomatedBackups=True)),
        (OURS, version("postgres", "17", allowMajorVersionUpgrade=True, applyImmediately=True)),
        (
            {**OURS, "parameterGroupName": "ours"},
            version("postgres", "17", allowMajorVersionUpgrade=True, parameterGroupName="theirs"),
        ),
        (OURS, version("postgres", "16.4")),
        (version("mysql", "8.4.3"), version("mysql", "8.4.5")),
        ({"replicateSourceDb": "a"}, {}),
        ({"replicateSourceDb": "a"}, {"replicateSourceDb": "a"}),
        ({**MANAGED, "masterUserSecretKmsKeyId": "arn:k/1"}, MANAGED),
        ({**MANAGED, "masterUserSecretKmsKeyId": "1"}, {**MANAGED, "masterUserSecretKmsKeyId": "arn:k/1"}),
        ({}, {**MANAGED, "masterUserSecretKmsKeyId": "arn:k/2"}),
        ({**MANAGED, "masterUserSecretKmsKeyId": "arn:k/1"}, {}),
    ],
)
def test_let_through(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert refuse_unsafe_update(hook(old, new)) is None


def test_a_replica_promoted_outside_the_program_is_not_replicated_again() -> None:
    """A refresh has found no source, in the state's outputs if not in its inputs."""
    asked = {"replicateSourceDb": "a"}
    with pytest.raises(ValueError, match="write `promoted: true`"):
        refuse_unsafe_update(hook(asked, asked, {"identifier": "r"}))
    assert refuse_unsafe_update(hook(asked, {}, {"identifier": "r"})) is None


@pytest.mark.parametrize(
    ("outputs", "refused"),
    [
        ({"skipFinalSnapshot": True}, True),
        ({"skipFinalSnapshot": True, "replicateSourceDb": ""}, True),
        ({"skipFinalSnapshot": True, "replicateSourceDb": "app"}, False),
        ({"skipFinalSnapshot": False, "finalSnapshotIdentifier": "x"}, False),
    ],
)
def test_a_replica_without_a_source_is_not_deleted_as_one(outputs: dict[str, Any], refused: bool) -> None:
    args = hook({}, {}, outputs)
    if not refused:
        assert refuse_lost_replica(args) is None
        return
    with pytest.raises(ValueError, match="promoted outside the program"):
        refuse_lost_replica(args)


def test_a_promoted_replica_is_never_made_anew() -> None:
    with pytest.raises(ValueError, match="there is no replica to promote"):
        refuse_new_promoted(hook({}, {}))


def test_what_stands_in_aws_counts_not_what_was_asked_for() -> None:
    """Autoscaling grew the volume from 20 to 50 GiB."""
    with pytest.raises(ValueError, match="30 GiB is less than the 50 GiB"):
        refuse_unsafe_update(
            hook({"allocatedStorage": 20}, {"allocatedStorage": 30}, {"allocatedStorage": 50})
        )


def test_a_size_below_what_autoscaling_has_grown_stands_in_nobodys_way() -> None:
    """Else nothing could be deployed until the program has followed the volume."""
    asked = {"allocatedStorage": 20, "maxAllocatedStorage": 100}
    assert refuse_unsafe_update(hook(asked, asked, {"allocatedStorage": 50})) is None
    with pytest.raises(ValueError, match="15 GiB is less than the 50 GiB"):
        refuse_unsafe_update(hook(asked, {**asked, "allocatedStorage": 15}, {"allocatedStorage": 50}))


def test_every_finding_is_told() -> None:
    old, new = version("postgres", "17", allocatedStorage=50), version("postgres", "16", allocatedStorage=20)
    with pytest.raises(ValueError, match="can't shrink") as caught:
        refuse_unsafe_update(hook(old, new))
    assert "can't downgrade" in str(caught.value)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (True, None, "replicas added"),
        (None, True, "replicas removed"),
        (True, True, None),
        (None, None, None),
    ],
)
def test_the_password_moves_only_if_asked(before: bool | None, after: bool | None, words: str | None) -> None:
    managed, generated = {"manageMasterUserPassword": True}, {"password": "x"}
    args = hook(managed if before else generated, managed if after else generated)
    if words is None:
        assert refuse_unasked_password_move(args) is None
        return
    with pytest.raises(ValueError, match=words):
        refuse_unasked_password_move(args)


@pytest.mark.parametrize("new", [{"password": "x"}, MANAGED])
def test_the_password_of_an_adopted_database_is_not_changed_unasked(new: dict[str, Any]) -> None:
    imported = {"identifier": "theirs"}
    with pytest.raises(ValueError, match="adopted with a password that Pulumi has never seen"):
        refuse_unasked_password_move(hook(imported, new))
    assert refuse_unasked_password_move(hook({**imported, "password": "x"}, {"password": "y"})) is None
    assert refuse_unasked_password_move(hook(MANAGED, MANAGED)) is None


@pytest.mark.parametrize(
    ("old", "new", "actual", "refused"),
    [
        (version("postgres", "17.5"), version("postgres", "17.6"), "17.5", True),
        (version("mysql", "8.4.3"), version("mysql", "8.4.5"), None, True),
        # Pinned for the first time, to what RDS has chosen, and to another.
        (version("postgres", "17"), version("postgres", "17.6"), "17.6", False),
        (version("postgres", "17"), version("postgres", "17.6"), "17.5", True),
        # Upgraded by hand, the replicas first.
        (version("postgres", "17.6"), version("postgres", "17.6"), "17.6", False),
        (version("postgres", "17.5"), version("postgres", "17"), "17.5", False),
        # A major upgrade takes the replicas along.
        (version("postgres", "16.4"), version("postgres", "17.6"), "16.4", False),
        (version("sqlserver-ee", "16.00"), version("sqlserver-ee", "16.00.4215.2.v1"), None, False),
    ],
)
def test_replicas_get_a_minor_version_first(
    old: dict[str, Any], new: dict[str, Any], actual: str | None, refused: bool
) -> None:
    args = hook(old, new, {"engineVersionActual": actual} if actual else None)
    if not refused:
        assert refuse_minor_before_replicas(args) is None
        return
    with pytest.raises(
        ValueError, match=r"DBUpgradeDependencyFailure.*write the major version alone.*refresh"
    ):
        refuse_minor_before_replicas(args)


def test_a_vanished_database_is_not_made_anew() -> None:
    both = r"db-OLD.*replaces it.*set it back.*creates it.*deploying would make an empty one"
    with pytest.raises(ValueError, match=both):
        refuse_empty_successor(hook({"input": "db-OLD"}, {}))
    # Restored and imported, or not known before either.
    assert refuse_empty_successor(hook({"input": "db-OLD"}, {"input": "db-NEW"})) is None
    assert refuse_empty_successor(hook({}, {"input": "db-NEW"})) is None


def test_a_growing_volume_is_not_asked_to_shrink() -> None:
    """AWS's provider shows no difference then, so the instance's own hook isn't asked."""
    with pytest.raises(ValueError, match=r"50 GiB is less than the 100 GiB .* Set it back to 100"):
        refuse_empty_successor(hook({"input": "db-A GiB=100"}, {"input": "db-A GiB=50"}))
    for before, after in (
        ("db-A", "db-A GiB=50"),
        ("db-A GiB=100", "db-A"),
        ("db-A GiB=100", "db-A GiB=200"),
    ):
        assert refuse_empty_successor(hook({"input": before}, {"input": after})) is None
    with pytest.raises(ValueError, match=r"\(db-A\) would be made anew"):
        refuse_empty_successor(hook({"input": "db-A GiB=100"}, {}))


def test_an_engine_is_known_by_its_address_whatever_the_stub() -> None:
    """A hosted component gets a stub of its own; a hook's name is the engine's."""
    stubs = [settings.Settings("shop", "dev", monitor=f"127.0.0.1:{port}").monitor for port in (9, 9, 10)]
    first, again, other = (monitor_address(stub) for stub in stubs)
    assert first is not None
    assert "127.0.0.1:9" in first
    assert (first == again, first == other) == (True, False)
    assert monitor_address(object()) is None


MADE = "shop-dev-app-postgres16-20260101120000123400000001"


@pytest.mark.parametrize(
    ("engine", "before", "after", "words"),
    [
        ("postgres", "theirs", None, "parameterGroup: {name: theirs}"),
        ("postgres", "theirs", MADE, "parameterGroup: {parameters: {}}"),
        ("postgres", "default.postgres17", None, "parameterGroup: {engineDefault: true}"),
        # As another tool completes a prefix of its own.
        ("postgres", "orders-20260101120000123400000001", None, "{name: orders-2026"),
        ("postgres", "theirs", "theirs", None),
        ("postgres", None, None, None),
        # A major upgrade, a renamed component, a group that is made anew.
        ("postgres", MADE, None, None),
        ("postgres", MADE, "other-dev-new-postgres17-20260101120000123400000002", None),
        ("sqlserver-ee", "a-sqlserver-ee-15-0-20260101120000123400000001", None, None),
        ("oracle-ee", "a-oracle-ee-cdb-19-20260101120000123400000001", None, None),
    ],
)
@pytest.mark.parametrize("replica", [False, True])
def test_a_group_that_dbstack_did_not_make_is_not_left_unasked(
    engine: str, before: str | None, after: str | None, words: str | None, replica: bool
) -> None:
    key = "parameterGroupName"
    # A replica's engine is its source's, and not among its inputs.
    new = {key: after} if replica else {key: after, "engine": engine}
    args = hook({key: before}, new, {"engine": engine, key: before})
    if words is None:
        assert refuse_unasked_group_move(args) is None
        return
    with pytest.raises(ValueError, match=words):
        refuse_unasked_group_move(args)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("theirs", "shop-dev-app-aurora-postgresql17", "parameterGroup: {name: theirs}"),
        ("theirs", None, "dbstack didn't make"),
        ("theirs-aurora-postgresql16", "shop-dev-app-aurora-postgresql17", "dbstack didn't make"),
        ("default.aurora-postgresql17", "shop-dev-app-aurora-postgresql17", "{engineDefault: true}"),
        ("shop-dev-app-aurora-postgresql16", "shop-dev-app-aurora-postgresql17", None),
        ("shop-dev-app-aurora-postgresql16", None, None),
        ("theirs", "theirs", None),
    ],
)
def test_a_cluster_does_not_leave_such_a_group_either(
    before: str, after: str | None, words: str | None
) -> None:
    key = "dbClusterParameterGroupName"
    args = hook({key: before}, {"engine": "aurora-postgresql", key: after}, {key: before})
    if words is None:
        assert refuse_unasked_cluster_group_move(args) is None
        return
    with pytest.raises(ValueError, match=words):
        refuse_unasked_cluster_group_move(args)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("theirs", "default:mysql-8-4", "optionGroup: {name: theirs}.*{name: default:mysql-8-4}"),
        ("theirs", None, "it would lose the options"),
        ("default:mysql-8-0", "default:mysql-8-4", None),
        (OPTIONS, "default:mysql-8-4", None),
        ("theirs", "theirs", None),
        (None, "default:mysql-8-4", None),
    ],
)
def test_nor_an_option_group(before: str | None, after: str | None, words: str | None) -> None:
    key = "optionGroupName"
    args = hook({key: before}, {"engine": "mysql", key: after}, {key: before})
    if words is None:
        assert refuse_unasked_option_group_move(args) is None
        return
    with pytest.raises(ValueError, match=words):
        refuse_unasked_option_group_move(args)


RENAMED = ({"identifier": "old"}, {"identifier": "new"})
SOURCE = "replicateSourceDb"


@pytest.mark.parametrize(
    ("source", "update", "kept"),
    [
        ("new", RENAMED, True),
        ("arn:aws:rds:us-east-1:123456789012:db:new", RENAMED, True),
        ("NEW", RENAMED, True),
        ("other", RENAMED, False),
        ("new", ({"identifier": "new"}, {"identifier": "new"}), False),
        ("new", ({}, {"identifier": "new"}), False),
        (None, RENAMED, False),
    ],
)
def test_a_replica_keeps_the_name_that_it_knows_of_a_source_renamed_just_now(
    source: str | None, update: tuple[dict[str, Any], dict[str, Any]], kept: bool
) -> None:
    renames = Renames()
    renames.note(hook(*update))
    options = pulumi.ResourceOptions(ignore_changes=["password"])
    props = {} if source is None else {SOURCE: source}
    args = pulumi.ResourceTransformArgs(True, "aws:rds/instance:Instance", "app-r", props, options)
    result = asyncio.run(renames.keep_source(args))
    if not kept:
        assert result is None
        return
    assert result is not None
    assert (result.props, result.opts.ignore_changes) == (props, ["password", SOURCE])
