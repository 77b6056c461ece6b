"""What a picture says of itself comes back from every kind, and no file from a stranger can make much of it."""

import zlib

import numpy as np
import PIL.Image
import pytest
from PIL import PngImagePlugin
from synthetic import textured

from vidream.errors import MediaError
from vidream.media.exr import write_exr
from vidream.media.picture_text import read_text
from vidream.media.still import Picture, read_picture, write_picture
from vidream.media.xmp import NAMESPACE, packet_of, texts_of

RECIPE = '# größer & <schöner>\r\n[dream]\nlayers = ["block4"]\t\n' * 20


@pytest.mark.parametrize("ending", [".png", ".jpg", ".webp"])
def test_a_text_comes_back_and_the_pixels_are_as_without_it(tmp_path, ending):
    picture = Picture(textured(20, 30), np.full((20, 30), 77, np.uint8) if ending != ".jpg" else None, b"")
    write_picture(tmp_path / f"a{ending}", picture, {"vidream": RECIPE, "other": "1"})
    assert read_text(tmp_path / f"a{ending}") == {"vidream": RECIPE, "other": "1"}
    write_picture(tmp_path / f"b{ending}", picture)
    assert read_text(tmp_path / f"b{ending}") == {}
    read, plain = (read_picture(tmp_path / f"{name}{ending}") for name in "ab")
    np.testing.assert_array_equal(read.pixels, plain.pixels)


def test_the_texts_of_other_programs_are_read(tmp_path):
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "plain")
    info.add_text("vidream", RECIPE, zip=True)
    PIL.Image.new("RGB", (4, 4)).save(tmp_path / "a.png", pnginfo=info)
    assert read_text(tmp_path / "a.png") == {"Comment": "plain", "vidream": RECIPE}
    write_exr(tmp_path / "a.exr", {"R": np.ones((3, 4), np.float16)}, {"vidream": RECIPE})
    assert read_text(tmp_path / "a.exr")["vidream"] == RECIPE
    PIL.Image.new("RGB", (4, 4)).save(tmp_path / "a.tif", tiffinfo={700: packet_of({"vidream": RECIPE})})
    assert read_text(tmp_path / "a.tif") == {"vidream": RECIPE}


def test_a_packet_that_another_program_has_written_anew_is_read():
    """Properties may become attributes, and be among others (ISO 16684-1, 7.9.2.2)."""
    packet = (
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<r:Description xmlns:q="{NAMESPACE}" xmlns:dc="http://purl.org/dc/elements/1.1/" q:vidream="a&#10;b">'
        "<dc:format>image/jpeg</dc:format></r:Description></r:RDF></x:xmpmeta>"
    )
    assert texts_of(packet.encode() + b"\0") == {"vidream": "a\nb"}


def test_what_xml_cannot_hold_is_replaced():
    assert texts_of(packet_of({"a": "x\0\x1by\ud800z\U0001f600"})) == {"a": "x\ufffd\ufffdy\ufffdz\U0001f600"}


def test_no_packet_makes_much_of_little():
    doubled = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    laughs = f'<!DOCTYPE x [<!ENTITY e0 "ha">{doubled}]><v:a xmlns:v="{NAMESPACE}">&e9;</v:a>'
    assert texts_of(laughs.encode()) == {}
    assert texts_of(laughs.encode("utf-16")) == {}
    fetched = f'<!DOCTYPE x SYSTEM "file:///etc/passwd"><v:a xmlns:v="{NAMESPACE}">b</v:a>'
    assert texts_of(fetched.encode()) == {}
    assert texts_of(packet_of({"a": "b" * 2**20})) == {}
    assert texts_of(b"<" * 1_000_000) == {}


@pytest.mark.parametrize("packet", [b"", b"\xff\xfe", b"no xml", b"<a>", packet_of({"a": "b"})[:200]])
def test_a_damaged_packet_has_no_texts(tmp_path, packet):
    PIL.Image.new("RGB", (4, 4)).save(tmp_path / "a.jpg", xmp=packet)
    assert read_text(tmp_path / "a.jpg") == {}


def test_a_text_too_long_is_left_out_of_a_jpeg_and_said(tmp_path, caplog):
    write_picture(tmp_path / "a.jpg", Picture(textured(8, 8)), {"a": "b" * 70_000})
    assert read_text(tmp_path / "a.jpg") == {}
    assert "too many for JPEG" in caplog.text


def test_texts_that_are_bombs_or_no_pictures_are_refused_in_a_line(tmp_path):
    PIL.Image.new("RGB", (4, 4)).save(tmp_path / "a.png")
    content = (tmp_path / "a.png").read_bytes()
    body = b"vidream\0\0" + zlib.compress(b" " * 50_000_000)
    chunk = len(body).to_bytes(4) + b"zTXt" + body + zlib.crc32(b"zTXt" + body).to_bytes(4)
    (tmp_path / "bomb.png").write_bytes(content[:33] + chunk + content[33:])
    (tmp_path / "none.png").write_bytes(b"text")
    for name in ("bomb.png", "none.png", "missing.png"):
        with pytest.raises(MediaError, match=name) as caught:
            read_text(tmp_path / name)
        assert "\n" not in str(caught.value)
