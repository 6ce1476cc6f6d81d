"""What earlier runs found, kept on disk: a file is checked again only if what its result depends on has changed."""
