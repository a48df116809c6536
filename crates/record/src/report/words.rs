//! Outcomes and times in words, for reports and tables.

use smoke_core::cause::Outcome;

/// An outcome as a class of the style sheet.
pub fn class(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Running => "running",
        Outcome::Passed => "passed",
        Outcome::Failed | Outcome::Error => "failed",
        Outcome::TimedOut => "late",
        Outcome::Skipped => "skipped",
        Outcome::Manual => "manual",
        Outcome::Interrupted => "interrupted",
    }
}

/// An outcome as a sign, so that nobody needs to see colours.
pub fn sign(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Running => "…",
        Outcome::Passed => "✓",
        Outcome::Failed | Outcome::Error | Outcome::TimedOut => "✗",
        Outcome::Skipped => "–",
        Outcome::Manual => "◆",
        Outcome::Interrupted => "■",
    }
}

/// A time, given in milliseconds, as short as it can be read well: `12 ms`, `3.4 s`, `2 min 5 s`.
pub fn time(ms: u64) -> String {
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..100_000 => format!("{:.1} s", ms as f64 / 1000.0),
        100_000..7_200_000 if ms % 60_000 < 1_000 => format!("{} min", ms / 60_000),
        100_000..7_200_000 => format!("{} min {} s", ms / 60_000, ms % 60_000 / 1000),
        _ => format!("{} h {} min", ms / 3_600_000, ms % 3_600_000 / 60_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_short() {
        let times = [0, 999, 1_000, 99_949, 120_000, 125_500, 7_260_000].map(time);
        assert_eq!(times, ["0 ms", "999 ms", "1.0 s", "99.9 s", "2 min", "2 min 5 s", "2 h 1 min"]);
    }
}
