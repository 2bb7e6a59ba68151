"""``python cli.py`` in a checkout: the same as the installed ``recipe``."""

from engine.commands import main

if __name__ == "__main__":
    main()
