"""``python -m tradegym`` runs the command line."""

from tradegym.cli.main import main

if __name__ == "__main__":
    main()
