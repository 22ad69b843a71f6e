"""What differs between two releases, statement by statement, blank nodes told apart rightly."""
