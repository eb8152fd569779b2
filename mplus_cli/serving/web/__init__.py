"""`mplus serve`: a memory over HTTP, for programs, chat windows and a page of its own."""
