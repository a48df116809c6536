//! The novelty of output: what moves is told from what only repeats.

use std::collections::{HashSet, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::Range;
use std::time::{Duration, Instant};

use crate::output::lines;

/// The shapes of the last lines. A crash loop prints the same few lines for ever, with other times
/// and process ids in them; what moves says something new, or counts towards an end.
#[derive(Debug, Default)]
pub struct Novelty {
    order: VecDeque<u64>,
    seen: HashSet<u64, BuildHasherDefault<AsItIs>>,
    /// When something was new, and how many more lines of the same moment are looked at.
    moved: Option<(Instant, usize)>,
}

impl Novelty {
    /// How many shapes are remembered: a loop that is longer than this many lines looks new.
    const REMEMBERED: usize = 512;

    /// As long as this after something new, more that is new makes no difference.
    const MOMENT: Duration = Duration::from_millis(50);

    /// So many lines are looked at in such a moment all the same, so that a loop is known by its end.
    const LOOKED_AT: usize = 2 * Self::REMEMBERED;

    /// A longer line than this, in bytes, counts for as many as it could be.
    const LINE: usize = 256;

    /// Whether any line of a block that arrived `now` is new, other than blank ones. Of lines that
    /// arrive faster than anybody prints who does not move, only some are looked at, and only while
    /// it is known that something moves.
    pub fn moves(&mut self, block: &[u8], now: Instant) -> bool {
        self.moved = self.moved.filter(|(at, _)| now.duration_since(*at) < Self::MOMENT);
        let mut new = false;
        for line in lines(block).filter(|line| !line.trim_ascii().is_empty()) {
            match &mut self.moved {
                Some((_, 0)) => break,
                Some((_, left)) => *left = left.saturating_sub(1 + line.len() / Self::LINE),
                None => {}
            }
            if self.is_new(line) {
                new = true;
                self.moved.get_or_insert((now, Self::LOOKED_AT));
            }
        }
        new
    }

    /// Whether the line's shape is new among the last ones.
    pub fn is_new(&mut self, line: &[u8]) -> bool {
        let shape = shape(line);
        if !self.seen.insert(shape) {
            return false;
        }
        if self.order.len() == Self::REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.seen.remove(&oldest);
        }
        self.order.push_back(shape);
        true
    }
}

/// A shape is a good hash already.
#[derive(Debug, Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = mixed(self.0, u64::from(*byte)));
    }

    fn write_u64(&mut self, shape: u64) {
        self.0 = shape;
    }
}

/// The line without its numbers, but with those that count towards an end: `40%` and `3/17`. How
/// much space stands somewhere makes no difference: it gives way when a number grows.
///
/// Every line of all output goes through here, so that it looks at eight bytes at once.
fn shape(line: &[u8]) -> u64 {
    let (mut shape, mut at) = (0, 0);
    while at < line.len() {
        let (length, spaced) = before_digit(&line[at..]);
        shape = add(shape, &line[at..at + length], spaced);
        at += length;
        let number = line[at..].iter().take_while(|byte| of_number(byte)).count();
        let may_count = matches!(line.get(at + number), Some(b'%' | b'/'));
        let count = if may_count { count_at(line, at) } else { None };
        match count {
            Some(count) => {
                at = count.end;
                shape = add(shape, &line[count], false);
            }
            None => at += number,
        }
    }
    shape
}

/// How many bytes come before the first digit, and whether there may be two spaces in a row among
/// them.
fn before_digit(text: &[u8]) -> (usize, bool) {
    let (eights, rest) = text.as_chunks::<8>();
    let (mut spaces, mut space_before) = (0, 0);
    for (at, eight) in eights.iter().enumerate() {
        let word = u64::from_le_bytes(*eight);
        let blank = below(word ^ (EACH * u64::from(b' ')), 1);
        spaces |= blank & (blank << 8 | space_before);
        space_before = blank >> 56;
        let digits = below(word ^ (EACH * u64::from(b'0')), 10);
        if digits != 0 {
            return (at * 8 + digits.trailing_zeros() as usize / 8, spaces != 0);
        }
    }
    let rest = rest.iter().take_while(|byte| !byte.is_ascii_digit()).count();
    let whole = eights.len() * 8;
    let last = &text[whole.saturating_sub(1)..whole + rest];
    (whole + rest, spaces != 0 || last.windows(2).any(|pair| pair == b"  "))
}

