"""The catalogue: what datasets a town has, from whom, under which licence, and every way to get them."""
