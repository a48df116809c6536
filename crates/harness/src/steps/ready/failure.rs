//! The cause of a gateway that is not ready, out of all that its failed attempts and the machine say.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use smoke_core::cause::{Cause, Code};
use smoke_core::process::{self, Process};
use smoke_core::wait::{Attempt, Failure, GaveUp};
use smoke_mcp::Program;
use smoke_mcp::endpoint::{self, Endpoint};
use smoke_record::verdict::EVIDENCE;

use super::reason::Reason;
use crate::context::Context;
use crate::roles::supervisor::{self, Supervisor};
use crate::step::Step;
use crate::unstartable::{self, Unstartable};

/// What helps where a gateway listens on a port of its own choice.
const TAKE_OUR_PORT: &str =
    "let it listen on the port that PROXY_PORT names, or say in [gateway] at which url it serves";

/// The cause of a wait that failed.
pub fn not_ready(
    context: &Context,
    step: &Step,
    supervisor: &dyn Supervisor,
    endpoint: &Endpoint,
    patience: Duration,
    failure: &Failure<Reason>,
) -> Cause {
    if failure.gave_up == GaveUp::Stopped {
        return step.interrupted();
    }
    step.diagnose();
    let last = decisive(failure, patience);
    let last = last.unwrap_or_else(|| Reason::new(Code::GatewayNotListening, "never tried"));
    if last.unstarted
        && let Some(fault) = fault(context, endpoint)
    {
        return fault.cause(Code::GatewayCrashed);
    }
    let status = supervisor.status();
    let down = status.gateway.is_none() && status.last_exit.is_some();
    let code = if down { Code::GatewayCrashed } else { last.code };
    let attempts = attempts(&failure.attempts);
    if context.has_gateway()
        && let Some(foreign) = foreign_listener(context)
    {
        return Cause::new(Code::PortInUse, foreign, "name a free port with --port")
            .evidence(attempts);
    }
    let within = if failure.gave_up == GaveUp::Deadline {
        format!(" within {}", humantime::format_duration(whole_seconds(patience)))
    } else {
        String::new()
    };
    let summary = format!("{endpoint} did not serve its tools{within}: {last}");
    let is_unheard = code == Code::GatewayNotListening;
    let other = is_unheard.then(|| other_address(context, endpoint)).flatten();
    let accepts = |address| format!("it accepts connections at {address}, which is not its url");
    let mut evidence: Vec<String> = other.map(accepts).into_iter().collect();
    let elsewhere = listening_elsewhere(context);
    let has_a_port_of_its_own = is_unheard && !elsewhere.is_empty();
    evidence.extend(elsewhere);
    let room = EVIDENCE.saturating_sub(evidence.len() + attempts.len());
    let (name, log) = supervisor::last_words(&context.paths.workspace, room);
    let next = match (other, last.remedy) {
        (Some(address), _) => {
            format!("say url = \"http://{address}:{{{{PROXY_PORT}}}}/mcp\" in [gateway]")
        }
        (None, _) if has_a_port_of_its_own => TAKE_OUR_PORT.to_owned(),
        (None, Some(remedy)) if !down => remedy.to_owned(),
        _ => context.folder.read_log(&name),
    };
    // The last words of one that crashed tell more than the attempts that met nobody.
    let crashed = code == Code::GatewayCrashed;
    let (first, then) = if crashed { (log, attempts) } else { (attempts, log) };
    evidence.extend(first.into_iter().chain(then));
    let cause = Cause::new(code, summary, next).evidence(evidence);
    if failure.gave_up == GaveUp::Deadline && !down { cause.timed_out() } else { cause }
}

/// What keeps a server from being started that has no gateway, and is started for each question.
fn fault(context: &Context, endpoint: &Endpoint) -> Option<Unstartable> {
    let Endpoint::Stdio(Program { argv, cwd, environment, .. }) = endpoint else { return None };
    unstartable::fault(argv, cwd, &context.paths.workspace, environment)
}

/// The last attempts in words. Those that failed for the same reason are one line.
fn attempts(all: &[Attempt<Reason>]) -> Vec<String> {
    const LINES: usize = 2;
    let mut alike: Vec<&[Attempt<Reason>]> = all.chunk_by(|a, b| a.reason == b.reason).collect();
    alike.drain(..alike.len().saturating_sub(LINES));
    let line = |attempts: &[Attempt<Reason>]| {
        let last = attempts.last()?;
        let (number, at, reason) = (last.number, last.at.as_secs_f64(), &last.reason);
        let first = attempts[0].number;
        let which = if first == number { "attempt".into() } else { format!("attempts {first} to") };
        Some(format!("{which} {number} at {at:.1} s: {reason}"))
    };
    alike.into_iter().filter_map(line).collect()
}

