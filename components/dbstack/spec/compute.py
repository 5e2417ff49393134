"""Form of an instance class: a class that can't be one is refused, a new one of AWS needs no release of ours.

Checked against the catalogue of the CloudFormation linter [CFN] in a test.
"""

import re

from dbstack.spec.engines import engine_facts

_FORM = re.compile(r"db\.([a-z])(\d{1,2})([a-z]{0,4})\.([a-z0-9-]+)", re.ASCII)

_LARGE = ("large", "xlarge")
_MULTIPLES = (2, 3, 4, 6, 8, 9, 10, 12, 16, 18, 24, 32, 48, 64, 96, 112, 128)
_BIG = (*_LARGE, *(f"{count}xlarge" for count in _MULTIPLES))
_METAL = ("metal", *(f"metal-{count}xl" for count in _MULTIPLES))

# First letter of a class family -> its sizes: burstable ones are small, all others begin at large.
# (`small` and `medium` of m1 and m3 are long gone.)
_SIZES: dict[str, tuple[str, ...]] = {
    "t": ("micro", "small", "medium", "large", "xlarge", "2xlarge"),
    **dict.fromkeys("cmrxz", (*_BIG, *_METAL)),
}
_HIGHEST_GENERATION = 15


# Oracle's classes with more memory: `db.r5.2xlarge.tpc2.mem4x`, threads per core and times the memory.
_ORACLE_MEMORY = re.compile(r"\.tpc[12]\.mem[2348]x$", re.ASCII)


def engine_class_fault(engine: str, value: str) -> str | None:
    """Why `value`, a sound class, can't run a known engine: AWS's own processors, the smallest `t` classes [CFN]."""
    facts = engine_facts(engine)
    memory = _ORACLE_MEMORY.search(value)
    match = _FORM.fullmatch(_ORACLE_MEMORY.sub("", value))
    if memory is not None and not engine.startswith("oracle"):
        return f"{value!r} is for Oracle only: leave out '{memory.group()}'"
    if match is None:
        return None
    letter, generation, suffix, size = match.groups()
    if suffix.startswith("g") and not facts.graviton:
        intel = f"db.{letter}{generation}i" if int(generation) >= 6 else f"db.{letter}{generation}"
        other = "db.t3" if letter == "t" else intel
        return (
            f"{value!r} has AWS's Graviton processor, which {facts.label} doesn't run on: use {other}.{size}"
        )
    sizes = _SIZES["t"]
    if letter == "t" and sizes.index(size) < sizes.index(facts.least_burstable):
        least = value.removesuffix(size) + facts.least_burstable
        return f"{value!r} is too small for {facts.label}: use {least} or a larger class"
    return None


def instance_class_fault(value: str) -> str | None:
    """Why `value` can't be the class of an RDS instance of these engines."""
    example = "use one such as db.t4g.micro or db.r6g.large"
    if value == "db.serverless":
        return f"{value!r} is for Aurora only: {example}"
    if not value.startswith("db.") and _FORM.fullmatch(f"db.{value}"):
        return f"{value!r} is an EC2 instance type: write 'db.{value}'"
    if value != value.lower() and _FORM.fullmatch(value.lower()):
        return f"{value!r}: an instance class is in lower case: write {value.lower()!r}"
    match = _FORM.fullmatch(_ORACLE_MEMORY.sub("", value))
    if match is None:
        return f"{value!r} is not an instance class: it reads db.<family>.<size>, {example}"
    letter, generation, _, size = match.groups()
    sizes = _SIZES.get(letter)
    if sizes is None or not 1 <= int(generation) <= _HIGHEST_GENERATION:
        return f"{value!r} is not an instance class: RDS has no family '{value.split('.')[1]}', {example}"
    if size not in sizes:
        import difflib  # only on the way to a fault: not paid by every import

        nearest = difflib.get_close_matches(size, sizes, n=1)
        way_out = (
            f"did you mean '{value.removesuffix(size)}{nearest[0]}'?"
            if nearest
            else f"sizes are {', '.join(sizes)}"
        )
        return f"{value!r} is not an instance class: that family has no size {size!r}, {way_out}"
    return None
