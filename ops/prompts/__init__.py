"""How the hotline got its voice: texts to committed audio (``huiyin prompts build``) and the proof by listening."""
