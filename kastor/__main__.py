"""``python -m kastor`` is the command ``kastor``."""

from kastor.cli import main

if __name__ == "__main__":
    main()
