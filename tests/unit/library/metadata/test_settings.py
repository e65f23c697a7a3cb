"""The outcome of reading as a value."""

from studio.engine.request import GenerationRequest
from studio.library.metadata.settings import Settings


def test_it_is_true_only_with_a_request():
    assert not Settings(raw="text", warnings=("a",))
    assert Settings(request=GenerationRequest())


def test_nothing_found_is_a_plain_value():
    assert Settings() == Settings()
    assert Settings().found == frozenset()
