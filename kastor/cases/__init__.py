"""The digital colleague: requests of tenants and citizens, from free text to a documented decision or a prepared case.

Rules decide, and only in favour of who asks; everything else goes to a person, prepared. Each step is an event in the
log of its case.
"""
