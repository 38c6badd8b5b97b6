"""What the benchmark asks."""

SITUATION = (
    "Two months ago I became head of a team of six. Every report comes to me late, and I correct "
    "most of them at night because the client must not notice. Nobody asks why the numbers matter "
    "any longer. Yesterday my most experienced colleague said that we only produce paper. I do not "
    "know whether I need rules or trust."
)
"""Sixty words; a typical first message."""

MESSAGES = (
    SITUATION,
    "She does good work when she does it, but I never know what she is working on this week.",
    "I have not told her what I expect. I thought it was obvious to somebody with her experience.",
    "The others have begun to notice, and two of them asked me whether the rules are for all.",
    "We had a conversation about it in spring; she promised to change, and nothing was written.",
    "My own manager says I should simply be stricter, but I don't think that is all there is.",
    "Next week the whole team meets for a day, and I could use it to begin again with them.",
    "What I want is that they bring me problems early, before the client hears of them.",
    "I am also tired. I take work home and I have not had a free weekend since September.",
    "How do I say all this without making her feel that everybody is against her?",
)
"""A conversation as the page sees it, message by message."""
