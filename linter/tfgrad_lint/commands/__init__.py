"""The subcommands of ``tfgrad``, a file each; what is heavy (libcst, the rules, rich) is imported when one runs."""
