//! Slow stacks: how long sessions and lists take, and which servers take long.

use smoke_record::run_record::{Gateway, Server};

/// What takes less, in milliseconds, is not worth a line.
const LONG: u64 = 500;
/// A server that takes less, in milliseconds, is as quick as they usually are.
const SLOW: u64 = 3000;
/// The most servers that are named.
const NAMED: usize = 4;

/// Whether the gateway is slow even when it is only asked what it has: then so is every session.
pub fn is_slow(gateway: &Gateway) -> bool {
    gateway.listed_after_ms.unwrap_or(0) >= LONG
}

/// What takes long, in a line each.
pub fn lines(gateway: &Gateway) -> Vec<String> {
    [of_each_session(gateway), of_servers(gateway)].into_iter().flatten().collect()
}

fn of_each_session(gateway: &Gateway) -> Option<String> {
    let [opened, listed] = [gateway.opened_after_ms, gateway.listed_after_ms].map(seconds);
    if !is_slow(gateway) {
        let took = gateway.opened_after_ms.unwrap_or(0);
        return (took >= LONG).then(|| format!("the gateway took {opened} to open a session"));
    }
    let silent: Vec<&str> = gateway.servers.iter().filter(|s| is_silent(s)).map(name).collect();
    let takes =
        format!("the gateway takes {opened} to open a session and {listed} to list its tools");
    Some(match silent.as_slice() {
        [] => takes,
        names => format!("{takes}, each time; behind it, {} never answered", names.join(", ")),
    })
}

fn of_servers(gateway: &Gateway) -> Option<String> {
    let took = |server: &Server| server.answered_after_ms.unwrap_or(0);
    let mut slow: Vec<&Server> = gateway.servers.iter().filter(|s| took(s) >= SLOW).collect();
    slow.sort_by_key(|server| std::cmp::Reverse(took(server)));
    let all = slow.len();
    let said = |server: &&Server| format!("{} {}", name(server), seconds(server.answered_after_ms));
    let named: Vec<String> = slow.iter().take(NAMED).map(said).collect();
    let more = if all > NAMED { format!(" and {} more", all - NAMED) } else { String::new() };
    (!named.is_empty()).then(|| format!("slow to serve: {}{more}", named.join(", ")))
}

/// Whether it was started and has said nothing since, neither good nor bad.
pub fn is_silent(server: &Server) -> bool {
    server.serves.is_none() && !server.why.is_empty()
}

fn name(server: &Server) -> &str {
    &server.name
}

fn seconds(ms: Option<u64>) -> String {
    format!("{:.1} s", ms.unwrap_or(0) as f64 / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(name: &str, serves: Option<bool>, after: Option<u64>, why: &[&str]) -> Server {
        let why = why.iter().map(|line| (*line).to_owned()).collect();
        Server { name: name.into(), serves, answered_after_ms: after, missing: Vec::new(), why }
    }

    #[test]
    fn a_gateway_that_waits_for_a_server_is_told_with_that_server() {
        let servers = vec![
            server("rg", Some(true), Some(7000), &[]),
            server("custom", None, None, &["no answer"]),
            server("late", Some(true), Some(9500), &[]),
            server("unknown", None, None, &[]),
        ];
        let slow = Gateway {
            opened_after_ms: Some(2010),
            listed_after_ms: Some(1990),
            servers,
            ..Gateway::default()
        };
        let expected = [
            "the gateway takes 2.0 s to open a session and 2.0 s to list its tools, each time; \
             behind it, custom never answered",
            "slow to serve: late 9.5 s, rg 7.0 s",
        ];
        assert_eq!(lines(&slow), expected);
    }

    #[test]
    fn of_a_quick_one_there_is_nothing_to_say() {
        let servers = vec![server("x", Some(true), Some(800), &[])];
        let (opened_after_ms, listed_after_ms) = (Some(20), Some(3));
        let quick = Gateway { opened_after_ms, listed_after_ms, servers, ..Gateway::default() };
        assert_eq!(lines(&quick), [""; 0]);
        // It may have waited for servers that came up meanwhile.
        let at_first = Gateway { opened_after_ms: Some(1960), ..quick };
        assert_eq!(lines(&at_first), ["the gateway took 2.0 s to open a session"]);
    }
}
