"""Pictures: decoded and encoded anew, so that only pixels are left."""

import io
import struct
import warnings

from PIL import Image, ImageCms, ImageOps, ImageSequence, UnidentifiedImageError

from counterpoint.intake.stripping.types import CannotStrip, Stripped

MOST_PIXELS = 50_000_000  # of one frame; a phone's best camera has as many
MOST_PIXELS_IN_ALL = 150_000_000
_GPS_IFD = 0x8825
_FORMATS = {"jpeg": "JPEG", "png": "PNG", "webp": "WEBP", "gif": "GIF"}
_SAVE = {
    "JPEG": {"quality": 92, "optimize": True},
    "PNG": {},
    "WEBP": {"quality": 92, "method": 4},
    "GIF": {},
}
# Where Pillow keeps what it read beside the pixels, and what we call it.
_INFO_KINDS = {
    "xmp": "XMP",
    "XML:com.adobe.xmp": "XMP",
    "icc_profile": "colour profile",
    "photoshop": "IPTC",
    "comment": "comment",
    "exif": "EXIF",
}

# What Pillow's readers let out when a picture ends too soon or says what cannot be.
_OF_DAMAGED = (
    UnidentifiedImageError,
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    KeyError,
    IndexError,
    TypeError,
    struct.error,
)


def strip_image(content: bytes, *, file_type: str) -> Stripped:
    """The picture upright, in sRGB, without EXIF, GPS, XMP, IPTC, comments, thumbnails or colour profile.
    file_type: jpeg, png, webp or gif. Animations stay animated. Raises CannotStrip."""
    name = _FORMATS[file_type]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            warnings.simplefilter("ignore", UserWarning)  # Pillow grumbles about odd metadata, which goes anyway
            with Image.open(io.BytesIO(content), formats=[name]) as image:
                _check_size(image)
                removed = _kinds_found(image)
                return Stripped(_encoded([_clean(frame) for frame in _frames(image)], image, name), removed)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise CannotStrip("too_large") from None
    except _OF_DAMAGED:
        raise CannotStrip("damaged") from None


def _check_size(image: Image.Image) -> None:
    pixels = image.width * image.height
    if pixels > MOST_PIXELS or pixels * getattr(image, "n_frames", 1) > MOST_PIXELS_IN_ALL:
        raise CannotStrip("too_large")


def _frames(image: Image.Image) -> list[Image.Image]:
    if getattr(image, "n_frames", 1) == 1:
        image.load()
        return [ImageOps.exif_transpose(image)]
    return [frame.copy() for frame in ImageSequence.Iterator(image)]


def _clean(frame: Image.Image) -> Image.Image:
    """Only the pixels: a new picture knows nothing of the old one's surroundings."""
    plain = _in_srgb(frame)
    wanted = "RGBA" if plain.mode in ("RGBA", "LA", "PA") or "transparency" in frame.info else "RGB"
    converted = plain if plain.mode == wanted else plain.convert(wanted)
    return Image.frombytes(wanted, converted.size, converted.tobytes())


def _in_srgb(frame: Image.Image) -> Image.Image:
    profile = frame.info.get("icc_profile")
    if not profile or frame.mode not in ("RGB", "CMYK", "L"):
        return frame
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        moved = ImageCms.profileToProfile(frame, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return frame  # a broken profile goes, the pixels stay as they are
    return moved or frame


def _encoded(frames: list[Image.Image], original: Image.Image, name: str) -> bytes:
    out = io.BytesIO()
    first, *rest = [frame.convert("RGB") if name == "JPEG" else frame for frame in frames]
    options: dict[str, object] = dict(_SAVE[name])
    if rest:
        options |= {
            "save_all": True,
            "append_images": rest,
            "duration": original.info.get("duration", 100),
            "loop": original.info.get("loop", 0),
        }
    first.save(out, format=name, **options)
    return out.getvalue()


def _kinds_found(image: Image.Image) -> tuple[str, ...]:
    kinds = {kind for key, kind in _INFO_KINDS.items() if image.info.get(key)}
    exif = image.getexif()
    if len(exif):
        kinds.add("EXIF")
    if exif.get_ifd(_GPS_IFD):
        kinds.add("GPS")
    if getattr(image, "text", None):
        kinds.add("text")
    return tuple(sorted(kinds))


def without_jpeg_metadata(content: bytes) -> bytes:
    """A JPEG stream without application segments (EXIF, XMP, IPTC, profiles) and comments, its pixels untouched: for
    pictures inside other documents. APP0 and APP14 stay, they say how to read the colours. Other content as it is."""
    if not content.startswith(b"\xff\xd8"):
        return content
    kept = bytearray(b"\xff\xd8")
    position = 2
    while position + 4 <= len(content) and content[position] == 0xFF:  # noqa: PLR2004 - a JPEG marker
        marker = content[position + 1]
        if marker == 0xDA:  # noqa: PLR2004 - the picture itself begins
            break
        length = int.from_bytes(content[position + 2 : position + 4], "big")
        if not (0xE1 <= marker <= 0xEF and marker != 0xEE) and marker != 0xFE:  # noqa: PLR2004 - APP1 to APP15, comment
            kept += content[position : position + 2 + length]
        position += 2 + length
    return bytes(kept + content[position:])
