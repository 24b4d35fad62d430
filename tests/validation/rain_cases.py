"""Shared by the validation of the rain model: grounds of one class, and exact solutions."""

import numpy as np
from scipy.optimize import brentq

from kastor.simulations.scene import Ground

G = 9.81


def ground(heights, cell, manning=0.0, walls=None):
    heights = np.atleast_2d(np.asarray(heights, float))
    surface = np.zeros(heights.shape, np.uint8)
    if walls is not None:
        surface[walls] = 255
    return Ground(cell, heights, surface, np.array([manning]), np.zeros(1), np.zeros(1))


def l1(found, exact):
    """Sum of all differences by the sum of the exact values."""
    return float(np.abs(found - exact).sum() / np.abs(exact).sum())


def dam_break(x, t, upper, lower):
    """Depth after a dam at x = 0 breaks, over a wet bed (Stoker) or a dry one (Ritter)."""
    c = np.sqrt(G * upper)
    fan = (2 * c - x / t) ** 2 / (9 * G)
    if lower == 0:
        return np.where(x < -c * t, upper, np.where(x < 2 * c * t, fan, 0.0))

    def jump(h):
        return 2 * (c - np.sqrt(G * h)) - (h - lower) * np.sqrt(G * (h + lower) / (2 * h * lower))

    middle = brentq(jump, lower * 1.0001, upper)
    speed = 2 * (c - np.sqrt(G * middle))
    front = speed * middle / (middle - lower)
    inside = np.where(x < (speed - np.sqrt(G * middle)) * t, fan, np.where(x < front * t, middle, lower))
    return np.where(x < -c * t, upper, inside)


class Bowl:
    """Thacker's water in a round bowl, swinging up and down: 4 m wide, shore at rest at 1 m, without friction."""

    width, depth, radius, start = 4.0, 0.1, 1.0, 0.8

    def __init__(self, n):
        self.cell = self.width / n
        x = (np.arange(n) + 0.5) * self.cell - self.width / 2
        self.r2 = x[:, None] ** 2 + x[None, :] ** 2
        self.bed = self.depth * (self.r2 / self.radius**2 - 1)
        self.period = 2 * np.pi / (np.sqrt(8 * G * self.depth) / self.radius)

    def exact(self, t):
        a = (self.radius**2 - self.start**2) / (self.radius**2 + self.start**2)
        q = 1 - a * np.cos(2 * np.pi * t / self.period)
        level = self.depth * (np.sqrt(1 - a * a) / q - 1 - self.r2 / self.radius**2 * ((1 - a * a) / q**2 - 1))
        return np.maximum(level - self.bed, 0.0)


def rough_ground(rows, cols, seed=1, cell=2.0):
    """Hills, hollows and houses."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:rows, :cols] * cell
    heights = 100 + 0.01 * x + 0.005 * y + 2 * np.sin(x / 60) * np.cos(y / 70)
    heights += 0.3 * random.standard_normal((rows, cols))
    return heights, ((x % 60) < 14) & ((y % 60) < 14)
