//! Fuzzing, for tests: holds a parser of foreign input to inputs that nobody wrote.
//!
//! The inputs are changes of the samples that a test gives, made by a small seeded generator. A seed
//! is printed with what it broke, and `FUZZ_SEED` repeats it; `FUZZ_CASES` says how many inputs a
//! test tries, where a few hundred are the rule, from that seed on if one is given too.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::{Duration, Instant};

use fastrand::Rng;

/// How many inputs are tried unless the environment says how many.
const CASES: u64 = 300;

/// No parser may take longer for an input of this size.
const PATIENCE: Duration = Duration::from_secs(10);

/// The largest input that is made, in bytes.
const LARGEST: usize = 256 * 1024;

/// What makes parsers stumble, wherever it stands.
const TOKENS: [&[u8]; 26] = [
    b"\0",
    b"\xff\xfe",
    b"\xf0\x9f",
    b"\xed\xa0\x80",
    b"\x1b[2J\x1b]0;x\x07",
    b"\r",
    b"\r\n",
    b"\n\n",
    b"\"",
    b"\\",
    b"\\u0000",
    b"\\ud800",
    b"${",
    b"${A}",
    b"}",
    b"{\"a\":",
    b"[",
    b"]",
    b"=",
    b":",
    b",",
    b"data: ",
    b"99999999999999999999999",
    b"-1",
    b"1e999",
    b"\xe2\x80\xae",
];

/// Calls `check` with many changes of `samples`.
///
/// # Panics
/// `check` does, or takes too long; the seed and the input are then on stderr.
pub fn hold(samples: &[&[u8]], check: impl Fn(&[u8])) {
    let number = |key: &str| std::env::var(key).ok().and_then(|value| value.parse::<u64>().ok());
    let first = number("FUZZ_SEED");
    let usual = if first.is_some() { 1 } else { CASES };
    let cases = number("FUZZ_CASES").unwrap_or(usual);
    for seed in first.unwrap_or(0)..first.unwrap_or(0) + cases {
        let input = input(&mut Rng::with_seed(seed), samples);
        try_one(seed, &input, &check);
    }
}

fn try_one(seed: u64, input: &[u8], check: &impl Fn(&[u8])) {
    let begin = Instant::now();
    let result = catch_unwind(AssertUnwindSafe(|| check(input)));
    let took = begin.elapsed();
    if result.is_ok() && took < PATIENCE {
        return;
    }
    let start: String = String::from_utf8_lossy(input).chars().take(400).collect();
    let (length, took) = (input.len(), took.as_secs_f64());
    let said = format!("FUZZ_SEED={seed}: {length} bytes, {took:.1} s: {start:?}");
    match result {
        Err(panic) => {
            use std::io::Write;
            let _ = writeln!(std::io::stderr(), "{said}");
            resume_unwind(panic);
        }
        Ok(()) => panic!("too slow: {said}"),
    }
}

/// One of the samples, changed some times.
fn input(rng: &mut Rng, samples: &[&[u8]]) -> Vec<u8> {
    let mut bytes = rng.choice(samples).map(|sample| sample.to_vec()).unwrap_or_default();
    for _ in 0..rng.usize(1..8) {
        change(rng, &mut bytes, samples);
        bytes.truncate(LARGEST);
    }
    bytes
}

fn change(rng: &mut Rng, bytes: &mut Vec<u8>, samples: &[&[u8]]) {
    let (from, to) = range(rng, bytes.len());
    match rng.u8(..9) {
        0 => drop(bytes.drain(from..to)),
        1 => bytes.truncate(from),
        2 => bytes[from..to].iter_mut().for_each(|byte| *byte = rng.u8(..)),
        3 => insert(bytes, from, rng.choice(TOKENS).unwrap_or(b"")),
        4 => insert(bytes, from, &rng.choice(TOKENS).unwrap_or(b"").repeat(1 << rng.u8(..16))),
        5 => insert(bytes, from, &bytes[from..to].repeat(rng.usize(1..200))),
        6 => insert(bytes, from, rng.choice(samples).copied().unwrap_or_default()),
        7 => bytes.extend_from_slice(rng.choice(samples).copied().unwrap_or_default()),
        _ => {
            if let Some(byte) = bytes.get_mut(from) {
                *byte ^= 1 << rng.u8(..8);
            }
        }
    }
}

fn insert(bytes: &mut Vec<u8>, at: usize, what: &[u8]) {
    let what = &what[..what.len().min(LARGEST)].to_vec();
    bytes.splice(at..at, what.iter().copied());
}

/// A short range as a rule, now and then a long one.
fn range(rng: &mut Rng, length: usize) -> (usize, usize) {
    let from = rng.usize(..=length);
    let most = if rng.u8(..4) == 0 { length - from } else { (length - from).min(20) };
    (from, from + rng.usize(..=most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_makes_the_same_input_again() {
        let make = |seed| input(&mut Rng::with_seed(seed), &[b"KEY=value\n", b"{\"a\": 1}"]);
        assert_eq!(make(3), make(3));
        assert!((0..50).map(make).any(|bytes| bytes != make(3)));
    }

    #[test]
    #[should_panic = "found"]
    fn what_breaks_a_parser_is_found() {
        hold(&[b"KEY=value\n"], |bytes| assert!(!bytes.contains(&0), "found"));
    }
}
