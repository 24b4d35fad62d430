"""Who carries out which kind of effect; written by hand. Effects of other kinds wait in the outbox."""

from __future__ import annotations

from collections.abc import Mapping

from kastor.cases.delivery import Sender

SENDERS: Mapping[str, Sender] = {}
"""By kind of effect: ``mail``, ``whatsapp``, ``erp``, ``order``, ``alarm``..."""
