"""What a query that is being written may go on with: the terms and things of one release."""
