"""What one campaign found."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Outcome:
    """Counts and times of a campaign, and everything that was not as promised."""

    name: str
    seed: int
    counts: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, list[float]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def count(self, name: str, more: int = 1) -> None:
        """Add to a count."""
        self.counts[name] = self.counts.get(name, 0) + more

    def time(self, name: str, value: float) -> None:
        """Note a duration in seconds."""
        self.seconds.setdefault(name, []).append(value)

    def fail(self, sentence: str) -> None:
        """Note something that was promised and did not hold."""
        self.failures.append(sentence)

    def lines(self) -> list[str]:
        """For people."""
        found = [f"{self.name} (seed {self.seed}): {'OK' if not self.failures else 'FAILED'}"]
        found += [f"  {value} {name}" for name, value in self.counts.items()]
        for name, values in self.seconds.items():
            ordered = sorted(values)
            middle = ordered[len(ordered) // 2]
            times = f"shortest {ordered[0]:.2f} s, median {middle:.2f} s, longest {ordered[-1]:.2f} s"
            found.append(f"  {name}: {times}, of {len(ordered)}")
        return found + [f"  NOT AS PROMISED: {failure}" for failure in self.failures]
