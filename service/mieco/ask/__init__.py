"""What people ask: competency questions, things and their pages, search."""
