"""Who repairs it and when: craftsmen are chosen, asked, offered times are kept free, the rest hears of it.

``times`` knows hours and ways, ``ordering`` chooses a craftsman, ``offering`` proposes three times, ``choosing`` takes
the answer, ``answers`` what craftsmen say, ``invitations`` writes iCalendar, ``tours`` makes ways shorter at night,
``erp`` tells the system of the housing company.
"""
