"""What the browser sends about findings of a report."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Given(BaseModel):
    """A body of a request: nothing but what is named."""

    model_config = ConfigDict(extra="forbid")


class OneDecision(Given):
    """Take the suggestion of a finding, keep the value, or (None) leave it open."""

    object: Annotated[str, Field(min_length=1, max_length=400)]
    code: Annotated[str, Field(min_length=1, max_length=60)]
    take: bool | None


class Decisions(Given):
    """Decisions about findings of a report."""

    decisions: Annotated[list[OneDecision], Field(max_length=5000)]
