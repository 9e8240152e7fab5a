"""`python -m trainer`: quiets the libraries before anything loads them, then runs the commands."""

from trainer.quiet import quiet_environment

quiet_environment()

from trainer.cli import main  # noqa: E402 - the environment must be set first

if __name__ == "__main__":
    main()
