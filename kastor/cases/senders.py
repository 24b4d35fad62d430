"""Who carries out which kind of effect; written by hand. Effects of other kinds wait in the outbox."""

from __future__ import annotations

from collections.abc import Mapping

from kastor.cases.appointments import craft_post, erp_post
from kastor.cases.channels import city_post, mail_post, sign_in_post, whatsapp_post
from kastor.cases.delivery import Sender
from kastor.cases.message import MAIL, OPEN311, WHATSAPP

SENDERS: Mapping[str, Sender] = {
    MAIL: mail_post.send,
    WHATSAPP: whatsapp_post.send,
    OPEN311: city_post.send,
    "craft": craft_post.send,
    "erp": erp_post.send,
    sign_in_post.KIND: sign_in_post.send,
}
"""By kind of effect: ``mail``, ``whatsapp``, ``erp``, ``order``, ``alarm``..."""
