"""From this machine to an AWS account: what is there (findings), what has to be done (plans), and doing it."""