/// One in each byte.
const EACH: u64 = u64::from_ne_bytes([1; 8]);

/// The bytes of `word` that are below `limit`, marked by their highest bits. Only the lowest mark is
/// sure: above it there may be one too many.
fn below(word: u64, limit: u64) -> u64 {
    word.wrapping_sub(EACH * limit) & !word & (EACH << 7)
}

/// The shape with `part` added, without the space around it.
fn add(shape: u64, part: &[u8], spaced: bool) -> u64 {
    let part = part.trim_ascii();
    if part.is_empty() {
        return shape;
    }
    if spaced {
        let words = part.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        return add(shape, &words.collect::<Vec<_>>().join(&b' '), false);
    }
    // The parts of a sum wait for no other.
    let eights = part.as_chunks::<8>().0.iter().zip(1..);
    let sum = eights.fold(0, |sum: u64, (eight, place)| {
        sum.wrapping_add(mixed(u64::from_le_bytes(*eight), place))
    });
    mixed(mixed(shape, sum) ^ last_eight(part), part.len() as u64)
}

/// The last eight bytes, or all where there are fewer.
fn last_eight(part: &[u8]) -> u64 {
    if let Some(last) = part.last_chunk::<8>() {
        return u64::from_le_bytes(*last);
    }
    match (part.first_chunk::<4>(), part.last_chunk::<4>()) {
        (Some(first), Some(last)) => {
            u64::from(u32::from_le_bytes(*first)) << 32 | u64::from(u32::from_le_bytes(*last))
        }
        _ => part.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)),
    }
}

/// Both halves of a product, so that every bit of both makes a difference everywhere.
fn mixed(a: u64, b: u64) -> u64 {
    const ODD: u128 = 0x9e37_79b9_7f4a_7c15;
    let product = u128::from(a.rotate_left(32) ^ b ^ 0xa076_1d64_78bd_642f) * ODD;
    product as u64 ^ (product >> 64) as u64
}

fn of_number(byte: &u8) -> bool {
    byte.is_ascii_digit() || *byte == b'.'
}

/// The word that the byte at `at` is in, if it counts. No word that does is long: a line without any space,
/// which is looked at for each number in it, must not be gone through each time.
fn count_at(line: &[u8], at: usize) -> Option<Range<usize>> {
    const LONGEST: usize = 64;
    let from = at.saturating_sub(LONGEST);
    let before = line[from..at].iter().rposition(u8::is_ascii_whitespace);
    let start = before.map(|space| from + space + 1).or((from == 0).then_some(0))?;
    let to = line.len().min(at + LONGEST);
    let after = line[at..to].iter().position(u8::is_ascii_whitespace);
    let end = after.map(|space| at + space).or((to == line.len()).then_some(to))?;
    Some(start..end).filter(|word| counts(&line[word.clone()]))
}

