"""Forms as programs and browsers send them: fields and files, from both media types HTML has.

References
----------
HTML (form submission), RFC 7578 (``multipart/form-data``).
"""

from __future__ import annotations

import email
import email.policy
from dataclasses import dataclass
from email.message import Message
from typing import Any
from urllib.parse import parse_qsl

from kastor.cases.channels.mail_headers import decoded
from kastor.cases.channels.mail_parts import file_name
from kastor.cases.message import Attachment
from kastor.web.errors import BadRequest, Unsupported

MOST_FIELDS = 200
"""Fields of one form."""

MOST_FILES = 5
"""Files of one form."""


@dataclass(frozen=True)
class Form:
    """Fields, in their order and as often as they were sent, and files."""

    fields: tuple[tuple[str, str], ...]
    files: tuple[Attachment, ...] = ()


def form(body: bytes, content_type: str) -> Form:
    """
    What a form holds.

    Raises
    ------
    Unsupported
        When the body is no form.
    BadRequest
        When it has too many fields or files, or is damaged.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind in ("application/x-www-form-urlencoded", ""):
        try:
            fields = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
        except ValueError:
            raise BadRequest(f"The form has more than {MOST_FIELDS} fields.") from None
        return Form(tuple(fields))
    if kind != "multipart/form-data":
        raise Unsupported(f"{kind[:60]!r} is no form; send application/x-www-form-urlencoded or multipart/form-data.")
    return _multipart(body, content_type)


def _multipart(body: bytes, content_type: str) -> Form:
    head = f"Content-Type: {content_type[:500]}\r\n\r\n".encode("latin-1", "replace")
    whole = email.message_from_bytes(head + body, policy=email.policy.compat32)
    payload: Any = whole.get_payload() if whole.is_multipart() else None
    if not isinstance(payload, list) or whole.defects:
        raise BadRequest("The form is damaged: its parts cannot be told apart. Send it again.")
    if len(payload) > MOST_FIELDS:
        raise BadRequest(f"The form has more than {MOST_FIELDS} fields.")
    fields, files = [], []
    for part in payload:
        name = str(part.get_param("name", "", header="Content-Disposition") or "")[:200]
        content = part.get_payload(decode=True) if not part.is_multipart() else b""
        content = content if isinstance(content, bytes) else b""
        if part.get_param("filename", None, header="Content-Disposition") is None:
            fields.append((name, content.decode("utf-8", "replace")))
        elif content:
            files.append(Attachment(_name(part), part.get_content_type(), content))
    if len(files) > MOST_FILES:
        raise BadRequest(f"{len(files)} files were sent; at most {MOST_FILES} are taken at once.")
    return Form(tuple(fields), tuple(files))


def _name(part: Message) -> str:
    return file_name(decoded(part.get_filename() or "")) or "datei"
