"""What is worth saying about what the interpreter saw, a file per rule family."""
