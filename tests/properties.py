"""How much is tried: little while somebody works (the lean profile), much in `make test` (the deep one)."""

from hypothesis import settings

LEAN_SHARE = 20
LEAST = 10


def examples(deep: int) -> settings:
    """Try a property ``deep`` times in the deep profile, and with a twentieth of that in the lean one."""
    has_time = settings.get_current_profile_name() == "deep"  # as ``--hypothesis-profile`` named it
    return settings(max_examples=deep if has_time else max(LEAST, deep // LEAN_SHARE))
