"""How parts are trained: retriever and adapters, of the default model or any other base."""
