//! A server that our own gateway did not wait for long enough, as its log says.

use smoke_core::text::tail;

use crate::context::Context;
use crate::roles::supervisor;

/// What to say in the profile then.
pub fn remedy(context: &Context) -> Option<String> {
    const END: usize = 100;
    if !context.profile.gateway.own {
        return None;
    }
    let logs = supervisor::logs(&context.paths.workspace);
    let lines: Vec<String> = logs.iter().flat_map(|log| tail::lines(log, END)).collect();
    let (server, time) = lines.iter().rev().find_map(|line| late(line))?;
    Some(format!("give [[server]] {server} a start_timeout above {time}, if it only takes long"))
}

/// The server, and how long it had, in a line about one that was late.
fn late(line: &str) -> Option<(&str, &str)> {
    let (_, rest) = line.split_once(" server ")?;
    let (server, rest) = rest.split_once(": failed: no answer within ")?;
    Some((server, rest.split(',').next()?.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_was_late_is_known_by_its_line() {
        let line =
            "2026-12-01T11:39:40Z server odd: failed: no answer within 30 s, retry in 200 ms";
        assert_eq!(late(line), Some(("odd", "30 s")));
        assert_eq!(late("2026-12-01T11:39:40Z server odd: failed: it ended"), None);
    }
}
