"""`python -m demo`: the main workflow, from a folder of drawn faces to a scored detector."""

from demo.tour import main

if __name__ == "__main__":
    main()
