"""What an engine can be asked for beside its version: licence, character sets, standby, class, volume, port."""

import re

from dbstack.spec import access, compute, storage
from dbstack.spec.defaults import STORAGE
from dbstack.spec.engines import EngineFacts, engine_facts, version_fault
from dbstack.spec.model import EngineSettingsSpec
from dbstack.spec.view import Faults, View

_CERTIFICATE = re.compile(r"rds-ca-[a-z0-9]+(?:-g\d+)?", re.ASCII)
_CHARACTER_SET = re.compile(r"[A-Za-z][A-Za-z0-9_]*", re.ASCII)
_TIMEZONE = re.compile(r"[A-Za-z][A-Za-z0-9 .+()-]*", re.ASCII)
_NCHAR = ("AL16UTF16", "UTF8")


def check_engine_settings(view: View, faults: Faults) -> None:
    """Each choice against the engine; those that no engine decides on in their form."""
    view.check(faults, "ca_certificate", certificate_fault)
    view.check(faults, "availability_zone", access.zone_fault)
    if view.get("multi_az") is True and view.ok("availability_zone", "multi_az"):
        message = (
            "a zone can't be chosen together with a standby in another one (RDS refuses it): leave one out"
        )
        faults.add(view.at("availability_zone"), message)
    if not view.ok("engine"):
        return
    facts = engine_facts(str(view["engine"]))
    _license(view, facts, faults)
    _texts(view, facts, faults)
    if view.get("multi_az") is True and view.ok("multi_az") and not facts.multi_az:
        message = f"{facts.label} on RDS has no standby: leave it out, or use sqlserver-se or sqlserver-ee"
        faults.add(view.at("multi_az"), message)
    if view.ok("port") and view["port"] in facts.ports_excluded:
        faults.add(
            view.at("port"),
            f"{view['port']} is taken by {facts.label} on RDS: use another, e.g. {facts.port}",
        )
    if view.ok("instance_class") and compute.instance_class_fault(view["instance_class"]) is None:
        view.check(faults, "instance_class", lambda text: compute.engine_class_fault(facts.name, text))
    _log_volume(view, facts, faults)
    _where_it_runs(view, facts, faults)
    if view.ok("domain"):
        # Few databases join one: `import dbstack` stays small.
        from dbstack.spec.domain import check_domain

        check_domain(view, facts, faults)


def certificate_fault(text: str) -> str | None:
    """Form of a certificate authority's identifier (`aws rds describe-certificates`)."""
    if _CERTIFICATE.fullmatch(text):
        return None
    return f"{text!r} is not a certificate authority of RDS: write one such as 'rds-ca-rsa2048-g1'"


def _license(view: View, facts: EngineFacts, faults: Faults) -> None:
    choices = " or ".join(facts.licenses)
    if "license_model" in view.bad:
        return
    if "license_model" not in view.values:
        if len(facts.licenses) > 1:
            faults.add(view.at("license_model"), f"is missing: {facts.label} has both, choose {choices}")
        return
    if str(view["license_model"]) not in facts.licenses:
        faults.add(
            view.at("license_model"), f"'{view['license_model']}': {facts.label} has {choices}: leave it out"
        )


def _texts(view: View, facts: EngineFacts, faults: Faults) -> None:
    allowed = {
        "character_set": (
            facts.character_set,
            _CHARACTER_SET,
            "AL32UTF8" if facts.port == 1521 else "Latin1_General_CI_AS",
        ),
        "nchar_character_set": (facts.nchar_character_set, _CHARACTER_SET, _NCHAR[0]),
        "timezone": (facts.timezone, _TIMEZONE, "Central European Standard Time"),
    }
    for name, (has, form, example) in allowed.items():
        if not view.ok(name):
            continue
        value = str(view[name])
        if not has:
            message = f"{value!r}: {facts.label} on RDS takes none here: leave it out, and set it by SQL or a parameter"
            faults.add(view.at(name), message)
        elif not form.fullmatch(value) or (name == "nchar_character_set" and value not in _NCHAR):
            faults.add(
                view.at(name), f"{value!r} is none that {facts.label} has: write one such as {example!r}"
            )


def _where_it_runs(view: View, facts: EngineFacts, faults: Faults) -> None:
    if view.ok("engine_lifecycle_support") and not facts.extended_support:
        message = f"{facts.label} has no extended support on RDS, only postgres and mysql have: leave it out"
        faults.add(view.at("engine_lifecycle_support"), message)
    if view.get("customer_owned_ip") is True and view.ok("customer_owned_ip") and not facts.outposts:
        message = f"{facts.label} doesn't run on Outposts: leave it out"
        faults.add(view.at("customer_owned_ip"), message)


def _log_volume(view: View, facts: EngineFacts, faults: Faults) -> None:
    volume = view.sub("storage", STORAGE)
    if volume.get("dedicated_log_volume") is not True or not volume.ok("dedicated_log_volume", "type"):
        return
    if not view.ok("engine_version") or version_fault(facts.name, str(view["engine_version"])):
        return
    message = storage.dedicated_log_volume_fault(facts.name, str(view["engine_version"]), str(volume["type"]))
    faults.add(volume.at("dedicated_log_volume"), message)


def engine_settings_spec(view: View) -> EngineSettingsSpec:
    """The plan; what isn't given is AWS's choice."""
    return EngineSettingsSpec(
        license_model=view.get("license_model"),
        character_set=view.get("character_set"),
        nchar_character_set=view.get("nchar_character_set"),
        timezone=view.get("timezone"),
        ca_certificate=view.get("ca_certificate"),
        network_type=view.get("network_type"),
        engine_lifecycle_support=view.get("engine_lifecycle_support"),
        # false is what holds without it.
        customer_owned_ip=view.get("customer_owned_ip") or None,
        availability_zone=view.get("availability_zone"),
    )
