"""Pictures keep their pixels and nothing else."""

import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image, ImageCms
from tests.intake.making_files import AUTHOR, a_photo, a_png_bomb, a_sideways_photo

from counterpoint.intake.stripping import CannotStrip
from counterpoint.intake.stripping.images import strip_image, without_jpeg_metadata

TYPES = ["jpeg", "png", "webp", "gif"]


@pytest.mark.parametrize("file_type", TYPES)
def test_who_where_and_with_what_is_gone(file_type):
    original = a_photo(file_type)
    assert AUTHOR.encode() in original
    stripped = strip_image(original, file_type=file_type)
    assert AUTHOR.encode() not in stripped.content
    assert b"Northmoor" not in stripped.content
    image = Image.open(io.BytesIO(stripped.content))
    assert len(image.getexif()) == 0
    assert not {"xmp", "exif", "comment", "icc_profile", "photoshop", "XML:com.adobe.xmp"} & set(image.info)
    if file_type != "gif":
        assert {"EXIF", "GPS"} <= set(stripped.removed)


@pytest.mark.parametrize("file_type", TYPES)
def test_the_picture_stays_what_it_was(file_type):
    stripped = strip_image(a_photo(file_type), file_type=file_type)
    image = Image.open(io.BytesIO(stripped.content)).convert("RGB")
    assert image.size == (64, 48)
    for place, colour in (((8, 8), (200, 30, 30)), ((56, 40), (30, 30, 200))):
        assert all(abs(a - b) < 16 for a, b in zip(image.getpixel(place), colour, strict=True))


def test_an_animation_stays_one():
    image = Image.open(io.BytesIO(strip_image(a_photo("gif"), file_type="gif").content))
    assert (image.n_frames, image.info["duration"]) == (2, 120)


def test_a_picture_on_its_side_stands_up():
    image = Image.open(io.BytesIO(strip_image(a_sideways_photo(), file_type="jpeg").content))
    assert image.size == (40, 20)


def test_transparency_stays():
    out = io.BytesIO()
    Image.new("RGBA", (4, 4), (10, 20, 30, 0)).save(out, "PNG")
    image = Image.open(io.BytesIO(strip_image(out.getvalue(), file_type="png").content))
    assert (image.mode, image.getpixel((0, 0))[3]) == ("RGBA", 0)


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "I;16"])
def test_odd_kinds_of_pixels_are_no_obstacle(mode):
    out = io.BytesIO()
    Image.new(mode, (8, 8)).save(out, "JPEG" if mode == "CMYK" else "PNG")
    strip_image(out.getvalue(), file_type="jpeg" if mode == "CMYK" else "png")


@pytest.mark.parametrize("broken", [True, False])
def test_a_colour_profile_is_used_once_and_goes(broken):
    profile = b"not a profile" if broken else ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    out = io.BytesIO()
    Image.new("RGB", (8, 8), (9, 99, 199)).save(out, "PNG", icc_profile=profile)
    stripped = strip_image(out.getvalue(), file_type="png")
    assert "icc_profile" not in Image.open(io.BytesIO(stripped.content)).info
    assert "colour profile" in stripped.removed


@pytest.mark.parametrize(
    ("content", "file_type", "why"),
    [
        (a_png_bomb(), "png", "too_large"),
        (a_photo()[:300], "jpeg", "damaged"),
        (a_photo("png")[:200], "png", "damaged"),
        (b"\xff\xd8\xff", "jpeg", "damaged"),
        (a_photo("png"), "jpeg", "damaged"),
        (b"", "webp", "damaged"),
    ],
)
def test_what_cannot_be_stripped_says_why(content, file_type, why):
    with pytest.raises(CannotStrip) as refused:
        strip_image(content, file_type=file_type)
    assert refused.value.why == why


@example(cut=198, flips=[], file_type="gif")  # ends within the numbers of a frame
@given(cut=st.integers(0, 2000), flips=st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), max_size=6),
       file_type=st.sampled_from(TYPES))  # fmt: skip
def test_a_damaged_picture_is_refused_or_stripped_never_worse(cut, flips, file_type):
    content = bytearray(a_photo(file_type))
    for place, value in flips:
        content[place % len(content)] = value
    try:
        stripped = strip_image(bytes(content[: len(content) - cut]), file_type=file_type)
    except CannotStrip:
        return
    assert AUTHOR.encode() not in stripped.content


@given(st.binary(max_size=200))
def test_jpeg_segments_are_walked_without_falling_over(tail):
    without_jpeg_metadata(b"\xff\xd8" + tail)
    assert without_jpeg_metadata(tail if not tail.startswith(b"\xff\xd8") else b"x") in (tail, b"x")


def test_segments_go_and_pixels_stay():
    original = a_photo()
    plain = without_jpeg_metadata(original)
    assert AUTHOR.encode() not in plain
    assert Image.open(io.BytesIO(plain)).tobytes() == Image.open(io.BytesIO(original)).tobytes()
