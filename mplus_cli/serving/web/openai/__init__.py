"""The memory as a model that programs made for OpenAI's API can ask."""
