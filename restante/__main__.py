"""`python -m restante`: the same as the `restante` command."""

from restante.cli import main

main()
