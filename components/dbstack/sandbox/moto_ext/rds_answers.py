"""What AWS tells of RDS and moto does not: certificates, long lists of versions, where enhanced monitoring writes."""

from datetime import UTC, datetime
from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import get_pagination_model
from moto.rds.exceptions import RDSClientError
from moto.rds.models import DBInstance
from moto.rds.responses import RDSResponse

from dbstack.sandbox.moto_ext.patching import add

# Identifier -> first day and years [DescribeCertificates, example in the CLI reference; RDS User Guide,
# UsingWithRDS.SSL: 40 years for RSA 2048, 100 for the others].
_CERTIFICATES = {
    "rds-ca-rsa2048-g1": (datetime(2021, 5, 24, 21, 59, tzinfo=UTC), 40),
    "rds-ca-rsa4096-g1": (datetime(2021, 5, 24, 22, 3, 20, tzinfo=UTC), 100),
    "rds-ca-ecc384-g1": (datetime(2021, 5, 24, 22, 6, 59, tzinfo=UTC), 100),
}
_DEFAULT = "rds-ca-rsa2048-g1"
# Lists that are longer than a page: by what moto finds the next page's first entry.
_UNIQUE = {"DescribeDBEngineVersions": ["Engine", "EngineVersion"]}


def _describe_certificates(self: Any) -> ActionResult:
    wanted = self.params.get("CertificateIdentifier")
    if wanted and wanted not in _CERTIFICATES:
        raise RDSClientError("CertificateNotFound", f"Certificate not found: {wanted}")
    found = [
        {
            "CertificateIdentifier": name,
            "CertificateType": "CA",
            "ValidFrom": begins,
            "ValidTill": begins.replace(year=begins.year + years),
            "CertificateArn": f"arn:aws:rds:{self.region}::cert:{name}",
            "CustomerOverride": False,
        }
        for name, (begins, years) in _CERTIFICATES.items()
        if wanted in (None, "", name)
    ]
    return ActionResult({"Certificates": found, "DefaultCertificateForNewLaunches": _DEFAULT})


def _monitored(self: Any) -> str | None:
    """The log stream of enhanced monitoring, where it is on."""
    if not self.monitoring_interval:
        return None
    where = f"{self.backend.region_name}:{self.backend.account_id}"
    return f"arn:aws:logs:{where}:log-group:RDSOSMetrics:log-stream:{self.dbi_resource_id}"


def install() -> None:
    add(RDSResponse, "describe_certificates", _describe_certificates)
    for operation, unique in _UNIQUE.items():
        get_pagination_model("rds")[operation].setdefault("unique_attribute", unique)
    add(DBInstance, "enhanced_monitoring_resource_arn", property(_monitored))  # pyright: ignore[reportArgumentType]
