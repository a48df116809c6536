//! Strict profiles, in which a finding that is not accepted by its name fails the step that made it.

use smoke_core::cause::{Cause, Code};
use smoke_core::finding::Finding;

use crate::run_record::{Failure, RunRecord};

/// The findings that the profile does not accept.
pub fn open(findings: &[Finding]) -> impl Iterator<Item = &Finding> {
    findings.iter().filter(|finding| !finding.accepted)
}

/// Those of them that failed nothing.
pub fn quiet(record: &RunRecord) -> Vec<&Finding> {
    open(&record.findings).filter(|finding| !fails(finding, record)).collect()
}

/// Whether a finding failed the step that made it.
pub fn fails(finding: &Finding, record: &RunRecord) -> bool {
    let is_why = |it: &Failure| it.step == finding.step && it.cause.code == Code::Finding;
    !finding.accepted && record.causes.iter().any(is_why)
}

/// Why `step`, which passed, fails in a strict profile, if it made any of the `findings` and it is not
/// accepted.
pub fn cause(step: &str, findings: &[Finding]) -> Option<Cause> {
    let all: Vec<&Finding> = open(findings).filter(|finding| finding.step == step).collect();
    let [first, others @ ..] = all.as_slice() else { return None };
    let more = if others.is_empty() { String::new() } else { format!("; {} more", others.len()) };
    let name = first.name.as_str();
    let next = format!("mend it, or say accept = [\"{name}\"] at the top of the profile");
    let evidence = first.evidence.iter().cloned();
    let lines = evidence.chain(others.iter().map(|other| other.to_string()));
    Some(Cause::new(Code::Finding, format!("{first}{more}"), next).evidence(lines))
}

#[cfg(test)]
mod tests {
    use super::*;
    use smoke_core::finding::Name;

    #[test]
    fn only_what_the_step_made_and_nobody_accepts_fails_it() {
        let of = |subject: &str, step: &str, accepted| {
            let finding = Finding::new(Name::StrayOutput, subject, "it prints").evidence(["line"]);
            Finding { step: step.into(), accepted, ..finding }
        };
        let all = [of("a", "ready", true), of("b", "ready", false), of("c", "ready", false)];
        let cause = cause("ready", &all).unwrap();
        assert_eq!(cause.summary, "stray-output of b: it prints; 1 more");
        assert_eq!(cause.evidence, ["line", "stray-output of c: it prints"]);
        assert!(cause.next.contains("accept = [\"stray-output\"]"));
        assert!(
            super::cause("ready", &all[..1]).is_none() && super::cause("verify", &all).is_none()
        );
    }
}
