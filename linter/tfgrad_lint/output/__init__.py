"""How findings are said: one file a format, each a function from a report to text; none knows how they were found."""
