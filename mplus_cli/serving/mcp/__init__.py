"""A memory as tools and resources of the Model Context Protocol, for editors and agents."""
