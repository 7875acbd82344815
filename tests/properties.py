"""How much is tried: little while somebody works (the lean profile), much in `make test` (the deep one)."""

from hypothesis import settings

LEAN_SHARE = 20
LEAST = 10


def is_deep() -> bool:
    """Say whether this run has time, by the profile that ``--hypothesis-profile`` named."""
    return settings.get_current_profile_name() == "deep"


def examples(deep: int) -> settings:
    """Try a property ``deep`` times in the deep profile, and with a twentieth of that in the lean one."""
    return settings(max_examples=deep if is_deep() else max(LEAST, deep // LEAN_SHARE))
