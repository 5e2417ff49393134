"""One way to put a function around a method of moto's."""

from collections.abc import Callable
from functools import wraps
from typing import Any


def around(owner: type, name: str, wrapper: Callable[..., Any]) -> None:
    """Replaces `owner.name` by `wrapper(original, self, *args, **kwargs)`."""
    original: Callable[..., Any] = getattr(owner, name)

    @wraps(original)
    def patched(self: Any, *args: Any, **kwargs: Any) -> Any:
        return wrapper(original, self, *args, **kwargs)

    setattr(owner, name, patched)


def add(owner: type, name: str, method: Callable[..., Any]) -> None:
    """Gives `owner` a method that it lacks. A moto that has it by now needs us no longer, and says so here."""
    if name in vars(owner):
        raise RuntimeError(f"moto's {owner.__name__} has its own {name} now: take ours out")
    setattr(owner, name, method)
