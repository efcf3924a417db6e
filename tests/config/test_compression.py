"""Texts travel packed; pictures and originals as they are."""

import gzip

import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.test import RequestFactory

from config.middleware import CompressionMiddleware

TEXT = b"countersign " * 500


def answered(response, accept="gzip"):
    request = RequestFactory().get("/", headers={"Accept-Encoding": accept} if accept else {})
    return CompressionMiddleware(lambda _: response)(request)


@pytest.mark.parametrize(
    "kind", ["text/html; charset=utf-8", "text/css", "text/javascript", "application/json"]
)
def test_texts_are_packed(kind):
    answer = answered(HttpResponse(TEXT, content_type=kind))
    assert answer["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.content) == TEXT
    assert len(answer.content) < len(TEXT) / 10
    assert "Accept-Encoding" in answer["Vary"]


def test_a_file_that_is_streamed_is_packed():
    answer = answered(StreamingHttpResponse(iter([TEXT, TEXT]), content_type="text/css"))
    assert gzip.decompress(b"".join(answer.streaming_content)) == TEXT * 2


@pytest.mark.parametrize("kind", ["image/webp", "application/octet-stream"])
def test_pictures_and_originals_are_left_as_they_are(kind):
    answer = answered(HttpResponse(TEXT, content_type=kind))
    assert not answer.has_header("Content-Encoding")
    assert answer.content == TEXT


def test_who_does_not_take_it_packed_gets_it_plain():
    assert answered(HttpResponse(TEXT), accept="").content == TEXT