fn counts(word: &[u8]) -> bool {
    let around = |byte: &u8| b"[](){},;:".contains(byte);
    let start = word.iter().position(|byte| !around(byte)).unwrap_or(word.len());
    let end = word.iter().rposition(|byte| !around(byte)).map_or(start, |last| last + 1);
    let number = |text: &[u8]| !text.is_empty() && text.iter().all(of_number);
    let word = &word[start..end];
    let slash = word.iter().position(|byte| *byte == b'/');
    word.strip_suffix(b"%").is_some_and(number)
        || slash.is_some_and(|at| number(&word[..at]) && number(&word[at + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loop_with_other_times_and_ids_is_nothing_new() {
        let mut novelty = Novelty::default();
        assert!(novelty.is_new(b"12:00:01 worker 41 crashed"));
        assert!(novelty.is_new(b"12:00:01 starting worker"));
        assert!(!novelty.is_new(b"12:00:02 worker 1042 crashed"));
        assert!(!novelty.is_new(b"12:00:02 starting worker"));
    }

    #[test]
    fn a_count_towards_an_end_is_new_as_long_as_it_moves() {
        let mut novelty = Novelty::default();
        for (line, new) in [
            ("fetched 10%", true),
            ("fetched 20%", true),
            ("fetched 20%", false),
            ("fetched (20.5%),", true),
            ("[3/17] compiling", true),
            ("[4/17] compiling", true),
            ("[4/17] compiling", false),
            ("fetched 99 bytes", true),
            ("fetched 100 bytes", false),
            ("GET http://127.0.0.1:80/a", true),
            ("GET http://127.0.0.1:81/a", false),
            (&format!("{}[5/17]", "-".repeat(80)), true),
            (&format!("{}[6/17]", "-".repeat(80)), false),
        ] {
            assert_eq!(novelty.is_new(line.as_bytes()), new, "{line}");
        }
    }

    #[test]
    fn space_that_gives_way_to_a_number_is_nothing_new() {
        let mut novelty = Novelty::default();
        assert!(novelty.is_new(b"took    9 ms     of the whole time"));
        assert!(!novelty.is_new(b"took 1049 ms  of the whole time"));
        assert!(!novelty.is_new(b"took 1049 ms of the whole time"));
        assert!(novelty.is_new(b"took 1049 ms of the whole tide"));
    }

    #[test]
    fn no_number_makes_a_difference_and_every_letter_does() {
        let mut random = fastrand::Rng::with_seed(7);
        for _ in 0..2000 {
            let length = random.usize(1..60);
            let line: String =
                (0..length).map(|_| *random.choice(b"ab -#1!").unwrap() as char).collect();
            let numbers = |line: &str, number: &str| line.replace('1', number);
            let seen = shape(numbers(&line, "7").as_bytes());
            assert_eq!(shape(numbers(&line, "90125").as_bytes()), seen, "{line}");
            let other = line.replacen('a', "b", 1);
            assert_eq!(shape(numbers(&other, "7").as_bytes()) == seen, other == line, "{line}");
        }
    }

    #[test]
    fn what_moves_is_looked_at_now_and_then_and_what_does_not_all_the_time() {
        let (mut novelty, start) = (Novelty::default(), Instant::now());
        let block =
            |n: usize| (0..n).map(|n| format!("{:b}\n\n", n).replace('0', "a")).collect::<String>();
        let at = |ms| start + Duration::from_millis(ms);
        assert!(novelty.moves(block(3000).as_bytes(), at(0)));
        assert!(!novelty.moves(b"something new\n", at(49)), "it is the same moment");
        assert!(novelty.moves(b"something new\n", at(50)));
        let mut novelty = Novelty::default();
        assert!(novelty.moves(block(300).as_bytes(), at(0)));
        for round in 1..20 {
            assert!(!novelty.moves(block(300).as_bytes(), at(50 * round)), "it is a loop");
        }
        let mut novelty = Novelty::default();
        let long = |n: usize| "x".repeat(64 * 1024) + &"a".repeat(n) + "\n";
        let pieces: String = (0..10).map(long).collect();
        assert!(novelty.moves(pieces.as_bytes(), at(0)));
        assert!(!novelty.moves(b"something new\n", at(49)), "long lines are many");
        let mut novelty = Novelty::default();
        for round in 0..20 {
            novelty.moves(block(300).as_bytes(), at(50 * round));
        }
        let late = block(300).repeat(100) + "new\n" + &block(300);
        assert!(novelty.moves(late.as_bytes(), at(1000)));
        assert!(!novelty.moves(b" \r\n\n", at(2000)));
    }

    #[test]
    fn a_loop_that_is_longer_than_what_is_remembered_looks_new() {
        let mut novelty = Novelty::default();
        let line = |n: usize| vec![b'a' + (n % 26) as u8; n / 26 + 1];
        assert!((0..520).all(|n| novelty.is_new(&line(n))));
        assert!(novelty.is_new(&line(0)) && !novelty.is_new(&line(519)));
        assert!(novelty.order.len() == 512 && novelty.seen.len() == 512);
    }
}
