//! Tells output that moves from output that only repeats.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};

/// The shapes of the last lines. A crash loop prints the same few lines for ever, with other times
/// and process ids in them; what moves says something new, or counts towards an end.
#[derive(Debug, Default)]
pub struct Novelty {
    seen: VecDeque<u64>,
}

impl Novelty {
    /// How many shapes are remembered: a loop that is longer than this many lines looks new.
    const REMEMBERED: usize = 512;

    /// Whether the line's shape is new among the last ones.
    pub fn is_new(&mut self, line: &str) -> bool {
        let shape = shape(line);
        if self.seen.contains(&shape) {
            return false;
        }
        if self.seen.len() == Self::REMEMBERED {
            self.seen.pop_front();
        }
        self.seen.push_back(shape);
        true
    }
}

/// The line without its numbers, but with those that count towards an end: `40%` and `3/17`.
fn shape(line: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    for word in line.split_whitespace() {
        if counts(word) {
            word.hash(&mut hasher);
        } else {
            let parts = word.split(|c: char| c.is_ascii_digit()).filter(|part| !part.is_empty());
            parts.for_each(|part| part.hash(&mut hasher));
        }
    }
    hasher.finish()
}

fn counts(word: &str) -> bool {
    let word = word.trim_matches(|c: char| "[](){},;:".contains(c));
    let number =
        |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit() || c == '.');
    word.strip_suffix('%').is_some_and(number)
        || word.split_once('/').is_some_and(|(done, all)| number(done) && number(all))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loop_with_other_times_and_ids_is_nothing_new() {
        let mut novelty = Novelty::default();
        assert!(novelty.is_new("12:00:01 worker 41 crashed"));
        assert!(novelty.is_new("12:00:01 starting worker"));
        assert!(!novelty.is_new("12:00:02 worker 42 crashed"));
        assert!(!novelty.is_new("12:00:02 starting worker"));
    }

    #[test]
    fn a_count_towards_an_end_is_new_as_long_as_it_moves() {
        let mut novelty = Novelty::default();
        for (line, new) in [
            ("fetched 10%", true),
            ("fetched 20%", true),
            ("fetched 20%", false),
            ("[3/17] compiling", true),
            ("[4/17] compiling", true),
            ("fetched 99 bytes", true),
            ("fetched 100 bytes", false),
        ] {
            assert_eq!(novelty.is_new(line), new, "{line}");
        }
    }
}
