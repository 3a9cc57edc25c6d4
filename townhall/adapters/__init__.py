"""The outside: mail servers, folders, other processes."""
