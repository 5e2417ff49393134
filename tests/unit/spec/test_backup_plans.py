"""Rules of AWS Backup plans, as tables."""

import pytest

from dbstack.spec import backup_plans


@pytest.mark.parametrize(
    "text",
    [
        "cron(0 5 ? * * *)",
        "cron(0 5 * * ? *)",
        "cron(0/15 8-17 ? * MON-FRI *)",
        "cron(0 5 1,15 * ? *)",
        "cron(0 5 L * ? *)",
        "cron(0 5 ? * 6L *)",
        "cron(0 5 ? JAN-MAR SUN#2 2026-2030)",
    ],
)
def test_a_schedule(text: str) -> None:
    assert backup_plans.schedule_fault(text) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0 5 * * *", "is not a schedule"),
        ("rate(1 day)", "is not a schedule"),
        ("cron(0 5 * * *)", "has 5 fields"),
        ("cron(60 5 ? * * *)", "'60' can't be the minutes"),
        ("cron(0 24 ? * * *)", "'24' can't be the hours"),
        ("cron(0 5 ? * 0 *)", "'0' can't be the day of week (from 1 to 7)"),
        ("cron(0 5 32 * ? *)", "'32' can't be the day of month"),
        ("cron(0 5 ? 13 * *)", "'13' can't be the month"),
        ("cron(0 5 ? * * 1969)", "'1969' can't be the year"),
        ("cron(0/x 5 ? * * *)", "'0/x' can't be the minutes"),
        ("cron(0 1-2-3 ? * * *)", "'1-2-3' can't be the hours"),
        ("cron(0 ? ? * * *)", "'?' can't be the hours"),
        ("cron(0 5 * * * *)", "one of day of month and day of week is ?"),
        ("cron(0 5 ? * ? *)", "one of day of month and day of week is ?"),
        ("cron(0 5 ? * SUN#6 *)", "'SUN#6' can't be the day of week"),
    ],
)
def test_no_schedule(text: str, words: str) -> None:
    assert words in (backup_plans.schedule_fault(text) or "")


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (backup_plans.vault_name_fault("ok_-9"), None),
        (backup_plans.vault_name_fault("no.dots"), "is not a backup vault's name"),
        (backup_plans.vault_arn_fault("arn:aws:backup:eu-west-1:123456789012:backup-vault:far"), None),
        (backup_plans.vault_arn_fault("far"), "is not a backup vault's ARN"),
        (backup_plans.rule_name_fault("daily.1"), None),
        (backup_plans.rule_name_fault("a b"), "1 to 50 letters"),
        (backup_plans.start_window_fault(60), None),
        (backup_plans.start_window_fault(59), "60 or more"),
        (backup_plans.completion_window_fault(60, 60), None),
        (backup_plans.completion_window_fault(59, 60), "use 60 or more"),
        (backup_plans.delete_after_fault(36_500), None),
        (backup_plans.delete_after_fault(0), "use 1 to 36500"),
        (backup_plans.continuous_days_fault(35), None),
        (backup_plans.continuous_days_fault(36), "add a second rule without `continuous`"),
    ],
)
def test_a_single_rule(fault: str | None, words: str | None) -> None:
    assert fault is None if words is None else words in (fault or "")


def test_a_lock() -> None:
    assert backup_plans.lock_faults(7, 365, 3) == []
    found = backup_plans.lock_faults(0, 36_501, 2)
    assert [name for name, _ in found] == ["minRetentionDays", "maxRetentionDays", "changeableForDays"]
    assert [name for name, _ in backup_plans.lock_faults(9, 8, None)] == ["minRetentionDays"]
