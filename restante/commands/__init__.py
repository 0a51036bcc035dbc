"""The commands, one a file: each adds its parser with add_to and runs with its settings and options."""
