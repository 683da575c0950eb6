"""Makes the fixtures of the small instance known to the tests of this folder."""

from tests.end_to_end.fixtures import built, instance, shared_cache, small_repository  # noqa: F401