/// The reason of the last attempt; one that the deadline cut short says less than the one before. One
/// that was answered shows that the gateway answers, so that only a whole attempt without an answer
/// says that it does not any more.
fn decisive(failure: &Failure<Reason>, patience: Duration) -> Option<Reason> {
    const SHORT: Duration = Duration::from_secs(1);
    let mut latest = failure.attempts.iter().rev();
    let (last, before) = (latest.next()?, latest.next());
    let cut_short = |before: &&Attempt<Reason>| {
        let answered = before.reason.code == Code::ToolsMissing;
        let whole = if answered { endpoint::attempt(Duration::MAX) } else { SHORT };
        let late = failure.gave_up == GaveUp::Deadline && before.at + whole > patience;
        last.reason.unanswered && late
    };
    Some(before.filter(cut_short).unwrap_or(last).reason.clone())
}

fn whole_seconds(time: Duration) -> Duration {
    Duration::from_secs(time.as_secs_f64().round() as u64)
}

/// Who else listens where the gateway should.
fn foreign_listener(context: &Context) -> Option<String> {
    let port = context.run.port;
    let ours = process::of_run(&context.run.id);
    let owners = process::listeners(port).into_iter().filter_map(|listener| listener.owner);
    let foreign =
        owners.into_iter().find(|owner| !ours.iter().any(|process| process.pid == owner.pid))?;
    Some(format!("port {port} is held by pid {}: {}", foreign.pid, foreign.command_line()))
}

/// The loopback address at which the gateway's port is open, and which its URL does not name:
/// `localhost` is one of two, and programs differ in which.
fn other_address(context: &Context, endpoint: &Endpoint) -> Option<&'static str> {
    const MOMENT: Duration = Duration::from_millis(200);
    let Endpoint::Http { url, .. } = endpoint else { return None };
    let open = |ip: IpAddr| {
        let address = SocketAddr::new(ip, context.run.port);
        context.has_gateway() && TcpStream::connect_timeout(&address, MOMENT).is_ok()
    };
    let all = [("127.0.0.1", Ipv4Addr::LOCALHOST.into()), ("[::1]", Ipv6Addr::LOCALHOST.into())];
    let mut others = all.into_iter().filter(|(shown, _)| !url.contains(&format!("//{shown}")));
    others.find(|(_, ip)| open(*ip)).map(|(shown, _)| shown)
}

/// Where the run's processes listen instead, which tells a wrong port from no port at all.
fn listening_elsewhere(context: &Context) -> Vec<String> {
    let ours = process::of_run(&context.run.id);
    let ports = process::ports_of(&ours).into_iter().filter(|(port, _)| *port != context.run.port);
    let command =
        |pid| ours.iter().find(|p| p.pid == pid).map(Process::command_line).unwrap_or_default();
    ports
        .map(|(port, pid)| format!("pid {pid} listens on port {port} instead: {}", command(pid)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_that_the_deadline_cut_short_decides_nothing() {
        let code = |attempts: [(u64, &Reason); 2]| {
            let attempt = |(at, reason): (u64, &Reason)| Attempt {
                number: 1,
                at: Duration::from_secs(at),
                reason: reason.clone(),
            };
            let attempts = attempts.map(attempt).to_vec();
            let failure = Failure { gave_up: GaveUp::Deadline, attempts };
            decisive(&failure, Duration::from_secs(30)).unwrap().code
        };
        let late = |code| Reason { unanswered: true, ..Reason::new(code, "no answer") };
        let [silent, unconnected] = [Code::NoProgress, Code::GatewayNotListening].map(late);
        let refused = Reason::new(Code::GatewayNotListening, "refused");
        let incomplete = Reason::new(Code::ToolsMissing, "no tool is listed");
        assert_eq!(code([(30, &refused), (30, &silent)]), refused.code);
        assert_eq!(code([(22, &refused), (30, &silent)]), silent.code);
        assert_eq!(code([(22, &incomplete), (30, &silent)]), incomplete.code);
        assert_eq!(code([(15, &incomplete), (25, &silent)]), silent.code);
        assert_eq!(code([(30, &incomplete), (30, &unconnected)]), incomplete.code);
        assert_eq!(code([(30, &incomplete), (30, &refused)]), refused.code);
    }
}
