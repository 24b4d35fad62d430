"""Ways in and out: each turns bytes from outside into a ``Message`` and a ``Reply`` into bytes.

Reading, verifying and writing are pure functions; what talks to a mail server, to WhatsApp or to another city system is
thin and separate. Nothing in here decides anything about a request.
"""
