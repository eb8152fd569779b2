"""Made-up stories whose facts a memory must carry, segment by segment, and questions about them.

The nine tasks of bAbI and qa3 (arXiv 1502.05698) between background sentences, BABILong's way
(arXiv 2406.10149), in bAbI's own words and in many others, and streams of everyday notes. All
chance is the `Random` that is given: a seed makes the same story again.
"""

from training.stories.parts import Asked, Segment, Sentence, Story
from training.stories.telling import Stories
from training.stories.words import Words

__all__ = ["Asked", "Segment", "Sentence", "Stories", "Story", "Words"]
