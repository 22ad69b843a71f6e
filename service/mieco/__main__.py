"""``python -m mieco`` is the same as the command ``mieco``."""

from mieco.cli import main

if __name__ == "__main__":
    main()
