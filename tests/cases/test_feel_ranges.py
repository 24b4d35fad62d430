"""Functions of ranges relate points and ranges as DMN 1.5 defines them (section 10.3.4.10), T true and F false."""

import pytest

from kastor.cases import feel

EXAMPLES = """
before: 1,10 T; 10,1 F; 1,[1..10] F; 1,(1..10] T; 1,[5..10] T; [1..10],10 F; [1..10),10 T; [1..10],15 T
before: [1..10],[15..20] T; [1..10],[10..20] F; [1..10),[10..20] T; [1..10],(10..20] T
after: 10,5 T; 5,10 F; 12,[1..10] T; 10,[1..10) T; 10,[1..10] F
after: [11..20],12 F; [11..20],10 T; (11..20],11 T; [11..20],11 F
after: [11..20],[1..10] T; [1..10],[11..20] F; [11..20],[1..11) T; (11..20],[1..11] T
meets: [1..5],[5..10] T; [1..5),[5..10] F; [1..5],(5..10] F; [1..5],[6..10] F
met by: [5..10],[1..5] T; [5..10],[1..5) F; (5..10],[1..5] F; [6..10],[1..5] F
overlaps: [1..5],[3..8] T; [3..8],[1..5] T; [1..8],[3..5] T; [3..5],[1..8] T; [1..5],[6..8] F; [6..8],[1..5] F
overlaps: [1..5],[5..8] T; [1..5],(5..8] F; [1..5),[5..8] F; [1..5),(5..8] F; [5..8],[1..5] T; (5..8],[1..5] F
overlaps: [5..8],[1..5) F; (5..8],[1..5) F
overlaps before: [1..5],[3..8] T; [1..5],[6..8] F; [1..5],[5..8] T; [1..5],(5..8] F; [1..5),[5..8] F; [1..5),(1..5] T
overlaps before: [1..5],(1..5] T; [1..5),[1..5] F; [1..5],[1..5] F
overlaps after: [3..8],[1..5] T; [6..8],[1..5] F; [5..8],[1..5] T; (5..8],[1..5] F; [5..8],[1..5) F; (1..5],[1..5) T
overlaps after: (1..5],[1..5] T; [1..5],[1..5) F; [1..5],[1..5] F
finishes: 10,[1..10] T; 10,[1..10) F; [5..10],[1..10] T; [5..10),[1..10] F; [5..10),[1..10) T; [1..10],[1..10] T
finishes: (1..10],[1..10] T
finished by: [1..10],10 T; [1..10),10 F; [1..10],[5..10] T; [1..10],[5..10) F; [1..10),[5..10) T; [1..10],[1..10] T
finished by: [1..10],(1..10] T
includes: [1..10],5 T; [1..10],12 F; [1..10],1 T; [1..10],10 T; (1..10],1 F; [1..10),10 F; [1..10],[4..6] T
includes: [1..10],[1..5] T; (1..10],(1..5] T; [1..10],(1..10) T; [1..10),[5..10) T; [1..10],[1..10) T; [1..10],(1..10] T
includes: [1..10],[1..10] T; (1..10],[1..5] F
during: 5,[1..10] T; 12,[1..10] F
during: 1,[1..10] T; 10,[1..10] T; 1,(1..10] F; 10,[1..10) F; [4..6],[1..10] T; [1..5],[1..10] T
during: (1..5],(1..10] T; (1..10),[1..10] T; [5..10),[1..10) T; [1..10),[1..10] T; (1..10],[1..10] T; [1..10],[1..10] T
starts: 1,[1..10] T; 1,(1..10] F; 2,[1..10] F; [1..5],[1..10] T; (1..5],(1..10] T; (1..5],[1..10] F; [1..5],(1..10] F
starts: [1..10],[1..10] T; [1..10),[1..10] T; (1..10),(1..10) T
started by: [1..10],1 T; (1..10],1 F
started by: [1..10],2 F; [1..10],[1..5] T; (1..10],(1..5] T; [1..10],(1..5] F; (1..10],[1..5] F
started by: [1..10],[1..10] T; [1..10],[1..10) T; (1..10),(1..10) T
coincides: 5,5 T; 3,4 F; [1..5],[1..5] T; (1..5),[1..5] F; [1..5],[2..6] F
"""
CASES = [
    (f"{name}({arguments})", expected == "T")
    for line in EXAMPLES.strip().splitlines()
    for name, _, examples in [line.partition(": ")]
    for arguments, expected in (example.rsplit(" ", 1) for example in examples.split("; "))
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_ranges_relate_as_the_standard_shows(text, expected):
    assert feel.parse(text).evaluate() is expected


def test_there_is_an_example_of_every_relation():
    assert len({text.partition("(")[0] for text, _ in CASES}) == 14
