//! The gateway's log: what it tells of the servers behind it, which costs nothing to ask.

use super::{is_bad_news, names};

/// What the log tells of one server.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Account {
    /// Whether it serves; none when nothing tells.
    pub serves: Option<bool>,
    /// How long it took from the first word about it to serve, in milliseconds.
    pub after_ms: Option<u64>,
    /// How long nothing was said of it, neither good nor bad, since it was started, in milliseconds;
    /// none when something was.
    pub silent_ms: Option<u64>,
}

/// Reads what `log` tells of the server `name`. Of a gateway that was started more than once, the last
/// start counts.
pub fn of(name: &str, log: &[String]) -> Account {
    let (mut account, mut since, mut started) = (Account::default(), None, false);
    for line in log.iter().filter(|line| names(line, name)) {
        if is_start(line) {
            (account, since, started) = (Account::default(), time_of_day(line), true);
        } else if account.serves == Some(true) {
            // What it says later is about its calls.
        } else if is_good_news(line) {
            let after_ms = between(since, time_of_day(line));
            account = Account { serves: Some(true), after_ms, silent_ms: None };
        } else if is_bad_news(line) {
            account.serves = Some(false);
        }
        since = since.or_else(|| time_of_day(line));
    }
    if started && account.serves.is_none() {
        let now = log.iter().rev().find_map(|line| time_of_day(line));
        account.silent_ms = Some(between(since, now).unwrap_or(0));
    }
    account
}

/// Whether `log` tells that the gateway has got the tools of the server `name` since it last started it:
/// a tool that is not among them does not come.
pub fn has_listed(name: &str, log: &[String]) -> bool {
    let lines = log.iter().rev().filter(|line| names(line, name));
    lines.take_while(|line| !is_start(line)).any(|line| says(&line.to_lowercase(), &LISTED))
}

/// From one time of day to the next, in milliseconds.
fn between(from: Option<u64>, to: Option<u64>) -> Option<u64> {
    from.zip(to).map(|(from, to)| (to + DAY - from) % DAY)
}

/// A day in milliseconds.
const DAY: u64 = 24 * 60 * 60 * 1000;

fn is_start(line: &str) -> bool {
    let line = line.trim_end().to_lowercase();
    ["starting", "connecting"].iter().any(|word| line.ends_with(word))
}

/// How gateways say that they have got the tools of a server, if it has any, and that they have reached it.
const LISTED: [&str; 3] = ["ready with", "successfully listed", "handling requests at"];
const REACHED: [&str; 2] = ["successfully initialized", "connected"];

fn is_good_news(line: &str) -> bool {
    let line = line.to_lowercase();
    (says(&line, &LISTED) || says(&line, &REACHED)) && !is_bad_news(&line)
}

fn says(line: &str, words: &[&str]) -> bool {
    words.iter().any(|word| line.contains(word))
}

/// The time that a line begins with, after its date, in milliseconds since midnight.
fn time_of_day(line: &str) -> Option<u64> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, lines: &[&str]) -> Account {
        super::of(name, &lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>())
    }

    fn serves(after_ms: Option<u64>) -> Account {
        Account { serves: Some(true), after_ms, silent_ms: None }
    }

    #[test]
    fn one_that_was_started_and_says_nothing_is_silent_until_the_log_ends() {
        let at = |second: u64| format!("2026/11/22 23:59:{second} ");
        let lines =
            [at(50) + "<x> Connecting", at(55) + "<y> Connected", at(58) + "<z> Connecting"];
        let of = |name: &str| super::of(name, &lines).silent_ms;
        assert_eq!((of("x"), of("y"), of("z"), of("w")), (Some(8000), None, Some(0), None));
    }

    #[test]
    fn the_log_of_our_gateway_and_that_of_others_say_how_long_a_server_took() {
        let ours = [
            "2026-11-22T21:22:51.943Z server rg: starting",
            "[rg] error: no config",
            "2026-11-22T21:22:52.989Z server rg: ready with 1 tools, pid 1",
            "[rg] call failed",
        ];
        assert_eq!(of("rg", &ours), serves(Some(1046)));
        let pm2 = "2026-11-22T23:59:59: 2026/11/22 23:59:59";
        let theirs = [
            &format!("{pm2} <fs> Connecting"),
            "2026-11-23T00:00:09: 2026/11/23 00:00:09 <fs> Successfully initialized MCP client",
        ];
        assert_eq!(of("fs", &theirs), serves(Some(10_000)));
        assert_eq!(of("fs", &["<fs> Connecting", "<fs> Connected"]), serves(None));
    }

    #[test]
    fn one_has_listed_its_tools_when_the_gateway_says_so_of_its_last_start() {
        let listed = |lines: &[&str]| {
            has_listed("fs", &lines.iter().map(|l| (*l).to_owned()).collect::<Vec<_>>())
        };
        let once = ["server fs: starting", "server fs: ready with 1 tools, pid 1"];
        assert!(listed(&once) && listed(&["<fs> Connecting", "<fs> Successfully listed 2 tools"]));
        assert!(
            !listed(&[once[0], once[1], once[0]]) && !listed(&["server rg: ready with 1 tools"])
        );
        assert!(listed(&["<fs> Connecting", "<fs> Connected", "<fs> Handling requests at /fs/"]));
        // Connected is not listed: some servers take long to say what they have.
        assert!(!listed(&["<fs> Connecting", "<fs> Connected"]));
    }

    #[test]
    fn one_that_failed_or_was_started_again_is_as_the_log_says_last() {
        let failed = ["<x> Connecting", "<x> Failed to add client: no such host"];
        assert_eq!(of("x", &failed).serves, Some(false));
        let again = [&failed[..], &["<x> Connecting"]].concat();
        assert_eq!(of("x", &again).serves, None);
        assert_eq!(of("y", &again), Account::default());
    }

    #[test]
    fn holds_against_any_line() {
        for line in ["", ":::", "99:99:99 x", "é1:00:00é x failed", "12:00:0", "x 1:2:3:4 starting"]
        {
            of("x", &[line, line]);
        }
    }
}
