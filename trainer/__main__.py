"""`python -m trainer`: prepares the environment before anything loads TensorFlow, then runs the commands."""

from trainer.startup import prepare_environment

prepare_environment()

from trainer.cli import main  # noqa: E402 - the environment must be set first

if __name__ == "__main__":
    main()
