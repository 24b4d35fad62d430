"""Reading PDF files made by Kastor, for tests."""

import base64
import re
import zlib


def words(pdf: bytes) -> str:
    """What is written on the pages, without spaces: how they are set is the business of the paper."""
    text = ""
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL):
        try:
            content = zlib.decompress(base64.a85decode(stream.strip().removesuffix(b"~>")))
        except (ValueError, zlib.error):
            continue
        for shown in re.findall(rb"\((.*?)(?<!\\)\) Tj", content):
            plain = re.sub(rb"\\(\d{3})", lambda m: bytes([int(m[1], 8)]), shown)
            text += re.sub(rb"\\(.)", rb"\1", plain).decode("cp1252")
    return re.sub(r"\s", "", text)
