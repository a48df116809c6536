//! The gateway's log: what it tells of the servers behind it, which costs nothing to ask.

use camino::Utf8Path;
use smoke_core::text::tail;

use super::time_of_day::{self, between};
use crate::roles::supervisor;

/// The most lines that are quoted about one server.
const QUOTED: usize = 2;

/// The end of the log of a gateway.
pub struct GatewayLog(Vec<String>);

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

impl GatewayLog {
    /// The last `count` lines of each log of the stack in `workspace`.
    pub fn read(workspace: &Utf8Path, count: usize) -> Self {
        Self(supervisor::logs(workspace).iter().flat_map(|log| tail::lines(log, count)).collect())
    }

    /// What it tells of the server `name`. Of a gateway that was started more than once, the last start
    /// counts.
    pub fn account(&self, name: &str) -> Account {
        let (mut account, mut since, mut started) = (Account::default(), None, false);
        for line in self.of(name) {
            if is_start(line) {
                (account, since, started) = (Account::default(), time_of_day::of(line), true);
            } else if account.serves == Some(true) {
                // What it says later is about its calls.
            } else if is_good_news(line) {
                let after_ms = between(since, time_of_day::of(line));
                account = Account { serves: Some(true), after_ms, silent_ms: None };
            } else if is_bad_news(line) {
                account.serves = Some(false);
            }
            since = since.or_else(|| time_of_day::of(line));
        }
        if started && account.serves.is_none() {
            let now = self.0.iter().rev().find_map(|line| time_of_day::of(line));
            account.silent_ms = Some(between(since, now).unwrap_or(0));
        }
        account
    }

    /// Whether it tells that the gateway has got the tools of the server `name` since it last started it:
    /// a tool that is not among them does not come.
    pub fn has_listed(&self, name: &str) -> bool {
        let since = self.of(name).rev().take_while(|line| !is_start(line));
        since.into_iter().any(|line| says(&line.to_lowercase(), &LISTED))
    }

    /// The last lines that tell why the server `name` does not serve, the latest first.
    pub fn complaints(&self, name: &str) -> impl Iterator<Item = String> {
        let bad = self.of(name).rev().filter(|line| is_bad_news(line)).take(QUOTED);
        bad.map(|line| format!("gateway.log: {line}"))
    }

    fn of(&self, name: &str) -> impl DoubleEndedIterator<Item = &String> {
        self.0.iter().filter(move |line| names(line, name))
    }
}

/// Whether a line names the server as a word of its own.
fn names(line: &str, name: &str) -> bool {
    let part_of_a_word = |c: char| c.is_alphanumeric() || "-_".contains(c);
    line.match_indices(name).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + name.len()..].chars().next();
        !before.is_some_and(part_of_a_word) && !after.is_some_and(part_of_a_word)
    })
}

fn is_start(line: &str) -> bool {
    let line = line.trim_end().to_lowercase();
    ["starting", "connecting"].iter().any(|word| line.ends_with(word))
}

/// How gateways say that they have got the tools of a server, if it has any, that they have reached it, and that
/// they have not.
const LISTED: [&str; 3] = ["ready with", "successfully listed", "handling requests at"];
const REACHED: [&str; 2] = ["successfully initialized", "connected"];
const FAILED: [&str; 8] =
    ["fail", "error", "cannot", "not found", "no such", "refused", "timeout", "exit"];

fn is_good_news(line: &str) -> bool {
    let lower = line.to_lowercase();
    (says(&lower, &LISTED) || says(&lower, &REACHED)) && !is_bad_news(line)
}

fn is_bad_news(line: &str) -> bool {
    says(&line.to_lowercase(), &FAILED)
}

fn says(line: &str, words: &[&str]) -> bool {
    words.iter().any(|word| line.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(lines: &[&str]) -> GatewayLog {
        GatewayLog(lines.iter().map(|line| (*line).to_owned()).collect())
    }

    fn of(name: &str, lines: &[&str]) -> Account {
        log(lines).account(name)
    }

    fn serves(after_ms: Option<u64>) -> Account {
        Account { serves: Some(true), after_ms, silent_ms: None }
    }

    #[test]
    fn a_line_names_a_server_only_as_a_word() {
        assert!(names("<rg> Failed", "rg") && names("server rg: x", "rg"));
        assert!(!names("cargo failed", "rg") && !names("rg-2 failed", "rg"));
    }

    #[test]
    fn one_that_was_started_and_says_nothing_is_silent_until_the_log_ends() {
        let at = |second: u64| format!("2026/11/22 23:59:{second} ");
        let lines =
            [at(50) + "<x> Connecting", at(55) + "<y> Connected", at(58) + "<z> Connecting"];
        let log = GatewayLog(lines.to_vec());
        let of = |name: &str| log.account(name).silent_ms;
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
        let listed = |lines: &[&str]| log(lines).has_listed("fs");
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
