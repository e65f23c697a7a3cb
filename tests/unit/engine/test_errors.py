"""Errors speak: what happened, then what to do."""

import pytest

from studio.engine import errors


def test_an_error_reads_as_two_sentences():
    error = errors.BrokenFile("The picture is cut off.", "Choose another file.")
    assert str(error) == "The picture is cut off. Choose another file."


def test_an_error_without_a_hint_has_no_trailing_blank():
    assert str(errors.ModelNotFound("No such model.")) == "No such model."


def test_an_invalid_request_names_its_field():
    assert errors.InvalidRequest("steps", "0 steps.").field == "steps"


def test_stopping_is_not_an_error_and_carries_the_run():
    assert not issubclass(errors.Cancelled, errors.StudioError)
    assert errors.Cancelled().take is None


@pytest.mark.parametrize(
    "kind", [errors.UnsafeFile, errors.UnsupportedModel, errors.OutOfMemory, errors.SaveFailed]
)
def test_every_kind_is_caught_as_a_studio_error(kind):
    with pytest.raises(errors.StudioError, match="what happened"):
        raise kind("what happened", "what to do")
