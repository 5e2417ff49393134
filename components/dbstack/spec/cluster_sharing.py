"""Rules of sharing an Aurora cluster with other accounts, which may clone it then.

Source: Aurora User Guide, Aurora.Managing.Clone.Cross-Account.html.
"""

import re

from dbstack.spec.view import Faults, View

_ACCOUNT = re.compile(r"\d{12}", re.ASCII)


def account_fault(text: str) -> str | None:
    """Id of an AWS account."""
    if _ACCOUNT.fullmatch(text):
        return None
    return f"{text!r} is no id of an AWS account: write its 12 digits, in quotes"


def check_sharing(view: View, faults: Faults) -> None:
    """The accounts, and the key that they need."""
    if not view.ok("shared_with") or not view["shared_with"]:
        return
    accounts: list[str] = list(view["shared_with"])
    for index, account in enumerate(accounts):
        at = view.at("shared_with").index(index)
        faults.add(at, account_fault(account))
        if account in accounts[:index]:
            faults.add(at, f"{account!r} stands there twice: leave it out")
    storage = view.sub("storage")
    keyless = "kms_key_id" not in {*storage.values, *storage.bad} and storage.get("encrypted") is not False
    if keyless and "storage" not in view.bad:
        spell = view.path.naming.spell
        message = f"is missing: other accounts can't clone what RDS's own key encrypts, as {spell('shared_with')} asks"
        faults.add(storage.at("kms_key_id"), message)
