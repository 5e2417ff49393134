"""What a change does to secrets and encryption keys."""

from typing import Any

from dbstack.spec.changes.model import (
    KEPT,
    NOT_SENT,
    PREFIX,
    REGION,
    TAGS,
    Properties,
    Rule,
    TypeRules,
    When,
    downtime,
    online,
    replaces,
)

SECRETS = "https://docs.aws.amazon.com/secretsmanager/latest/userguide/"
KMS = "https://docs.aws.amazon.com/kms/latest/developerguide/"
_NEW_SECRET = "another ARN: applications that name the old one are locked out"
_KEY_GONE = "what was encrypted with the old key can't be read once its deletion is due"


def _switched_off(_old: Any, new: Any, _properties: Properties) -> bool | None:
    return None if not isinstance(new, bool) else not new


_COMMON: dict[str, tuple[Rule, ...]] = {"region": (REGION,), "tags": (TAGS,), "tagsAll": (TAGS,)}

SECRET = TypeRules(
    "aws:secretsmanager/secret:Secret",
    stateful=True,
    source=SECRETS + "manage_update-secret.html",
    rules={
        **_COMMON,
        "description": (online(),),
        "forceOverwriteReplicaSecret": (NOT_SENT,),
        "kmsKeyId": (
            online(
                "readers need the right to decrypt with the new key",
                source=SECRETS + "security-encryption.html",
            ),
        ),
        "name": (KEPT, replaces(_NEW_SECRET)),
        "namePrefix": (KEPT, PREFIX),
        "policy": (
            KEPT,
            online("who is no longer allowed can't read it", source=SECRETS + "auth-and-access.html"),
        ),
        "recoveryWindowInDays": (NOT_SENT,),
        "replicas": (KEPT, online(source=SECRETS + "replicate-secrets.html")),
        "type": (KEPT, replaces(_NEW_SECRET)),
    },
)
_VERSION_SOURCE = SECRETS + "whats-in-a-secret.html"
SECRET_VERSION = TypeRules(
    "aws:secretsmanager/secretVersion:SecretVersion",
    # A version that is replaced stays in Secrets Manager as AWSPREVIOUS.
    stateful=False,
    source=_VERSION_SOURCE,
    rules={
        "region": (REGION,),
        "secretBinary": (replaces("a new version; the one before stays as AWSPREVIOUS"),),
        "secretId": (replaces("the value goes to the other secret"),),
        "secretString": (replaces("a new version; the one before stays as AWSPREVIOUS"),),
        "secretStringWo": (online("sent when secretStringWoVersion changes"),),
        "secretStringWoVersion": (replaces("a new version; the one before stays as AWSPREVIOUS"),),
        "versionStages": (KEPT, online()),
    },
)
SECRET_POLICY = TypeRules(
    "aws:secretsmanager/secretPolicy:SecretPolicy",
    stateful=False,
    source=SECRETS + "auth-and-access_resource-policies.html",
    rules={
        "blockPublicPolicy": (NOT_SENT,),
        "policy": (online("who is no longer allowed can't read it"),),
        "region": (REGION,),
        "secretArn": (replaces("the old secret is left without it"),),
    },
)
ROTATION = TypeRules(
    "aws:secretsmanager/secretRotation:SecretRotation",
    stateful=False,
    source=SECRETS + "rotating-secrets.html",
    rules={
        "externalSecretRotationMetadatas": (online(),),
        "externalSecretRotationRoleArn": (online(),),
        "region": (REGION,),
        "rotateImmediately": (online("the secret is rotated when this resource next changes"),),
        "rotationEnabled": (KEPT, online()),
        "rotationLambdaArn": (online(),),
        "rotationRules": (online("unless rotateImmediately is false the secret is rotated now"),),
        "secretId": (replaces("the old secret is no longer rotated"),),
    },
)
KEY = TypeRules(
    "aws:kms/key:Key",
    stateful=True,
    source=KMS + "editing-keys.html",
    rules={
        **_COMMON,
        "bypassPolicyLockoutSafetyCheck": (NOT_SENT,),
        "customKeyStoreId": (replaces(_KEY_GONE),),
        "customerMasterKeySpec": (replaces(_KEY_GONE),),
        "deletionWindowInDays": (NOT_SENT,),
        "description": (KEPT, online()),
        "enableKeyRotation": (online(source=KMS + "rotate-keys.html"),),
        "isEnabled": (
            downtime(
                "a database whose key is disabled becomes inaccessible-encryption-credentials",
                When.NOW,
                condition="it is switched off",
                test=_switched_off,
                source=KMS + "enabling-keys.html",
            ),
            online(source=KMS + "enabling-keys.html"),
        ),
        "keyUsage": (replaces(_KEY_GONE),),
        "multiRegion": (KEPT, replaces(_KEY_GONE)),
        "policy": (
            KEPT,
            online("who is no longer allowed can't use it, RDS included", source=KMS + "key-policies.html"),
        ),
        "rotationPeriodInDays": (KEPT, online(source=KMS + "rotate-keys.html")),
        "xksKeyId": (replaces(_KEY_GONE),),
    },
)
ALIAS = TypeRules(
    "aws:kms/alias:Alias",
    stateful=False,
    source=KMS + "kms-alias.html",
    rules={
        "name": (KEPT, replaces()),
        "namePrefix": (KEPT, PREFIX),
        "region": (REGION,),
        "targetKeyId": (online("what names the alias uses the other key from then on"),),
    },
)

TYPES = (SECRET, SECRET_VERSION, SECRET_POLICY, ROTATION, KEY, ALIAS)
