//! The times of day that lines of a log begin with, in milliseconds since midnight.

/// A day in milliseconds.
const DAY: u64 = 24 * 60 * 60 * 1000;

/// From one time of day to the next, in milliseconds.
pub fn between(from: Option<u64>, to: Option<u64>) -> Option<u64> {
    from.zip(to).map(|(from, to)| (to + DAY - from) % DAY)
}

/// The time that a line begins with, after its date.
pub fn of(line: &str) -> Option<u64> {
    const PREFIX: usize = 48;
    let bytes = line.as_bytes();
    let clock = |at: usize| -> Option<u64> {
        let text = line.get(at..at + 8)?;
        let parts: Vec<u64> = text.split(':').filter_map(|part| part.parse().ok()).collect();
        let [hours @ 0..24, minutes @ 0..60, seconds @ 0..61] = parts[..] else { return None };
        let fraction = line.get(at + 8..).and_then(|rest| rest.strip_prefix('.')).unwrap_or("");
        let digits = fraction.chars().take(3).filter(char::is_ascii_digit).collect::<String>();
        let millis: u64 = format!("{digits:0<3}").parse().ok()?;
        Some(((hours * 60 + minutes) * 60 + seconds) * 1000 + millis)
    };
    let last = bytes.len().min(PREFIX);
    // The most exact one of those that several writers have put before the line.
    let found = (0..last).filter(|at| *at == 0 || !bytes[at - 1].is_ascii_digit());
    let times: Vec<u64> = found.filter_map(clock).collect();
    times.iter().copied().find(|time| time % 1000 != 0).or_else(|| times.first().copied())
}
