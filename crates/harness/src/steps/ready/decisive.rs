//! The decisive attempt: which of the failed ones says why the gateway is not ready.

use std::time::Duration;

use smoke_core::wait::{Attempt, Failure, GaveUp};
use smoke_mcp::endpoint;

use super::reason::{Met, Reason};

/// The last attempt, unless it met silence that says less than what was met before: a definite answer
/// outlives silence that was shorter than a whole attempt, and of silences the longest tells most.
pub fn decisive(failure: &Failure<Reason>, patience: Duration) -> Option<&Attempt<Reason>> {
    let all = &failure.attempts;
    let last = all.last()?;
    if failure.gave_up != GaveUp::Deadline || !last.reason.met.is_late() {
        return Some(last);
    }
    let definite = all.iter().rposition(|attempt| !attempt.reason.met.is_late());
    if let Some(definite) = definite.map(|at| &all[at])
        && definite.at + whole(definite.reason.met) > patience
    {
        return Some(definite);
    }
    let silent = definite.map_or(0, |at| at + 1)..all.len();
    let lasted = |at: &usize| {
        let before = at.checked_sub(1).map_or(Duration::ZERO, |before| all[before].at);
        all[*at].at.saturating_sub(before)
    };
    silent.rev().max_by_key(lasted).map(|at| &all[at])
}

/// How long silence has to last to say more than what was met before it. An answer shows that the gateway
/// answers, so that only a whole attempt without one says that it does not any more.
fn whole(met: Met) -> Duration {
    const SHORT: Duration = Duration::from_secs(1);
    match met {
        Met::List | Met::Trouble | Met::Stranger => endpoint::attempt(Duration::MAX),
        _ => SHORT,
    }
}

#[cfg(test)]
mod tests {
    use smoke_core::cause::Code;

    use super::*;

    #[test]
    fn an_attempt_that_the_deadline_cut_short_decides_nothing() {
        let met = |attempts: &[(u64, &Reason)]| {
            let attempt = |(at, reason): &(u64, &Reason)| Attempt {
                number: 1,
                at: Duration::from_secs(*at),
                reason: (*reason).clone(),
            };
            let attempts = attempts.iter().map(attempt).collect();
            let failure = Failure { gave_up: GaveUp::Deadline, attempts };
            decisive(&failure, Duration::from_secs(30)).unwrap().reason.met
        };
        let reason = |(code, met)| Reason { code, met, ..Reason::list("no answer") };
        let [silent, unconnected, refused] = [
            (Code::NoProgress, Met::Silence),
            (Code::GatewayNotListening, Met::Queue),
            (Code::GatewayNotListening, Met::Nobody),
        ]
        .map(reason);
        let incomplete = Reason::list("no tool is listed");
        assert_eq!(met(&[(30, &refused), (30, &silent)]), refused.met);
        assert_eq!(met(&[(22, &refused), (30, &silent)]), silent.met);
        assert_eq!(met(&[(22, &incomplete), (30, &silent)]), incomplete.met);
        assert_eq!(met(&[(15, &incomplete), (25, &silent)]), silent.met);
        assert_eq!(met(&[(30, &incomplete), (30, &unconnected)]), incomplete.met);
        assert_eq!(met(&[(30, &incomplete), (30, &refused)]), refused.met);
        // Two that are cut short say no more than one.
        assert_eq!(met(&[(25, &incomplete), (29, &silent), (30, &unconnected)]), incomplete.met);
        assert_eq!(met(&[(2, &refused), (29, &silent), (30, &unconnected)]), silent.met);
    }
}
