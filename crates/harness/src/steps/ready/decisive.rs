//! The decisive attempt: which of the failed ones says why the gateway is not ready.

use std::time::Duration;

use smoke_core::wait::{Attempt, Failure, GaveUp};
use smoke_mcp::endpoint;

use super::reason::{Met, Reason};

/// The reason of the last attempt; one that the deadline cut short says less than the one before. One
/// that was answered shows that the gateway answers, so that only a whole attempt without an answer
/// says that it does not any more.
pub fn decisive(failure: &Failure<Reason>, patience: Duration) -> Option<Reason> {
    const SHORT: Duration = Duration::from_secs(1);
    let mut latest = failure.attempts.iter().rev();
    let (last, before) = (latest.next()?, latest.next());
    let cut_short = |before: &&Attempt<Reason>| {
        let answered = before.reason.met == Met::List;
        let whole = if answered { endpoint::attempt(Duration::MAX) } else { SHORT };
        let late = failure.gave_up == GaveUp::Deadline && before.at + whole > patience;
        last.reason.met.is_late() && late
    };
    Some(before.filter(cut_short).unwrap_or(last).reason.clone())
}

#[cfg(test)]
mod tests {
    use smoke_core::cause::Code;

    use super::*;

    #[test]
    fn an_attempt_that_the_deadline_cut_short_decides_nothing() {
        let met = |attempts: [(u64, &Reason); 2]| {
            let attempt = |(at, reason): (u64, &Reason)| Attempt {
                number: 1,
                at: Duration::from_secs(at),
                reason: reason.clone(),
            };
            let attempts = attempts.map(attempt).to_vec();
            let failure = Failure { gave_up: GaveUp::Deadline, attempts };
            decisive(&failure, Duration::from_secs(30)).unwrap().met
        };
        let reason = |(code, met)| Reason { code, met, ..Reason::list("no answer") };
        let [silent, unconnected, refused] = [
            (Code::NoProgress, Met::Silence),
            (Code::GatewayNotListening, Met::Queue),
            (Code::GatewayNotListening, Met::Nobody),
        ]
        .map(reason);
        let incomplete = Reason::list("no tool is listed");
        assert_eq!(met([(30, &refused), (30, &silent)]), refused.met);
        assert_eq!(met([(22, &refused), (30, &silent)]), silent.met);
        assert_eq!(met([(22, &incomplete), (30, &silent)]), incomplete.met);
        assert_eq!(met([(15, &incomplete), (25, &silent)]), silent.met);
        assert_eq!(met([(30, &incomplete), (30, &unconnected)]), incomplete.met);
        assert_eq!(met([(30, &incomplete), (30, &refused)]), refused.met);
    }
}
