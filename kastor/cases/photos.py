"""Photos people send, without what a camera writes into them: place, time, device, a hidden preview.

The picture is decoded, turned upright and written anew, so that nothing but what can be seen is left.
"""

from __future__ import annotations

import io
import warnings

from PIL import Image, ImageOps, UnidentifiedImageError

MOST_PIXELS = 60_000_000
"""A picture larger than this is not decoded. [pixel]"""

LONGEST_SIDE = 4096
"""Larger pictures are made smaller. [pixel]"""

_WRITTEN = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/png", "BMP": "image/png",
            "TIFF": "image/png", "MPO": "image/jpeg"}  # fmt: skip


class NoPhoto(ValueError):
    """What calls itself a picture is none that can be read, or it is too large."""


def without_metadata(content: bytes) -> tuple[bytes, str]:
    """
    A picture with nothing in it but the picture.

    Returns
    -------
    tuple
        Its bytes and media type.

    Raises
    ------
    NoPhoto
        When it cannot be read or has too many pixels.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            picture = Image.open(io.BytesIO(content))
            if picture.width * picture.height > MOST_PIXELS:
                raise NoPhoto(
                    f"The picture has {picture.width} x {picture.height} pixels; at most {MOST_PIXELS:,} are read."
                )
            media_type = _WRITTEN[picture.format or ""]
            picture.load()
            upright = ImageOps.exif_transpose(picture)
    except (UnidentifiedImageError, OSError, ValueError, KeyError, SyntaxError, Image.DecompressionBombError) as error:
        raise error if isinstance(error, NoPhoto) else NoPhoto("This is no picture that can be read.") from error
    wanted = "RGB" if media_type == "image/jpeg" else "RGBA" if "transparency" in upright.info else upright.mode
    bare = upright.convert(wanted if wanted in ("RGB", "RGBA", "L") else "RGB")
    bare.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    # a new picture takes over no metadata
    fresh = Image.frombytes(bare.mode, bare.size, bare.tobytes())
    out = io.BytesIO()
    fresh.save(out, media_type.removeprefix("image/").upper(), quality=88)
    return out.getvalue(), media_type
