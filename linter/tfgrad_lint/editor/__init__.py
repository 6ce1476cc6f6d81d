"""The language server: what editors ask about open files, over the Language Server Protocol."""
