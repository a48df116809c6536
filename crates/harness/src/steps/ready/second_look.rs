//! A second look at a gateway that does not serve what it should: which of its servers are down, and
//! what else is wrong without them.

use std::time::Duration;

use smoke_core::cause::{Cause, Code};
use smoke_record::run_record::Gateway;

use super::poll::wait_once;
use super::survey::{Purpose, Survey};
use crate::servers;

/// How long a gateway that was started without the servers it fell over may take.
const AGAIN: Duration = Duration::from_secs(30);

/// Looks at the servers behind a gateway that does not serve what it should. One that fell over some
/// of them is started once more without these, to see what else is wrong.
///
/// # Errors
/// It cannot be started once more, or was told to stop.
pub fn understand(survey: &mut Survey, cause: Cause) -> Result<Cause, Cause> {
    let (context, step) = (survey.context, survey.step);
    if matches!(cause.code, Code::PortInUse | Code::Interrupted) || !context.has_gateway() {
        return Ok(cause);
    }
    survey.conclude();
    let known = &survey.seen;
    let explained = explained(cause, known, servers::lines(known));
    let of_servers =
        [Code::ToolsMissing, Code::GatewayCrashed, Code::GatewayError, Code::NoProgress];
    let is_theirs = of_servers.contains(&explained.code);
    let explained = match servers::log_of_one_down(context, known).filter(|_| is_theirs) {
        Some(log) => Cause { next: context.folder.read_log(&log), ..explained },
        None => explained,
    };
    let down = servers::down(known);
    let config = servers::config_file(context).filter(|_| !down.is_empty());
    if explained.code != Code::GatewayCrashed || down.len() == known.servers.len() {
        return Ok(explained);
    }
    let Some(config) = config else { return Ok(explained) };
    step.note(format!("once more without {}, to see what else is wrong", down.join(", ")));
    if servers::leave_out(&config, &down).is_err() {
        return Ok(explained);
    }
    survey.start_again()?;
    survey.purpose = Purpose::Diagnosis;
    let servers = survey.seen.servers.clone();
    let again = wait_once(survey, AGAIN.min(step.left()));
    survey.seen.servers = servers;
    again.err().filter(|cause| cause.code == Code::Interrupted).map_or(Ok(explained), Err)
}

/// The cause with what is known of the servers in front, where it says more than the attempts.
fn explained(cause: Cause, known: &Gateway, lines: Vec<String>) -> Cause {
    let down = servers::down(known);
    if lines.is_empty() {
        return cause;
    }
    let who = if down.is_empty() { String::new() } else { format!("; down: {}", down.join(", ")) };
    let summary = format!("{}{who}", cause.summary);
    let evidence = cause.evidence.clone();
    Cause { summary, evidence: Vec::new(), ..cause }.evidence(lines).evidence(evidence)
}
