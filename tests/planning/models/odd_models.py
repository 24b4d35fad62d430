"""Processes that do what no process should, as a package of somebody else might bring them."""

import os
import time
from typing import ClassVar

import numpy as np

from kastor.city.site import Site
from kastor.process import About, Indicator, MethodCard, Output, Process, Progress, Raster, Result

WORDS = {"de": "Warten", "en": "Waiting"}


def about(name: str) -> About:
    """What is said about each of them."""
    return About(
        name, "1", WORDS, WORDS, (Output("depth", "indicator", WORDS, "m"),), MethodCard(WORDS, (), WORDS, WORDS, WORDS)
    )


class Raises(Process):
    """Fails with a text nobody should see."""

    about: ClassVar[About] = about("raises")

    def run(self, site: Site, progress: Progress) -> Result:
        raise ZeroDivisionError("secret")


class WrongUnit(Process):
    """Gives feet where it promised metres."""

    about: ClassVar[About] = about("wrong-unit")

    def run(self, site: Site, progress: Progress) -> Result:
        return Result((Indicator("depth", 3.0, "ft"),))


class Endless(Process):
    """Goes on for ever, and shows something."""

    about: ClassVar[About] = about("endless")

    def run(self, site: Site, progress: Progress) -> Result:
        progress.show(Result((Indicator("depth", 1.0, "m"),)))
        while True:
            progress.at(0.5, WORDS)
            time.sleep(0.05)


class Hangs(Process):
    """Says nothing."""

    about: ClassVar[About] = about("hangs")

    def run(self, site: Site, progress: Progress) -> Result:
        time.sleep(600)
        return Result()


class Hungry(Process):
    """Takes memory without end."""

    about: ClassVar[About] = about("hungry")

    def run(self, site: Site, progress: Progress) -> Result:
        kept = []
        while True:
            kept.append(bytearray(2**25))
            progress.at(0.5, WORDS)


class Fills(Process):
    """Gives a raster no room is left for."""

    about: ClassVar[About] = About(
        "fills", "1", WORDS, WORDS, (Output("depth", "raster", WORDS, "m"),), MethodCard(WORDS, (), WORDS, WORDS, WORDS)
    )

    def run(self, site: Site, progress: Progress) -> Result:
        noise = np.random.default_rng(1).random((1000, 1000)).astype(np.float32)
        return Result(rasters=(Raster("depth", "m", 0.0, 1000.0, 1.0, noise),))


class Crashes(Process):
    """Ends the program it runs in."""

    about: ClassVar[About] = about("crashes")

    def run(self, site: Site, progress: Progress) -> Result:
        os._exit(1)


class Broken:
    """No process at all."""
