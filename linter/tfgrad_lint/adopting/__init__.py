"""Taking up the linter in old code: what it finds today is set aside, what is new is reported."""
